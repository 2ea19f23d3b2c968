"""Arrears: who is urged and when, and what became of each message.

Payments knows plates and no people: whoever knows a plate's owner passes the phone numbers in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q, Value

from payments import ledger, messengers
from payments.domain import masking
from payments.domain.dunning import Policy
from payments.domain.money import yuan
from payments.messengers.base import NotTaken, Sent, Sms
from payments.models import Charge, Urged, UrgeRule, Urging

_WEEK = timedelta(days=7)
# A worker that died between claim and record leaves its messages as being sent: a message missed is better than two.
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Where the owner of a plate can be reached."""

    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A message that waits to be sent."""

    id: int
    plate: str = field(repr=False)
    notice: bool
    stage: int
    amount_fen: int
    charges: int


@cache
def _of_settings(key: str) -> Policy:
    return Policy.from_data(dict(settings.PAYMENT_DUNNING))


def policy() -> Policy:
    """The ladder a person set last (UrgeRule); before that what settings ask for, Beijing's where they say nothing."""
    rule = UrgeRule.objects.order_by("-pk").first()
    if rule is None:
        return _of_settings(repr(settings.PAYMENT_DUNNING))
    return Policy.from_data({field.name: getattr(rule, field.name) for field in fields(Policy)})


def set_policy(rules: Policy, *, by: str, now: datetime) -> None:
    """Let these rules hold from now on. Charges opened before keep their due day; their urgings follow the new rules.

    Raises ValueError without a name.
    """
    if not by:
        raise ValueError("rules are set by somebody")
    with transaction.atomic():
        UrgeRule.objects.create(
            **{field.name: getattr(rules, field.name) for field in fields(Policy) if field.name != "urge_days"},
            urge_days=list(rules.urge_days),
            made_by=by,
            made_at=now,
        )
        _reschedule(rules)


