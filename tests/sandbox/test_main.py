"""python -m sandbox.gateway"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from sandbox.gateway import keys

ROOT = Path(__file__).resolve().parents[2]


def start(key_folder, port, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox.gateway", "--port", str(port), "--keys", str(key_folder), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_taken_port_is_said_in_one_plain_line(key_folder, port):
    with socket.create_server(("127.0.0.1", port)):
        process = start(key_folder, port)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"port {port}" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_says_when_it_is_ready_and_stops_when_told(key_folder, port, how):
    process = start(key_folder, port)
    assert process.stdout.readline() == f"The sandbox gateway is ready: http://127.0.0.1:{port}/\n"
    with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
        assert page.status == 200
    process.send_signal(how)
    _, told = process.communicate(timeout=30)
    assert (process.returncode, told) == (0, "")


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    folder = tmp_path / "home" / "keys"
    first, second = keys.ensure(folder), keys.ensure(folder)
    assert first.merchant_serial == second.merchant_serial
    assert first.api_v3_key == second.api_v3_key
    assert len(first.api_v3_key) == 32
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    assert os.listdir(tmp_path / "home") == ["keys"]
