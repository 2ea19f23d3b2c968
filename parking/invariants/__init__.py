"""I1 to I14 over the tables: `check` sees to them all, `LOOK_BACK` is how far back, `GUARDS` are PostgreSQL's own."""

from parking.invariants.checking import GUARDS, check
from parking.invariants.keeping import LOOK_BACK

__all__ = ["GUARDS", "LOOK_BACK", "check"]
