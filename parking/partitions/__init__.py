"""Tables in a partition for each month: made ahead, listed, archived and brought back (see docs/storage.md).

Which tables and by which moment is read from PostgreSQL's own catalogue, so that this room names nobody's tables.
"""

from parking.partitions.archiving import Archived, ArchiveError, archive, attach, find
from parking.partitions.keeping import Kept, drop, keep, leave_only
from parking.partitions.listing import Month, Partitioned, State, months, state, tables

__all__ = [
    "ArchiveError",
    "Archived",
    "Kept",
    "Month",
    "Partitioned",
    "State",
    "archive",
    "attach",
    "drop",
    "find",
    "keep",
    "leave_only",
    "months",
    "state",
    "tables",
]
