"""What the sandbox remembers: tables of plain dicts, one lock, and a file of lines if it is to outlive a restart."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Books:
    """Tables by name, rows by key. Every change is a line of the file: the last one of a key counts.

    Whoever reads and then writes holds `lock` meanwhile.
    """

    def __init__(self, *, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Row]] = {}
        self._file = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._load(file)
            self._file = file.open("a", encoding="utf-8")

    def get(self, table: str, key: str) -> Row | None:
        """A copy of the row, or None."""
        with self.lock:
            row = self._tables.get(table, {}).get(key)
            return dict(row) if row is not None else None

    def put(self, table: str, key: str, row: Row) -> None:
        """Store the row under the key."""
        with self.lock:
            self._tables.setdefault(table, {})[key] = dict(row)
            if self._file is not None:
                self._file.write(json.dumps([table, key, row], ensure_ascii=False) + "\n")
                self._file.flush()

    def change(self, table: str, key: str, **changes: Any) -> Row:
        """Change some fields of a row that exists; gives the row as it is then. Raises KeyError."""
        with self.lock:
            row = {**self._tables[table][key], **changes}
            self.put(table, key, row)
            return row

    def rows(self, table: str) -> Iterator[tuple[str, Row]]:
        """Copies of all rows with their keys, in the order in which they were first stored."""
        with self.lock:
            taken = [(key, dict(row)) for key, row in self._tables.get(table, {}).items()]
        return iter(taken)

    def count(self, table: str) -> int:
        """How many rows the table has."""
        with self.lock:
            return len(self._tables.get(table, {}))

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self._tables.clear()
            if self._file is not None:
                self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _load(self, file: Path) -> None:
        if file.exists():
            for line in file.read_text(encoding="utf-8").splitlines():
                try:
                    table, key, row = json.loads(line)
                except ValueError:
                    # The last line of a process that was killed.
                    continue
                self._tables.setdefault(table, {})[key] = row
        kept = file.with_suffix(".new")
        with kept.open("w", encoding="utf-8") as out:
            for table, rows in self._tables.items():
                for key, row in rows.items():
                    out.write(json.dumps([table, key, row], ensure_ascii=False) + "\n")
        kept.replace(file)
