"""The database (and, when asked, the pictures) put away in a folder and taken out again, with proof that all came back.

A backup is a folder: `database.dump` (pg_dump's own form), `media.tar` when pictures lie on this host's disk and were
asked for, and `manifest.json` with digests, rows and sums. All of it is of one moment, taken from one snapshot.
"""

from config.backups.facts import Facts, read
from config.backups.manifest import BackupError, Manifest
from config.backups.restoring import restore
from config.backups.taking import prune, take

__all__ = ["BackupError", "Facts", "Manifest", "prune", "read", "restore", "take"]
