"""The page that lies beside a backup and says what it must hold."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from config.backups.facts import Facts

NAME = "manifest.json"
DUMP = "database.dump"
MEDIA = "media.tar"
_FORM = 1


class BackupError(Exception):
    """A backup can't be taken or given back; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """When and of what a backup was taken. `installation` is equal for equal SECRET_KEYs and tells nothing of them."""

    taken_at: datetime
    server: str
    installation: str
    digests: dict[str, str]
    facts: Facts

    def write(self, folder: Path) -> None:
        """Put it into the folder, as the last of its files."""
        told = asdict(self) | {"form": _FORM, "taken_at": self.taken_at.isoformat()}
        (folder / NAME).write_text(json.dumps(told, indent=1, sort_keys=True) + "\n")


def load(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as they were written; raises BackupError otherwise."""
    try:
        told = json.loads((folder / NAME).read_text())
        found = Manifest(
            taken_at=datetime.fromisoformat(told["taken_at"]),
            server=told["server"],
            installation=told["installation"],
            digests=told["digests"],
            facts=Facts(**told["facts"]),
        )
        form = told["form"]
    except (OSError, ValueError, KeyError, TypeError) as trouble:
        raise BackupError(f"{folder / NAME} can't be read as a backup's manifest ({trouble})") from trouble
    if form != _FORM:
        raise BackupError(f"{folder / NAME} has form {form}; this release reads form {_FORM}")
    for name, expected in found.digests.items():
        path = folder / name
        if not path.is_file():
            raise BackupError(f"{path} is missing")
        if digest(path) != expected:
            raise BackupError(f"{path} is not what was written: its SHA-256 differs from the manifest's")
    return found


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
