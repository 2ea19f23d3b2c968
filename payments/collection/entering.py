"""Telling gateways that a plate has come, one live entry a plate: what an earlier stay owes is debited first."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from payments import breaker, gateways
from payments.domain import numbers
from payments.gateways import base
from payments.gateways.base import Entered, NotSent, Refused, State, Unknown
from payments.models import Mandate, PlateEntry

_S = PlateEntry.Status
_ASK_AGAIN = timedelta(seconds=20)
# How long a new arrival waits for the debit of the stay before it. After that the older entry is given up: its charge
# gets an entry of its own when it comes, or is paid by hand.
WAIT_FOR_EARLIER = timedelta(minutes=10)
# "No agreement" is believed so long: the driver may have made one since, and not every gateway tells.
_BELIEVE_NONE = timedelta(days=1)
_WITHDRAWN, _CORRECTED = "withdrawn", "corrected"
_THREADS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A vehicle that came: `stay` is the number its bill will have."""

    stay: str
    plate: str = field(repr=False)
    plate_color: str
    place: str
    spot: str
    from_at: datetime


def announce(arrivals: Sequence[Arrival], *, now: datetime) -> int:
    """Note arrivals to be told to the gateway that will debit them; four queries however many. Joins the caller's
    transaction. Told again with another plate or time, the older entry is dropped; what a gateway refused once is not
    told again. Gives how many are new.
    """
    arrivals = [arrival for arrival in arrivals if arrival.plate]
    if not arrivals:
        return 0
    known: dict[str, list[PlateEntry]] = {}
    for entry in PlateEntry.objects.filter(stay__in=[arrival.stay for arrival in arrivals]).exclude(
        reason__in=[_WITHDRAWN, _CORRECTED]
    ):
        known.setdefault(entry.stay, []).append(entry)
    wanted = [a for a in arrivals if not any(_same(entry, a) for entry in known.get(a.stay, ()))]
    living = (_S.WAITING, _S.LIVE)
    stale = [entry.pk for a in wanted for entry in known.get(a.stay, ()) if entry.status in living]
    PlateEntry.objects.filter(pk__in=stale, attempts__isnull=True).update(
        status=_S.DEAD, enter_at=None, reason=_CORRECTED
    )
    chosen = _choose(wanted, now=now)
    made = PlateEntry.objects.bulk_create(
        [
            PlateEntry(
                number=numbers.entry(now=now),
                stay=arrival.stay,
                gateway=chosen[arrival.stay],
                plate=arrival.plate,
                plate_color=arrival.plate_color,
                place=arrival.place,
                spot=arrival.spot,
                from_at=arrival.from_at,
                status=_S.WAITING,
                created_at=now,
                enter_at=now,
            )
            for arrival in wanted
            if arrival.stay in chosen
        ],
        ignore_conflicts=True,
    )
    return len(made)


def withdraw(stays: Sequence[str]) -> int:
    """Those stays will never be billed: forget their entries. Gives how many there were."""
    found = PlateEntry.objects.filter(stay__in=list(stays), status__in=[_S.WAITING, _S.LIVE])
    return found.filter(attempts__isnull=True).update(status=_S.DEAD, enter_at=None, reason=_WITHDRAWN)


def _same(entry: PlateEntry, arrival: Arrival) -> bool:
    return (entry.plate, entry.plate_color, entry.from_at) == (arrival.plate, arrival.plate_color, arrival.from_at)


def _choose(arrivals: Sequence[Arrival], *, now: datetime) -> dict[str, str]:
    told: dict[tuple[str, str], list[Mandate]] = {}
    for mandate in Mandate.objects.filter(plate__in={arrival.plate for arrival in arrivals}):
        told.setdefault((mandate.plate, mandate.plate_color), []).append(mandate)
    chosen = {}
    for arrival in arrivals:
        mandates = told.get((arrival.plate, arrival.plate_color), [])
        no = {
            m.gateway
            for m in mandates
            if m.ended_at or (m.state == Mandate.State.NONE and now - m.told_at < _BELIEVE_NONE)
        }
        first = {m.gateway for m in mandates if m.first}
        left = sorted((code for code in gateways.codes() if code not in no), key=lambda code: code not in first)
        if left:
            chosen[arrival.stay] = left[0]
    return chosen


