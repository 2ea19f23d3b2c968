"""A PostgreSQL and a Valkey of our own, for when the environment names none.

Both live under `home()` and outlast the process that started them. Every process that uses them holds a shared lock on
`users.lock`; the last one out stops them. A killed process lets go of its lock by dying, so nothing needs tidying up.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.embedded import postgres, valkey

__all__ = ["home", "log", "pids", "postgres_url", "stop", "valkey_url"]

_users_fd: int | None = None


def home() -> Path:
    """Where the servers keep their data: OPENBERTH_HOME, or an ignored folder of the project."""
    given = os.environ.get("OPENBERTH_HOME")
    return Path(given).absolute() if given else Path(__file__).resolve().parent.parent.parent / ".openberth"


def postgres_url() -> str:
    """The address of our PostgreSQL, which is started when it does not run."""
    with _one_at_a_time():
        _enter()
        return postgres.ensure(home=home())


def valkey_url() -> str:
    """The address of our Valkey, which is started when it does not run."""
    with _one_at_a_time():
        _enter()
        return valkey.ensure(home=home())


def pids() -> dict[str, int]:
    """The process ids of those of our servers that run, by name."""
    found = {"PostgreSQL": postgres.pid(home=home()), "Valkey": valkey.pid(home=home())}
    return {name: pid for name, pid in found.items() if pid is not None}


def log(name: str) -> Path:
    """The log of one of our servers, named as `pids` names it."""
    return home() / {"PostgreSQL": "postgres", "Valkey": "valkey"}[name] / "log"


def stop() -> None:
    """Stop our servers, whoever uses them."""
    if home().exists():
        with _one_at_a_time():
            valkey.stop(home=home())
            postgres.stop(home=home())


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    try:
        home().mkdir(parents=True, exist_ok=True)
        fd = os.open(home() / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as refused:
        raise RuntimeError(f"{home()} belongs to another user: set OPENBERTH_HOME") from refused
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _enter() -> None:
    global _users_fd
    if _users_fd is None:
        _users_fd = _shared_lock()
        atexit.register(_leave)
        os.register_at_fork(after_in_child=_reenter)


def _shared_lock() -> int:
    fd = os.open(home() / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd


def _reenter() -> None:
    # A lock belongs to the open file and a fork shares it: with a lock of its own the child neither stops the
    # servers under its parent nor loses them to it.
    global _users_fd
    inherited = _users_fd
    if inherited is None:
        return
    try:
        _users_fd = _shared_lock()
    except OSError:
        _users_fd = None
    os.close(inherited)


def _leave() -> None:
    global _users_fd
    if _users_fd is None or not home().exists():
        return
    with _one_at_a_time():
        try:
            fcntl.flock(_users_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            os.close(_users_fd)
            _users_fd = None
        valkey.stop(home=home())
        postgres.stop(home=home())
