"""Scans: each recorded as a check with its result, matched to a berth, and told to the fold as one more witness."""

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from parking import occupancy, pictures, tokens
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.whereabouts import SAFE, Match, match
from parking.inspections import evidence, placing, standing
from parking.inspections.items import Item, Where, Wrong
from parking.models import Berth, PatrolCheck, User
from parking.pictures import Examined

BATCH = 200
# The same car at the same berth within so long is the same look.
AGAIN = timedelta(minutes=2)
# Two people who saw different cars at one berth within so long can't both be right.
AGAINST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """One look as it was sent."""

    client_id: str
    digest: str
    seen_at: datetime
    berth: str
    where: Where | None
    plate: str
    color: str
    confidence: float | None
    empty: bool
    vehicle: str
    pictures: tuple[Examined, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one item: accepted, duplicate, conflict (another content under its id) or rejected."""

    client_id: str
    outcome: str
    code: str = ""
    message: str = ""
    field: str = ""
    said: dict[str, Any] = dataclasses.field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For an answer."""
        found: dict[str, Any] = {"client_id": self.client_id, "outcome": self.outcome, **self.said}
        if self.code:
            found |= {"code": self.code, "message": self.message, "field": self.field}
        return found


def read(data: object, *, user: User, now: datetime) -> Scan:
    """One scan. Raises Wrong."""
    item = Item(data)
    seen_at = item.moment("seen_at", now=now)
    empty = item.flag("empty")
    plate = "" if empty else item.plate()
    where, berth = item.where(), item.text("berth", limit=32)
    if where is None and not berth:
        raise Wrong("missing", _("泊位编号和位置至少要有一样"), "berth")
    name = evidence.event_id(user.pk, item.client_id)
    shots = evidence.examined(item.pictures(), source=evidence.SOURCE, event=name, taken_at=seen_at)
    return Scan(
        client_id=item.client_id,
        digest=item.digest,
        seen_at=seen_at,
        berth=berth,
        where=where,
        plate=plate,
        color=item.color(),
        confidence=item.number("plate_confidence", least=0, most=1),
        empty=empty,
        vehicle=item.text("vehicle", limit=32),
        pictures=tuple(shots),
    )


def record(listed: Sequence[object], *, user: User, now: datetime) -> list[Outcome]:
    """Take a batch; a wrong scan stops no other, one that was taken before is told again.

    One transaction, a constant number of statements however many scans.
    """
    outcomes: list[Outcome | None] = [None] * len(listed)
    fresh: dict[str, tuple[int, Scan]] = {}
    for index, data in enumerate(listed):
        try:
            scan = read(data, user=user, now=now)
        except Wrong as wrong:
            outcomes[index] = _rejected(data, wrong)
            continue
        known = fresh.setdefault(scan.client_id, (index, scan))
        if known[1] is not scan:
            same = known[1].digest == scan.digest
            outcomes[index] = Outcome(client_id=scan.client_id, outcome="duplicate" if same else "conflict")
    if fresh:
        with transaction.atomic():
            # Two requests of one handheld that come together are taken one after the other.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"inspection:{user.pk}"])
            for index, outcome in _take(fresh, user=user, now=now):
                outcomes[index] = outcome
    return [outcome for outcome in outcomes if outcome is not None]


def _rejected(data: object, wrong: Wrong) -> Outcome:
    client_id = data.get("client_id") if isinstance(data, dict) else ""
    return Outcome(
        client_id=client_id if isinstance(client_id, str) else "",
        outcome="rejected",
        code=wrong.code,
        message=wrong.message,
        field=wrong.field,
    )


def _take(fresh: dict[str, tuple[int, Scan]], *, user: User, now: datetime) -> Iterable[tuple[int, Outcome]]:
    stored = {
        check.client_id: check
        for check in PatrolCheck.objects.filter(user=user, client_id__in=list(fresh)).select_related("berth")
    }
    scans = [scan for client_id, (_index, scan) in fresh.items() if client_id not in stored]
    berths = placing.berths({scan.berth for scan in scans if scan.berth}, [scan.where for scan in scans if scan.where])
    stands = standing.of({scan.plate for _index, scan in fresh.values()}, now=now)
    held = tokens.roads(user, "inspect")
    berths = {code: berth for code, berth in berths.items() if held is None or berth.road.code in held}
    unknown = {scan.client_id for scan in scans if scan.berth and scan.berth not in berths}
    checks = []
    spots = placing.Grid(berths.values())
    for scan in scans:
        if scan.client_id in unknown:
            continue
        checks.append(_check(scan, spots, berths, stands, user=user, now=now))
    PatrolCheck.objects.bulk_create(checks)
    by_id = {scan.client_id: scan for scan in scans}
    _compare(checks)
    fed = [check for check in checks if check.fed]
    occupancy.observe([_event(check) for check in fed], now=now)
    pictures.keep([shot for check in checks for shot in by_id[check.client_id].pictures], now=now)
    made = {check.client_id: check for check in checks}
    for client_id, (index, scan) in fresh.items():
        if client_id in unknown:
            wrong = Wrong("unknown_berth", _("没有这个泊位"), "berth")
            yield index, _rejected({"client_id": client_id}, wrong)
        elif client_id in made:
            yield index, Outcome(client_id=client_id, outcome="accepted", said=_said(made[client_id], stands))
        else:
            check = stored[client_id]
            same = check.digest == scan.digest
            yield (
                index,
                Outcome(client_id=client_id, outcome="duplicate" if same else "conflict", said=_said(check, stands)),
            )


def _check(
    scan: Scan,
    spots: placing.Grid,
    berths: dict[str, Berth],
    stands: dict[str, standing.Standing],
    *,
    user: User,
    now: datetime,
) -> PatrolCheck:
    at = (scan.where.longitude, scan.where.latitude) if scan.where else None
    accuracy = scan.where.accuracy_m if scan.where else None
    found: Match = match(spots.near(at, accuracy) if at else (), named=scan.berth, at=at, accuracy_m=accuracy)
    if scan.berth and berths[scan.berth].longitude is None and not berths[scan.berth].geometry:
        # Nobody knows where this berth lies: its name is all there is.
        found = match((), named=scan.berth)
    result = PatrolCheck.Result.EMPTY if scan.empty else stands.get(scan.plate, standing.NOBODY).result
    return PatrolCheck(
        user=user,
        client_id=scan.client_id,
        digest=scan.digest,
        vehicle=scan.vehicle,
        berth=berths.get(found.berth),
        how=found.how,
        share=round(found.share, 3),
        distance_m=None if found.distance_m is None else round(found.distance_m, 1),
        rivals=list(found.rivals),
        longitude=scan.where.longitude if scan.where else None,
        latitude=scan.where.latitude if scan.where else None,
        accuracy_m=accuracy,
        plate=scan.plate,
        plate_color=scan.color,
        plate_confidence=scan.confidence,
        result=result,
        seen_at=scan.seen_at,
        received_at=now,
        fed=found.how in SAFE,
    )


def _compare(checks: Sequence[PatrolCheck]) -> None:
    """Fold the looks that repeat one before, and note those that disagree with another person's."""
    placed = sorted((check for check in checks if check.fed and check.berth_id), key=lambda check: check.seen_at)
    if not placed:
        return
    own = {check.pk for check in checks}
    around = list(
        PatrolCheck.objects.filter(
            berth_id__in={check.berth_id for check in placed},
            fed=True,
            seen_at__gte=placed[0].seen_at - AGAIN,
            seen_at__lte=placed[-1].seen_at + AGAIN,
        ).exclude(pk__in=own)
    )
    changed = []
    for check in placed:
        near = [each for each in around if each.berth_id == check.berth_id]
        again = next((each for each in near if _repeats(each, check)), None)
        if again is not None:
            check.again_of, check.fed = again, False
        against = next((each for each in near if _disagrees(each, check)), None)
        if against is not None:
            check.against = against
        if again is not None or against is not None:
            changed.append(check)
        if check.fed:
            around.append(check)
    PatrolCheck.objects.bulk_update(changed, ["again_of", "against", "fed"])


def _repeats(one: PatrolCheck, other: PatrolCheck) -> bool:
    same_eye = one.user_id == other.user_id and one.vehicle == other.vehicle
    same_sight = one.plate == other.plate and (one.result == "empty") == (other.result == "empty")
    return same_eye and same_sight and abs(one.seen_at - other.seen_at) <= AGAIN


def _disagrees(one: PatrolCheck, other: PatrolCheck) -> bool:
    if one.user_id == other.user_id or abs(one.seen_at - other.seen_at) > AGAINST:
        return False
    if "empty" in (one.result, other.result):
        return one.result != other.result
    return bool(one.plate and other.plate and one.plate != other.plate)


def _event(check: PatrolCheck) -> OccupancyEvent:
    if check.berth is None:
        raise ValueError("a check without a berth is no evidence")
    return OccupancyEvent(
        source=evidence.SOURCE,
        event_id=evidence.event_id(check.user_id, check.client_id),
        berth=check.berth.code,
        kind=Kind.VACANT if check.result == PatrolCheck.Result.EMPTY else Kind.OCCUPIED,
        observed_at=check.seen_at,
        received_at=check.received_at,
        witness=Witness.PATROL if check.vehicle else Witness.INSPECTOR,
        device=check.vehicle or f"inspector-{check.user_id}",
        plate=check.plate,
        plate_color=check.plate_color,
        plate_confidence=check.plate_confidence,
        action_confidence=check.share,
    )


def _said(check: PatrolCheck, stands: dict[str, standing.Standing]) -> dict[str, Any]:
    due = stands.get(check.plate, standing.NOBODY).due_fen
    return {
        "id": check.pk,
        "berth": check.berth.code if check.berth else None,
        "match": check.how,
        "share": check.share,
        "rivals": check.rivals,
        "result": check.result,
        "due_fen": due,
        "fed": check.fed,
        "again": check.again_of_id is not None,
        "against": check.against_id is not None,
    }
