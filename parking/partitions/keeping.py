"""Months made ahead, rows without a month moved to one, old months let go. Short locks, or none and another try."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from parking.partitions.listing import Month, Partitioned, later, months, tables

AHEAD = 3
_LOCK_S = 3
_STRAYS = """
SELECT DISTINCT date_trunc('month', {column} AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' FROM {strays} ORDER BY 1
"""


@dataclass(slots=True)
class Kept:
    """What `keep` made: partitions by name, how many strays it moved, and what it must try again with the reason."""

    made: list[str] = field(default_factory=list)
    moved: int = 0
    refused: list[str] = field(default_factory=list)


def keep(*, now: datetime, ahead: int = AHEAD) -> Kept:
    """See that this month and the next `ahead` have a partition in every table, and so has every row.

    Each month is made in a transaction of its own that waits three seconds for its locks at most; what was refused is
    tried again by the next call, and its rows lie in the default partition meanwhile, found by every query.
    """
    kept = Kept()
    for table in tables():
        there = {month.start for month in months(table)}
        wanted = {later(table.month(now).start, number) for number in range(ahead + 1)}
        for start in sorted((wanted | _of_strays(table)) - there):
            month = Month(table=table, start=start)
            try:
                kept.moved += make(month)
                kept.made.append(month.name)
            except DatabaseError as error:
                kept.refused.append(f"{month.name}: {str(error).strip()}")
    return kept


def make(month: Month) -> int:
    """Make the month's partition and move into it what lies in the default one; how many rows. Raises DatabaseError.

    Made beside and attached: attaching asks for a lock that lets rows come in meanwhile.
    """
    leaf, table = sql.Identifier(month.name), sql.Identifier(month.table.name)
    strays, column = sql.Identifier(month.table.strays), sql.Identifier(month.table.column)
    period: dict[str, sql.Composable] = {"start": sql.Literal(month.start), "end": sql.Literal(month.end)}
    with briefly():
        # Nothing new may fall into the default partition while its rows move.
        run("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", strays)
        run("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)", leaf, table)
        moved = run(
            "WITH moved AS (DELETE FROM {strays} WHERE {column} >= {start} AND {column} < {end} RETURNING *) "
            "INSERT INTO {leaf} SELECT * FROM moved",
            strays=strays, column=column, leaf=leaf, **period,
        )  # fmt: skip
        run(
            "ALTER TABLE {table} ATTACH PARTITION {leaf} FOR VALUES FROM ({start}) TO ({end})",
            table=table, leaf=leaf, **period,
        )  # fmt: skip
    return moved


def drop(month: Month) -> None:
    """Let the whole month go. Raises DatabaseError when its locks can't be had in three seconds."""
    with briefly():
        detach(month)
        run("DROP TABLE {}", sql.Identifier(month.name))


def leave_only(month: Month, *, column: str, other_than: str) -> int:
    """Rewrite the month without the rows whose column has this value; how many rows stay. Raises DatabaseError.

    Cheaper than deleting most of a table: what stays is copied, the rest goes with its files.
    """
    leaf, table, full = (sql.Identifier(name) for name in (month.name, month.table.name, f"{month.name}_full"))
    with briefly():
        detach(month)
        run("ALTER TABLE {} RENAME TO {}", leaf, full)
        run("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)", leaf, table)
        stay = run(
            "INSERT INTO {} SELECT * FROM {} WHERE {} <> {}",
            leaf,
            full,
            sql.Identifier(column),
            sql.Literal(other_than),
        )
        run("DROP TABLE {}", full)
        run(
            "ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})",
            table, leaf, sql.Literal(month.start), sql.Literal(month.end),
        )  # fmt: skip
    return stay


def detach(month: Month) -> None:
    """Take the month out of its table; inside a transaction of `briefly`."""
    run("ALTER TABLE {} DETACH PARTITION {}", sql.Identifier(month.table.name), sql.Identifier(month.name))


@contextmanager
def briefly() -> Iterator[None]:
    """A transaction that waits three seconds for a lock and then gives up, so that nobody queues behind it for long."""
    with transaction.atomic():
        # What was put off to the end of a transaction (a test's, say) must be done before a table's form can change.
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("SET LOCAL lock_timeout = {}", sql.Literal(f"{_LOCK_S}s"))
        yield
        run("SET LOCAL lock_timeout = 0")


def run(statement: str, *names: sql.Composable, **named: sql.Composable) -> int:
    """Run a statement with quoted names and literals; the rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*names, **named))
        return int(cursor.rowcount)


def rows(statement: str, *names: sql.Composable, **named: sql.Composable) -> Iterable[tuple[Any, ...]]:
    """What a statement with quoted names and literals gives."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement).format(*names, **named))
        return list(cursor.fetchall())


def _of_strays(table: Partitioned) -> set[datetime]:
    found = rows(_STRAYS, column=sql.Identifier(table.column), strays=sql.Identifier(table.strays))
    return {table.month(row[0]).start for row in found}
