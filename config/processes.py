"""The processes that `make run` keeps, as one literal table."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config import env

DEMO_NETWORK = "sensors/demo/xianning.geojson.gz"
_DOORS = (
    ("mqtt", "listen_mqtt", "OPENBERTH_MQTT_URL"),
    ("tcp", "listen_tcp", "OPENBERTH_TCP_LISTEN"),
    ("dahua", "pull_dahua", "OPENBERTH_DAHUA"),
)
"""Doors for devices that don't push over HTTP: process, command, and the variable that asks for it."""
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass
class Child:
    """One process: what it is called, how it starts, and the address that answers once it is up (if it has one)."""

    name: str
    command: list[str]
    answers_at: str = ""
    process: "subprocess.Popen[bytes]" = field(init=False)
    log: Path = field(init=False)

    def start(self, logs: Path) -> None:
        """Start it in a session of its own, its output in `logs`; it dies with this process."""
        self.log = logs / f"{self.name}.log"
        parent = os.getpid()

        def leave_with_parent() -> None:
            die_with_parent(signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)

        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=env.BASE_DIR,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=leave_with_parent,
            )


def children(*, port: int, sandbox_port: int, stream_port: int, home: Path) -> list[Child]:
    """The table, in the order of starting."""
    url = f"http://127.0.0.1:{port}"
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    web = "gunicorn config.wsgi:application --worker-class gthread --workers 2 --threads 8 --graceful-timeout 5"
    worker = "celery --app config worker --concurrency 2 --loglevel WARNING --without-gossip --without-mingle"
    stream = (
        f"uvicorn config.stream:application --host 127.0.0.1 --port {stream_port} --no-access-log --log-level warning"
    )
    timetable = "celery --app config beat --loglevel WARNING --pidfile="
    gateway = ["-m", "sandbox.gateway", "--port", str(sandbox_port), "--state", str(home / "sandbox-books.jsonl")]
    street = ["-m", "sandbox.street", "--url", url, "--keys", str(home / "demo-keys"), "--network", DEMO_NETWORK]
    speed = ["--speed", env.text("STREET_SPEED", default="1"), "--seed", "1"]
    return [
        Child("sandbox", gateway, f"{sandbox}/"),
        Child("web", ["-m", *web.split(), "--no-control-socket", "--bind", f"127.0.0.1:{port}"]),
        # What it tells changes by the second, and the page does without it: nobody waits for it.
        Child("stream", ["-m", *stream.split()]),
        Child("worker", ["-m", *worker.split()]),
        # It answers once the web process does and a heartbeat has gone from the timetable through the worker.
        Child("timetable", ["-m", *timetable.split(), "--schedule", str(home / "timetable")], f"{url}/readyz"),
        Child("street", [*street, *speed]),
        *(Child(name, ["manage.py", command]) for name, command, setting in _DOORS if env.text(setting)),
    ]


def ended(started: Sequence[Child]) -> str:
    """What to tell a person about the first process that ended, with the end of its log; empty while all run."""
    for child in started:
        code = child.process.poll()
        if code is not None:
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
            return f"The {child.name} process {how}; the end of {child.log}:\n{last_lines(child.log)}"
    return ""


def stop(started: Sequence[Child], *, grace_s: float) -> None:
    """Ask all of them to end, the last started first; kill what still runs after the grace, with its offspring."""
    for child in reversed(started):
        with suppress(ProcessLookupError):
            child.process.terminate()
    deadline = time.monotonic() + grace_s
    for child in started:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
    for child in started:
        # The session outlives its leader: a pool whose master was killed is still in it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def last_lines(log: Path) -> str:
    """The last lines of a log, indented, to stand in a message."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(f"  {line}" for line in lines[-15:]) or "  (nothing was logged)"


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process a signal when the process that started it ends, however it ends."""
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, number)
