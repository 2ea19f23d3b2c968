"""`make run`: one parent that sets up, starts every process, watches them all and stops them all.

Whatever ends the parent ends its children: a signal, a child's death, even `kill -9`.
"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

import httpx
import psutil

from config import embedded, env, processes
from config.processes import Child, die_with_parent

_READY_S = 180.0
_STOP_S = 10.0


class Trouble(Exception):
    """Why OpenBerth can't start or can't go on, in words for the person at the terminal."""


class _Asked(Exception):
    """Somebody asked us to stop."""


def main(arguments: list[str]) -> int:
    """Run until asked to stop; `--stop` ends another run in this folder. Gives the exit code."""
    if arguments == ["--stop"]:
        return _stop_other()
    if os.environ.get("MAKELEVEL"):
        die_with_parent(signal.SIGTERM)
    lock = _lock()
    if lock is None:
        print(f"OpenBerth already runs in this folder ({embedded.home()}). `make stop` ends it.")
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _ask)
    # nohup has it ignored, and that is to last.
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, _ask)
    started: list[Child] = []
    try:
        _run(started)
    except _Asked:
        print("Stopping ...", flush=True)
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return 1
    finally:
        # From here on a second Ctrl-C must not leave half of them running.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        processes.stop(started, grace_s=_STOP_S)
        os.close(lock)
    return 0


def _run(started: list[Child]) -> None:
    begun = time.monotonic()
    port = _port("PORT", 8000, must=True)
    sandbox_port = _port("SANDBOX_PORT", 8009, must=bool(env.text("SANDBOX_PORT")))
    stream_port = _port("STREAM_PORT", 8010, must=bool(env.text("STREAM_PORT")))
    url = f"http://127.0.0.1:{port}"
    home = embedded.home()
    os.environ |= {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "STREAM_PORT": str(stream_port)}
    os.environ["OPENBERTH_HOME"] = str(home)
    logs = home / "logs"
    logs.mkdir(exist_ok=True)
    try:
        env.database_url()
        env.redis_url()
    except RuntimeError as refused:
        raise Trouble(str(refused)) from refused
    ours = embedded.pids()
    accounts = _prepare(logs / "prepare.log")
    for child in processes.children(port=port, sandbox_port=sandbox_port, stream_port=stream_port, home=home):
        _watch(started, ours)
        child.start(logs)
        started.append(child)
        if child.answers_at:
            _await(child.answers_at, started, ours)
    took = time.monotonic() - begun
    addresses = f"{url}/ (driver page), {url}/city/, {url}/admin/, sandbox http://127.0.0.1:{sandbox_port}/"
    print(f"OpenBerth is ready: {addresses}; demo accounts: {accounts}; after {took:.0f} s, logs in {logs}", flush=True)
    while True:
        _watch(started, ours)
        time.sleep(0.3)


def _port(name: str, default: int, *, must: bool) -> int:
    port = env.number(name, default)
    with socket.socket() as probe:
        # Without it a port that was in use a minute ago counts as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as refused:
            if must:
                remedy = f"stop what uses it, or choose another with {name}=... make run"
                raise Trouble(f"Port {port} is taken ({refused.strerror}): {remedy}") from refused
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _prepare(log: Path) -> str:
    with log.open("w") as output:
        command = [sys.executable, "manage.py", "prepare"]
        done = subprocess.run(
            command, cwd=env.BASE_DIR, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
    if done.returncode:
        raise Trouble(f"Setting up failed; the end of {log}:\n{processes.last_lines(log)}")
    return log.read_text().splitlines()[-1]


def _await(url: str, started: list[Child], ours: dict[str, int]) -> None:
    deadline = time.monotonic() + _READY_S
    last = "no answer"
    with httpx.Client(timeout=5, trust_env=False) as client:
        while time.monotonic() < deadline:
            _watch(started, ours)
            try:
                answer = client.get(url)
                if answer.is_success or answer.is_redirect:
                    return
                last = f"{answer.status_code} {answer.text[:300]}"
            except httpx.HTTPError as refused:
                last = str(refused)
            time.sleep(0.1)
    raise Trouble(f"{url} is not ready after {_READY_S:.0f} s: {last}")


def _watch(started: list[Child], ours: dict[str, int]) -> None:
    # The servers first: a process that can't reach one is not the cause.
    for name, pid in ours.items():
        try:
            alive = psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            alive = False
        if not alive:
            log = embedded.log(name)
            raise Trouble(
                f"The embedded {name} ended; the end of {log}:\n{processes.last_lines(log)}\nEverything stops."
            )
    ended = processes.ended(started)
    if ended:
        raise Trouble(f"{ended}\nEverything stops.")


def _ask(number: int, frame: FrameType | None) -> None:
    raise _Asked


def _lock() -> int | None:
    embedded.home().mkdir(parents=True, exist_ok=True)
    fd = os.open(embedded.home() / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    os.ftruncate(fd, 0)
    os.write(fd, str(os.getpid()).encode())
    return fd


def _stop_other() -> int:
    lock = _lock()
    if lock is None:
        pid = int((embedded.home() / "run.lock").read_text())
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 2 * _STOP_S + 20
        while (lock := _lock()) is None:
            if time.monotonic() > deadline:
                print(f"OpenBerth (process {pid}) does not stop.")
                return 1
            time.sleep(0.1)
    embedded.stop()
    os.close(lock)
    print("OpenBerth is stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
