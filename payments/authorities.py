"""How much each role may give back alone."""

from collections.abc import Iterable
from datetime import datetime

from payments.models import Authority

# In fen, where nobody has decided otherwise.
DEFAULTS = {"service": 0, "operator": 2_000, "finance": 20_000, "manager": 100_000}


def limits() -> dict[str, int]:
    """Every role's own limit for one refund, in fen."""
    return DEFAULTS | dict(Authority.objects.values_list("role", "refund_fen"))


def refund_limit(roles: Iterable[str]) -> int:
    """What somebody with these roles may give back without a second person: the widest of them, in fen."""
    known = limits()
    return max((known.get(role, 0) for role in roles), default=0)


def set_limit(*, role: str, refund_fen: int, by: str, now: datetime) -> None:
    """Decide a role's limit. Raises ValueError for one below zero or by nobody."""
    if refund_fen < 0 or not by:
        raise ValueError("a limit is not below zero and set by somebody")
    Authority.objects.update_or_create(
        role=role, defaults={"refund_fen": refund_fen, "changed_by": by, "changed_at": now}
    )
