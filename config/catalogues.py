"""The message catalogues, compiled with Babel: nobody needs the system's gettext."""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent.parent / "locale"


def compile_stale(*, folder: Path = LOCALE) -> list[Path]:
    """Compile each catalogue that is newer than its compiled form; gives those that were."""
    done = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name, abort_invalid=True)
        # Written beside and renamed: a process that starts meanwhile reads the old one or the new one.
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as compiled:
            write_mo(compiled, catalogue)
        fresh.replace(target)
        done.append(target)
    return done


if __name__ == "__main__":
    compile_stale()
    sys.exit(0)
