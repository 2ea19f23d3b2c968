"""What the sandbox remembers: tables of plain dicts, one lock, and a file of lines if it is to outlive a restart."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

Row = dict[str, Any]

# A table forgets its oldest rows past this many, and the file is written anew when most of its lines no longer count:
# a demonstration may run for weeks.
MOST_ROWS = 50_000
MOST_LINES = 20_000


class Books:
    """Tables by name, rows by key. Every change is a line of the file: the last one of a key counts.

    Whoever reads and then writes holds `lock` meanwhile.
    """

    def __init__(self, *, file: Path | None = None, most_rows: int = MOST_ROWS) -> None:
        self.lock = threading.RLock()
        self._tables: dict[str, dict[str, Row]] = {}
        self._most_rows = most_rows
        self._path = file
        self._file: TextIO | None = None
        self._lines = 0
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._load(file)
            self._rewrite(file)

    def get(self, table: str, key: str) -> Row | None:
        """A copy of the row, or None."""
        with self.lock:
            row = self._tables.get(table, {}).get(key)
            return dict(row) if row is not None else None

    def put(self, table: str, key: str, row: Row) -> None:
        """Store the row under the key."""
        with self.lock:
            rows = self._tables.setdefault(table, {})
            rows[key] = dict(row)
            if len(rows) > self._most_rows:
                del rows[next(iter(rows))]
            if self._file is not None and self._path is not None:
                self._file.write(_line(table, key, row))
                self._file.flush()
                self._lines += 1
                if self._lines > MOST_LINES + 3 * sum(map(len, self._tables.values())):
                    self._rewrite(self._path)

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
            if self._path is not None:
                self._rewrite(self._path)

    def close(self) -> None:
        """Close the file."""
        with self.lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _load(self, file: Path) -> None:
        if not file.exists():
            return
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    table, key, row = json.loads(line)
                except ValueError:
                    # The last line of a process that was killed.
                    continue
                self._tables.setdefault(table, {})[key] = row

    def _rewrite(self, file: Path) -> None:
        fresh = file.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as out:
            for table, rows in self._tables.items():
                out.writelines(_line(table, key, row) for key, row in rows.items())
        if self._file is not None:
            self._file.close()
        fresh.replace(file)
        self._lines = sum(map(len, self._tables.values()))
        self._file = file.open("a", encoding="utf-8")


def _line(table: str, key: str, row: Row) -> str:
    return json.dumps([table, key, row], ensure_ascii=False) + "\n"
