"""What a person agreed to, and took back."""

from datetime import datetime
from typing import Final

from django.db import transaction

from parking.models import Consent, User

# The wording of the privacy page; changed with it, so that it is known who agreed to what.
WORDING: Final = "2026-11"


def give(*, user: User, purpose: str, now: datetime) -> None:
    """Note the agreement; again is no second one."""
    Consent.objects.bulk_create(
        [Consent(user=user, purpose=Consent.Purpose(purpose), wording=WORDING, given_at=now)], ignore_conflicts=True
    )


def withdraw(*, user: User, purpose: str, now: datetime) -> None:
    """Take it back, whether or not it was ever said aloud: the row shows from when on."""
    with transaction.atomic():
        give(user=user, purpose=purpose, now=now)
        Consent.objects.filter(user=user, purpose=purpose, withdrawn_at=None).update(withdrawn_at=now)


def standing(user: User) -> set[str]:
    """The purposes that stand; whereabouts stand until they are taken back."""
    rows = Consent.objects.filter(user=user).values_list("purpose", "withdrawn_at")
    given = {purpose for purpose, withdrawn_at in rows if withdrawn_at is None}
    taken = {purpose for purpose, withdrawn_at in rows if withdrawn_at is not None} - given
    return given | ({str(Consent.Purpose.WHEREABOUTS)} - taken)
