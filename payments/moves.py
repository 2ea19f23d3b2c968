"""The one place where attempts and refunds change state: the table is asked, the move is written down."""

from datetime import datetime

from payments.domain import states
from payments.domain.states import AttemptState, RefundState
from payments.models import Attempt, Move, Refund


def advance(
    attempt: Attempt, *, to: AttemptState, source: Move.Source, now: datetime, detail: str = "", **changes: object
) -> bool:
    """Move an attempt whose row the caller holds locked, with the columns that change along.

    False, and nothing is done, when the table knows no such move: what the caller learned is stale.
    """
    before = AttemptState(attempt.status)
    if not states.may_move(before, to):
        return False
    _write(attempt, {"status": to.value, **changes})
    Move.objects.create(attempt=attempt, before=before, after=to, source=source, detail=detail[:300], at=now)
    return True


def advance_refund(
    refund: Refund, *, to: RefundState, source: Move.Source, now: datetime, detail: str = "", **changes: object
) -> bool:
    """Move a refund whose row the caller holds locked; see advance."""
    before = RefundState(refund.status)
    if not states.refund_may_move(before, to):
        return False
    _write(refund, {"status": to.value, **changes})
    Move.objects.create(
        attempt_id=refund.attempt_id,
        refund_number=refund.number,
        before=before,
        after=to,
        source=source,
        detail=detail[:300],
        at=now,
    )
    return True


def _write(row: Attempt | Refund, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=list(changes))
