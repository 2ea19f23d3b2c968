"""What the environment says: read once, here and nowhere else."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import environ
from django.core.exceptions import ImproperlyConfigured

from config import embedded

BASE_DIR = Path(__file__).resolve().parent.parent

_env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

PRODUCTION: bool = _env.bool("OPENBERTH_PRODUCTION", default=False)


def text(name: str, default: str = "") -> str:
    """The variable's text, or the default."""
    return str(_env.str(name, default=default))


def flag(name: str, default: bool) -> bool:
    """The variable read as yes or no."""
    return bool(_env.bool(name, default=default))


def number(name: str, default: int) -> int:
    """The variable read as a whole number."""
    return int(_env.int(name, default=default))


def names(name: str, default: list[str]) -> list[str]:
    """The variable read as a comma-separated list."""
    return list(_env.list(name, default=default))


def secret(name: str) -> str:
    """A secret: demanded in production, made up and kept under OPENBERTH_HOME otherwise.

    Raises ImproperlyConfigured when production starts without it.
    """
    value = text(name)
    if value:
        return value
    if PRODUCTION:
        raise ImproperlyConfigured(f"{name} must be set in production")
    kept = embedded.home() / "secrets" / name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Several processes start at once: each writes whole, one link wins, and all read what it holds.
        with NamedTemporaryFile("w", dir=kept.parent, prefix=f".{name}-") as mine:
            mine.write(secrets.token_urlsafe(48))
            mine.flush()
            with suppress(FileExistsError):
                os.link(mine.name, kept)
    return kept.read_text()


def database_url() -> str:
    """DATABASE_URL, or the address of our own PostgreSQL (started if it does not run)."""
    return text("DATABASE_URL") or embedded.postgres_url()


def redis_url() -> str:
    """REDIS_URL, or the address of our own Valkey (started if it does not run)."""
    return text("REDIS_URL") or embedded.valkey_url()


def database() -> dict[str, object]:
    """The database address in the shape Django's settings want, served by our own edition of Django's backend."""
    return dict(environ.Env.db_url_config(database_url())) | {"ENGINE": "config.postgresql"}


def mail() -> dict[str, object]:
    """EMAIL_URL as the settings Django wants for sending mail."""
    return dict(_env.email("EMAIL_URL"))
