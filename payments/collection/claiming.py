"""Charges become attempts: numbers are committed before anything is sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from payments import gateways, ledger
from payments.collection.entering import WAIT_FOR_EARLIER
from payments.collection.refusing import NOT_THE_DRIVERS
from payments.domain import numbers
from payments.models import Attempt, Charge, Mandate, Part, PlateEntry

MAX_TRIES = 6
# Another charge of the same plate is just being debited: its entry must be spent before ours is made.
WAIT_FOR_ENTRY = timedelta(seconds=3)
_Plate = tuple[str, str]


def claim(*, now: datetime, resting: set[str], limit: int) -> int:
    """Open a debit for the charges that are due to be collected; the number of queries doesn't grow with them.

    Gives how many charges were looked at. A plate has one debit at a time, because a gateway keeps one entry a plate.
    """
    with transaction.atomic():
        charges = list(
            Charge.objects.select_for_update(skip_locked=True)
            .filter(status=Charge.Status.OPEN, collect_at__lte=now)
            .order_by("collect_at", "pk")[:limit]
        )
        if not charges:
            return 0
        chosen = _choose(charges, resting=resting)
        given_up = [c for c in charges if c.pk not in chosen or c.collect_tries >= MAX_TRIES]
        Charge.objects.filter(pk__in=[c.pk for c in given_up]).update(collect_at=None, notice_at=now)
        takers = [c for c in charges if c not in given_up and chosen[c.pk]]
        waiters = [c.pk for c in charges if c not in given_up and not chosen[c.pk]]
        entries = _entries(takers, chosen, now=now)
        waiters += [c.pk for c in takers if c.pk not in entries]
        Charge.objects.filter(pk__in=waiters).update(collect_at=now + WAIT_FOR_ENTRY)
        _open(
            [(charge, chosen[charge.pk], entries[charge.pk]) for charge in takers if charge.pk in entries],
            now=now,
        )
        return len(charges)


def _choose(charges: Sequence[Charge], *, resting: set[str]) -> dict[int, str]:
    """The gateway that debits each charge; "" when it must wait, missing when no gateway is left for it."""
    ids = [charge.pk for charge in charges]
    refused: dict[int, set[str]] = {}
    busy: set[int] = set()
    for part in Part.objects.filter(charge_id__in=ids).select_related("attempt"):
        if part.in_flight:
            busy.add(part.charge_id)
        elif part.attempt.kind == Attempt.Kind.DEBIT and part.attempt.code not in NOT_THE_DRIVERS:
            refused.setdefault(part.charge_id, set()).add(part.attempt.gateway)
    plates = {charge.plate for charge in charges}
    ended: dict[_Plate, set[str]] = {}
    first: dict[_Plate, str] = {}
    for mandate in Mandate.objects.filter(plate__in=plates).filter(Q(ended_at__isnull=False) | Q(first=True)):
        key = (mandate.plate, mandate.plate_color)
        if mandate.ended_at:
            ended.setdefault(key, set()).add(mandate.gateway)
        elif mandate.first:
            first[key] = mandate.gateway
    elsewhere = _elsewhere(charges)
    chosen: dict[int, str] = {}
    for charge in charges:
        key = (charge.plate, charge.plate_color)
        no = refused.get(charge.pk, set()) | ended.get(key, set()) | elsewhere.get(charge.pk, set())
        left = [code for code in gateways.codes() if code not in no]
        left.sort(key=lambda code: code != first.get(key))
        if not left or not charge.plate:
            continue
        awake = [code for code in left if code not in resting]
        chosen[charge.pk] = awake[0] if awake and charge.pk not in busy else ""
    return chosen


def _elsewhere(charges: Sequence[Charge]) -> dict[int, set[str]]:
    """The gateways at which each charge's plate stands registered at a later berth already.

    A new entry for the earlier stay would kill that one, so the earlier stay can't be debited there any more. Once the
    later stay is billed too, both are debited in turn.
    """
    single = [code for code in gateways.codes() if gateways.gateway(code).single_entry]
    later: dict[int, set[str]] = {}
    live = PlateEntry.objects.filter(
        status=PlateEntry.Status.LIVE, gateway__in=single, plate__in={charge.plate for charge in charges}
    ).exclude(Exists(Charge.objects.filter(number=OuterRef("stay"))))
    for entry in live:
        for charge in charges:
            same = (entry.plate, entry.plate_color) == (charge.plate, charge.plate_color)
            if same and entry.stay != charge.number and entry.from_at > charge.from_at:
                later.setdefault(charge.pk, set()).add(entry.gateway)
    return later


def _entries(charges: Sequence[Charge], chosen: dict[int, str], *, now: datetime) -> dict[int, PlateEntry]:
    """A live entry at the chosen gateway for each charge that can have one now."""
    live = {
        (entry.gateway, entry.plate, entry.plate_color): entry
        for entry in PlateEntry.objects.select_for_update()
        .filter(status=PlateEntry.Status.LIVE, plate__in={charge.plate for charge in charges})
        .order_by("pk")
    }
    in_use = set(
        Attempt.objects.filter(entry__in=[entry.pk for entry in live.values()], parts__in_flight=True).values_list(
            "entry_id", flat=True
        )
    )
    given: dict[int, PlateEntry] = {}
    taken: set[tuple[str, str, str]] = set()
    superseded: list[int] = []
    fresh: list[tuple[Charge, PlateEntry]] = []
    for charge in charges:
        key = (chosen[charge.pk], charge.plate, charge.plate_color)
        if key in taken:
            continue
        entry = live.get(key)
        if entry is not None and entry.pk in in_use:
            continue
        if entry is not None and _fits(entry, charge):
            taken.add(key)
            given[charge.pk] = entry
            continue
        if entry is not None and entry.from_at < charge.from_at and now - charge.opened_at < WAIT_FOR_EARLIER:
            # The stay before this one is registered and not debited yet: it goes first.
            continue
        taken.add(key)
        if entry is not None:
            superseded.append(entry.pk)
        fresh.append((charge, _entry_of(charge, gateway=key[0], now=now)))
    PlateEntry.objects.filter(
        Q(pk__in=superseded) | Q(status=PlateEntry.Status.WAITING, stay__in=[charge.number for charge, _ in fresh])
    ).update(status=PlateEntry.Status.DEAD, enter_at=None, reason="superseded")
    PlateEntry.objects.bulk_create([entry for _, entry in fresh], ignore_conflicts=True)
    made = PlateEntry.objects.in_bulk([entry.number for _, entry in fresh], field_name="number")
    return given | {charge.pk: made[entry.number] for charge, entry in fresh if entry.number in made}


def _fits(entry: PlateEntry, charge: Charge) -> bool:
    # What the debit says must equal what the entry said, or the gateway refuses it.
    return entry.stay == charge.number and entry.from_at == charge.from_at and entry.place == charge.place


def _entry_of(charge: Charge, *, gateway: str, now: datetime) -> PlateEntry:
    return PlateEntry(
        number=numbers.entry(now=now),
        stay=charge.number,
        gateway=gateway,
        plate=charge.plate,
        plate_color=charge.plate_color,
        place=charge.place,
        spot=charge.spot,
        from_at=charge.from_at,
        status=PlateEntry.Status.LIVE,
        created_at=now,
    )


def _open(takers: Sequence[tuple[Charge, str, PlateEntry]], *, now: datetime) -> None:
    owed = ledger.due(charge_ids=[charge.pk for charge, _, _ in takers])
    attempts = Attempt.objects.bulk_create(
        Attempt(
            number=numbers.payment(now=now),
            gateway=gateway,
            kind=Attempt.Kind.DEBIT,
            amount_fen=owed[charge.pk],
            status=Attempt.Status.CREATED,
            created_at=now,
            next_query_at=now,
            entry=entry,
        )
        for charge, gateway, entry in takers
    )
    Part.objects.bulk_create(
        Part(attempt=attempt, charge=charge, amount_fen=owed[charge.pk])
        for attempt, (charge, _, _) in zip(attempts, takers, strict=True)
    )
    for charge, _, _ in takers:
        charge.collect_at, charge.collect_tries = None, charge.collect_tries + 1
    Charge.objects.bulk_update([charge for charge, _, _ in takers], ["collect_at", "collect_tries"])
