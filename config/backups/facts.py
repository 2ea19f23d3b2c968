"""What a database holds, in numbers that a restored copy must give too."""

from dataclasses import dataclass
from typing import Any

from psycopg import Cursor, sql

# Tables of people's data, no partitions (their parent counts them) and nothing an extension brought.
_TABLES = """
SELECT c.relname, array_remove(array_agg(a.attname ORDER BY a.attname), NULL)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname LIKE '%\\_fen' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname
"""
_BALANCES = "SELECT account, sum(amount_fen)::bigint FROM payments_leg GROUP BY account ORDER BY account"


@dataclass(frozen=True, slots=True)
class Facts:
    """Rows of each table, the sum of each amount in fen (`table.column`), and the balance of each account in fen."""

    rows: dict[str, int]
    sums_fen: dict[str, int]
    balances_fen: dict[str, int]

    def differences(self, other: "Facts") -> list[str]:
        """What the other tells otherwise, in words; empty when both agree."""
        found = []
        for name in ("rows", "sums_fen", "balances_fen"):
            mine, theirs = getattr(self, name), getattr(other, name)
            found += [
                f"{name} of {key}: {mine.get(key)} here, {theirs.get(key)} there"
                for key in sorted({*mine, *theirs})
                if mine.get(key) != theirs.get(key)
            ]
        return found


def read(cursor: Cursor[Any]) -> Facts:
    """Count and add up every table as the cursor's transaction sees it: one pass over each."""
    rows: dict[str, int] = {}
    sums: dict[str, int] = {}
    cursor.execute(_TABLES)
    for table, columns in cursor.fetchall():
        asked = [sql.SQL("coalesce(sum({}), 0)::bigint").format(sql.Identifier(column)) for column in columns]
        cursor.execute(
            sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(", ").join([sql.SQL("count(*)"), *asked]), sql.Identifier("public", table)
            )
        )
        counted = cursor.fetchone()
        assert counted is not None
        rows[table] = counted[0]
        sums.update({f"{table}.{column}": total for column, total in zip(columns, counted[1:], strict=True)})
    cursor.execute(_BALANCES)
    return Facts(rows=rows, sums_fen=sums, balances_fen=dict(cursor.fetchall()))
