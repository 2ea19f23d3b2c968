"""pg_dump and pg_restore: which ones, and how they reach Django's database."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import connection
from psycopg import Connection
from psycopg.conninfo import make_conninfo

from config.backups.manifest import BackupError
from config.embedded import postgres

_DEBIAN = Path("/usr/lib/postgresql")
_HOUR_S = 3600
_TOLD = ("host", "port", "user", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "connect_timeout")


def find(name: str, *, major: int) -> Path:
    """The program of the lowest release that knows servers of release `major`; raises BackupError without one.

    The lowest, because what a newer pg_dump writes an older pg_restore may not read.
    """
    found = [(release, path) for path in _candidates(name) if (release := _release(path)) >= major]
    if not found:
        raise BackupError(f"no {name} of PostgreSQL {major} or later was found: install postgresql-client-{major}")
    return min(found)[1]


def run(program: Path, words: Sequence[str], *, hours: int = 12) -> None:
    """Run it against Django's database; the password goes by the environment. Raises BackupError with its own words."""
    environment = os.environ | {"PGPASSWORD": opened().info.password, "LC_ALL": "C"}
    command = [str(program), f"--dbname={_address()}", "--no-password", *words]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, timeout=hours * _HOUR_S
    )
    if done.returncode:
        raise BackupError(f"{program.name} ended with code {done.returncode}: {done.stderr.strip()[-2000:]}")


def opened() -> "Connection[tuple[object, ...]]":
    """The psycopg connection under Django's, opened when it isn't."""
    connection.ensure_connection()
    found = connection.connection
    assert isinstance(found, Connection)
    return found


def major() -> int:
    """The release of Django's server: 15 and so on."""
    return opened().info.server_version // 10_000


def _address() -> str:
    # What the settings name and no more: an older program refuses options that its library doesn't know.
    told = connection.get_connection_params()
    return make_conninfo(**{name: told[name] for name in _TOLD if told.get(name) not in (None, "")})


def _candidates(name: str) -> Iterator[Path]:
    for folder in (*_DEBIAN.glob("*/bin"), postgres.PROGRAMS):
        if (folder / name).exists():
            yield folder / name
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path)


def _release(path: Path) -> int:
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\b(\d+)(?:\.\d+|devel|beta)", told)
    return int(found[1]) if found else 0
