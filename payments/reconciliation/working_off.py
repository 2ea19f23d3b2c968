"""Money in suspense whose cause will not be found any more: two people take it to gain or loss."""

from datetime import datetime

from django.db import transaction

from payments import ledger
from payments.domain import accounts
from payments.models import Difference, Entry
from payments.reconciliation import targets


def ask_work_off(*, difference_id: int, by: str, reason: str) -> bool:
    """Propose it. False when nothing of this difference waits in suspense. Raises ValueError without name or reason."""
    if not by or not reason:
        raise ValueError("working off needs a name and a reason")
    with transaction.atomic():
        found = Difference.objects.select_for_update().filter(pk=difference_id, resolved_at__isnull=True).first()
        if found is None or found.work_off_by or not targets.suspended([found.suspense_key]):
            return False
        found.work_off_by, found.work_off_reason = by, reason[:300]
        found.save(update_fields=["work_off_by", "work_off_reason"])
        return True


def decide_work_off(*, difference_id: int, by: str, agreed: bool, now: datetime) -> bool:
    """A second person agrees, and it is booked; or doesn't, and it waits on. False when it is not theirs to decide."""
    with transaction.atomic():
        found = Difference.objects.select_for_update().filter(pk=difference_id, resolved_at__isnull=True).first()
        if found is None or not found.work_off_by or not by or by == found.work_off_by:
            return False
        if not agreed:
            Difference.objects.filter(pk=found.pk).update(work_off_by="", work_off_reason="")
            return True
        held = targets.suspended([found.suspense_key]).get(found.suspense_key, 0)
        if held:
            ledger.book(
                postings=[
                    ledger.transfer(
                        cause=Entry.Cause.WORKED_OFF,
                        cause_key=f"{found.suspense_key}#w",
                        at=now,
                        debit=accounts.SUSPENSE,
                        credit=accounts.WRITE_OFF,
                        amount_fen=held,
                        charge_id=None,
                    )
                ],
                now=now,
            )
        found.resolved_at, found.resolved_by, found.resolution = now, by, found.work_off_reason
        found.save(update_fields=["resolved_at", "resolved_by", "resolution"])
        return True
