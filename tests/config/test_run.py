"""`make run` refuses in plain words before it starts anything."""

import fcntl
import os
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def _run(home, *arguments, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "MAKELEVEL"}
    return subprocess.run(
        [sys.executable, "-m", "config.run", *arguments],
        cwd=ROOT,
        env=environment | {"OPENBERTH_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_named_with_the_way_to_another(tmp_path):
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = str(squatter.getsockname()[1])
        done = _run(tmp_path, PORT=port)
    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stderr
    assert "PORT=... make run" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_second_run_in_the_same_folder_is_refused(tmp_path):
    with (tmp_path / "run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = _run(tmp_path)
    assert done.returncode == 1
    assert "already runs in this folder" in done.stdout
    assert not (tmp_path / "postgres").exists()


def test_a_server_that_can_not_be_reached_is_told_plainly(tmp_path):
    given = {"DATABASE_URL": "postgres://a:b@127.0.0.1:1/c", "REDIS_URL": "redis://127.0.0.1:1/0", "PORT": "0"}
    done = _run(tmp_path, **given)
    assert done.returncode == 1
    assert "Setting up failed" in done.stderr
    assert "127.0.0.1" in done.stderr
    assert not (tmp_path / "postgres").exists()


def test_stopping_where_nothing_runs_does_no_harm(tmp_path):
    done = _run(tmp_path, "--stop")
    assert done.returncode == 0
    assert done.stdout == "OpenBerth is stopped.\n"