def work(*, now: datetime, limit: int) -> int:
    """Tell one batch of arrivals: claim (durable), call (no transaction), record. Gives how many."""
    claimed = _claim(now=now, limit=limit)
    for entry, answer in _call(claimed):
        found = PlateEntry.objects.filter(pk=entry.pk, status=_S.LIVE)
        if isinstance(answer, Entered):
            blocked = answer.state is State.BLOCKED
            found.update(reference=answer.reference, enter_at=None, reason=answer.reason[:120])
            # A notification that is newer than this answer keeps its say.
            found.filter(told_at__isnull=True).update(blocked=blocked, told_at=now)
        elif isinstance(answer, Refused) and answer.retry_after is None:
            found.update(status=_S.DEAD, enter_at=None, reason=answer.code[:120])
        else:
            found.update(enter_at=now + _ASK_AGAIN)
    return len(claimed)


def _call(entries: Sequence[PlateEntry]) -> Iterator[tuple[PlateEntry, Entered | Refused | Unknown | NotSent]]:
    """Side by side, with no transaction open: a busy street has many arrivals a second."""
    if not entries:
        return
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(entries)), thread_name_prefix="entry") as pool:
        yield from zip(entries, pool.map(_enter, entries), strict=True)


def _enter(entry: PlateEntry) -> Entered | Refused | Unknown | NotSent:
    try:
        return gateways.gateway(entry.gateway).enter(
            base.Entry(
                number=entry.number,
                plate=entry.plate,
                plate_color=entry.plate_color,
                place=entry.place,
                spot=entry.spot,
                from_at=entry.from_at,
            )
        )
    except Exception as error:  # an adapter's own mistake must not stop the others
        return Unknown(detail=type(error).__name__)


def _claim(*, now: datetime, limit: int) -> list[PlateEntry]:
    with transaction.atomic():
        due = list(
            PlateEntry.objects.select_for_update(skip_locked=True)
            .filter(enter_at__lte=now, status__in=[_S.WAITING, _S.LIVE])
            .exclude(gateway__in=breaker.resting(now=now))
            .order_by("from_at", "pk")[:limit]
        )
        live = {
            (entry.gateway, entry.plate, entry.plate_color): entry
            for entry in PlateEntry.objects.select_for_update(skip_locked=True).filter(
                status=_S.LIVE, plate__in={entry.plate for entry in due}
            )
        }
        told = []
        for entry in due:
            entry.enter_at = now + _ASK_AGAIN
            if entry.status == _S.LIVE:
                told.append(entry)
                continue
            key = (entry.gateway, entry.plate, entry.plate_color)
            earlier = live.get(key)
            if earlier is not None and (now - entry.created_at < WAIT_FOR_EARLIER or _in_use(earlier)):
                continue
            if earlier is not None:
                earlier.status, earlier.enter_at, earlier.reason = _S.DEAD, None, "superseded"
                earlier.save(update_fields=["status", "enter_at", "reason"])
            # A live entry somebody else holds locked right now is not in the table above: the index refuses then.
            if _make_live(entry):
                live[key] = entry
                told.append(entry)
        PlateEntry.objects.bulk_update(due, ["enter_at"])
        return told


def _in_use(entry: PlateEntry) -> bool:
    return entry.attempts.filter(parts__in_flight=True).exists()


def _make_live(entry: PlateEntry) -> bool:
    held = PlateEntry.objects.filter(
        gateway=entry.gateway, plate=entry.plate, plate_color=entry.plate_color, status=_S.LIVE
    )
    if held.exists():
        return False
    entry.status = _S.LIVE
    entry.save(update_fields=["status"])
    return True