def _reschedule(rules: Policy) -> None:
    """What waits for an urging waits as the new rules say; a charge past the last stage stays where it is."""
    waiting = Charge.objects.select_for_update().filter(status=Charge.Status.OPEN, urge_at__isnull=False)
    batch = []
    for charge in waiting.only("pk", "due_at", "urge_stage").order_by("pk").iterator(chunk_size=2000):
        charge.urge_at = rules.stage_at(due_at=charge.due_at, stage=charge.urge_stage)
        batch.append(charge)
    Charge.objects.bulk_update(batch, ["urge_at"], batch_size=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What rules would do to the charges that stand open: how many are arrears now, and messages by plate."""

    open_charges: int
    overdue: int
    urged_within_a_week: int
    final: int


def preview(rules: Policy, *, now: datetime) -> Preview:
    """How the open charges stand under these rules, by their age; one query."""
    opened = Charge.objects.filter(status=Charge.Status.OPEN, kind=Charge.Kind.STAY, urge_paused=False).exclude(
        plate=""
    )
    overdue = now - timedelta(days=rules.due_days)
    soon = Q()
    for days in rules.urge_days:
        at = overdue - timedelta(days=days)
        soon |= Q(opened_at__gt=at, opened_at__lte=at + _WEEK)
    counted = opened.aggregate(
        open_charges=Count("pk"),
        overdue=Count("pk", filter=Q(opened_at__lte=overdue)),
        urged_within_a_week=Count("pk", filter=soon) if rules.urge_days else Value(0),
        final=Count("pk", filter=Q(opened_at__lte=overdue - timedelta(days=rules.final_days))),
    )
    return Preview(**counted)


def plan(*, now: datetime, limit: int = _BATCH) -> int:
    """Make a message a plate for the charges to be told of, and for those whose next stage has come.

    Gives how many charges were looked at.
    """
    rules = policy()
    if rules.awake(at=now) != now:
        return 0
    return _plan_notices(rules, now=now, limit=limit) + _plan_urgings(rules, now=now, limit=limit)


def _plan_notices(rules: Policy, *, now: datetime, limit: int) -> int:
    """The machine could not collect: say so once, with the way to pay."""
    with transaction.atomic():
        due = list(
            Charge.objects.select_for_update(skip_locked=True)
            .filter(status=Charge.Status.OPEN, notice_at__lte=now)
            .order_by("notice_at", "pk")[:limit]
        )
        owed = ledger.due(charge_ids=[charge.pk for charge in due])
        told = _told_lately({charge.plate for charge in due}, now=now)
        by_plate: dict[str, list[Charge]] = {}
        for charge in due:
            if rules.notice and charge.plate and told.get(charge.plate, 0) < rules.per_plate_a_week:
                by_plate.setdefault(charge.plate, []).append(charge)
        for plate, charges in by_plate.items():
            _write(plate, charges, owed=owed, notice=True, now=now)
        Charge.objects.filter(pk__in=[charge.pk for charge in due]).update(notice_at=None)
        return len(due)


def _plan_urgings(rules: Policy, *, now: datetime, limit: int) -> int:
    with transaction.atomic():
        due = list(
            Charge.objects.select_for_update(skip_locked=True)
            .filter(status=Charge.Status.OPEN, urge_at__lte=now, urge_paused=False)
            .order_by("urge_at", "pk")[:limit]
        )
        owed = ledger.due(charge_ids=[charge.pk for charge in due])
        told = _told_lately({charge.plate for charge in due}, now=now)
        by_plate: dict[str, list[Charge]] = {}
        for charge in due:
            if (charge.plate and rules.is_final(stage=charge.urge_stage)) or not charge.plate:
                charge.urge_at = None
            elif told.get(charge.plate, 0) >= rules.per_plate_a_week:
                charge.urge_at = rules.awake(at=now + timedelta(days=1))
            else:
                by_plate.setdefault(charge.plate, []).append(charge)
        for plate, charges in by_plate.items():
            _make(plate, charges, owed=owed, rules=rules, now=now)
        Charge.objects.bulk_update(due, ["urge_at", "urge_stage"])
        return len(due)


def _told_lately(plates: Iterable[str], *, now: datetime) -> dict[str, int]:
    counted = (
        Urging.objects.filter(plate__in=list(plates), made_at__gt=now - _WEEK)
        .exclude(status=Urging.Status.DROPPED)
        .values_list("plate")
        .annotate(count=Count("pk"))
        .order_by()
    )
    return dict(counted)


def _make(plate: str, charges: list[Charge], *, owed: Mapping[int, int], rules: Policy, now: datetime) -> None:
    _write(plate, charges, owed=owed, notice=False, now=now)
    for charge in charges:
        charge.urge_stage += 1
        # The last step only ends the urging: from then on the case waits for a person.
        charge.urge_at = rules.stage_at(due_at=charge.due_at, stage=charge.urge_stage)


def _write(plate: str, charges: list[Charge], *, owed: Mapping[int, int], notice: bool, now: datetime) -> None:
    urging = Urging.objects.create(
        plate=plate,
        notice=notice,
        stage=max(charge.urge_stage for charge in charges),
        status=Urging.Status.WAITING,
        amount_fen=sum(owed[charge.pk] for charge in charges),
        made_at=now,
    )
    Urged.objects.bulk_create(
        [Urged(urging=urging, charge=charge, stage=charge.urge_stage, notice=notice) for charge in charges],
        ignore_conflicts=True,
    )


def waiting(*, limit: int = _BATCH) -> list[Waiting]:
    """The messages to be sent, so that somebody may look for their owners' phones."""
    found = Urging.objects.filter(status=Urging.Status.WAITING).annotate(count=Count("urged")).order_by("pk")[:limit]
    return [
        Waiting(
            id=urging.pk,
            plate=urging.plate,
            notice=urging.notice,
            stage=urging.stage,
            amount_fen=urging.amount_fen,
            charges=urging.count,
        )
        for urging in found
    ]


def send(*, contacts: Mapping[str, Contact | None], now: datetime) -> int:
    """Send the waiting messages of these plates; None says that nobody is known. Gives how many went out.

    What was paid or paused meanwhile is dropped, and in quiet hours nothing is sent.
    """
    if policy().awake(at=now) != now:
        return 0
    sent = 0
    for urging in Urging.objects.filter(status=Urging.Status.WAITING, plate__in=list(contacts)).order_by("pk"):
        sent += _send(urging, contacts[urging.plate], now=now)
    return sent


def _send(urging: Urging, contact: Contact | None, *, now: datetime) -> bool:
    open_ids = list(
        Charge.objects.filter(urged__urging=urging, status=Charge.Status.OPEN, urge_paused=False).values_list(
            "pk", flat=True
        )
    )
    amount = sum(ledger.due(charge_ids=open_ids).values())
    if amount <= 0:
        return _end(urging, Urging.Status.DROPPED, now=now)
    if contact is None:
        return _end(urging, Urging.Status.NO_CONTACT, now=now)
    # One of several workers may have taken it, and what was taken is never sent again.
    taken = Urging.objects.filter(pk=urging.pk, status=Urging.Status.WAITING).update(
        status=Urging.Status.SENDING, amount_fen=amount, phone=masking.phone(contact.phone), sent_at=now
    )
    if not taken:
        return False
    last = policy().is_final(stage=urging.stage + 1)
    delivery = messengers.provider().send(
        Sms(
            to=contact.phone,
            template="notice" if urging.notice else "urge_final" if last else "urge",
            params={"plate": masking.plate(urging.plate), "count": str(len(open_ids)), "amount": yuan(amount)},
        )
    )
    if isinstance(delivery, Sent):
        Urging.objects.filter(pk=urging.pk).update(status=Urging.Status.SENT, reference=delivery.reference[:64])
        return True
    why = f"{delivery.code} {delivery.message}" if isinstance(delivery, NotTaken) else delivery.detail
    Urging.objects.filter(pk=urging.pk).update(status=Urging.Status.FAILED, detail=why[:200])
    return False


def _end(urging: Urging, status: Urging.Status, *, now: datetime) -> bool:
    Urging.objects.filter(pk=urging.pk, status=Urging.Status.WAITING).update(status=status, sent_at=now)
    return False


def pause(*, numbers: Iterable[str], paused: bool) -> int:
    """Stop urging these charges (an appeal is open), or go on. Gives how many changed."""
    return Charge.objects.filter(number__in=list(numbers), urge_paused=not paused).update(urge_paused=paused)
