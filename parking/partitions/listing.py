"""What PostgreSQL's catalogue says of the partitioned tables."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection
from psycopg import sql

MOST = 10_000
_TABLES = r"""
SELECT c.relname, substring(pg_get_partkeydef(c.oid) FROM '^RANGE \("?(\w+)"?\)$')
FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND p.partstrat = 'r' AND p.partdefid <> 0 ORDER BY c.relname
"""
_MONTHS = """
SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = %s::regclass ORDER BY c.relname
"""
_NAME = re.compile(r"_(\d{4})_(\d{2})$")


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A table that lies in months, and the column that says in which."""

    name: str
    column: str

    @property
    def strays(self) -> str:
        """The partition for rows whose month has none of its own."""
        return f"{self.name}_default"

    def month(self, at: datetime) -> "Month":
        """The month of a moment, whether its partition exists or not."""
        start = at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return Month(table=self, start=start)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a table, by UTC. `size` is in bytes, indexes included (nothing when unknown)."""

    table: Partitioned
    start: datetime
    size: int = 0

    @property
    def end(self) -> datetime:
        """Its first moment that is over."""
        return later(self.start, 1)

    @property
    def name(self) -> str:
        """What its partition is called."""
        return f"{self.table.name}_{self.start:%Y_%m}"


@dataclass(frozen=True, slots=True)
class State:
    """How a table stands: months that lie ahead (the present one not counted) and rows without one, at most 10,000."""

    table: Partitioned
    ahead: int
    strays: int


def later(start: datetime, months: int) -> datetime:
    """The first moment of the month so many months after that of `start`."""
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1, day=1)


def tables() -> list[Partitioned]:
    """The tables in months, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [Partitioned(name, column) for name, column in cursor.fetchall() if column]


def months(table: Partitioned) -> list[Month]:
    """The months that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_MONTHS, [table.name])
        found = [(_NAME.search(name), size) for name, size in cursor.fetchall()]
    return [
        Month(table=table, start=datetime(int(told[1]), int(told[2]), 1, tzinfo=UTC), size=size)
        for told, size in found
        if told
    ]


def state(*, now: datetime) -> list[State]:
    """How every table stands: one statement for the list, two for each table."""
    found = []
    for table in tables():
        ahead = sum(month.start > now for month in months(table))
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT {}) AS found").format(
                    sql.Identifier(table.strays), sql.Literal(MOST)
                )
            )
            found.append(State(table=table, ahead=ahead, strays=cursor.fetchone()[0]))
    return found
