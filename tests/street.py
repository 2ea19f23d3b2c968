"""The cast: one street with berths A01 to A04, one car, and the ways to speak for them."""

import itertools
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from parking import occupancy, sessions
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.models import Berth, ParkingSession, Road, TariffVersion, Zone

CITY_TIME = ZoneInfo("Asia/Shanghai")
PLATE = "鄂L12345"
OTHER_PLATE = "鄂L67890"

# One yuan for each begun half hour, nothing else: fees that can be reckoned in the head.
FLAT = {
    "code": "flat",
    "name": {"zh": "每半小时一元", "en": "One yuan a half hour"},
    "currency": "CNY",
    "bands": [{"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 30, "price": 1}]}],
}

_ids = itertools.count(1)


def at(clock: str, *, day: str = "2026-11-20") -> datetime:
    """08:30 on the day, in the city's time; `08:30:15` too."""
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=CITY_TIME)


def build(*, tariff: bool = True, policy: dict | None = None) -> Road:
    """The street with its four berths and, unless told otherwise, its tariff."""
    zone = Zone.objects.create(code="A", name="甲区")
    road = Road.objects.create(code="A", name="甲路", name_en="A Street", zone=zone, policy=policy or {})
    Berth.objects.bulk_create([Berth(road=road, code=f"A{number:02}") for number in range(1, 5)])
    if tariff:
        TariffVersion.objects.create(
            code="flat",
            version=1,
            status=TariffVersion.Status.APPROVED,
            in_force_from=at("00:00", day="2016-01-01"),
            document=FLAT,
        )
    return road


def event(
    clock: str | datetime,
    kind: str,
    *,
    berth: str = "A01",
    plate: str = "",
    source: str = "camera",
    event_id: str = "",
    witness: Witness = Witness.HIGH_CAMERA,
    received_at: datetime | None = None,
    **more: object,
) -> OccupancyEvent:
    """One thing a witness says; without an id it gets a new one, without a received time it was heard at once."""
    moment = at(clock) if isinstance(clock, str) else clock
    return OccupancyEvent(
        source=source,
        event_id=event_id or f"e{next(_ids)}",
        berth=berth,
        kind=Kind(kind),
        observed_at=moment,
        received_at=received_at or moment,
        witness=witness,
        plate=plate,
        **more,  # type: ignore[arg-type]
    )


def say(*events: OccupancyEvent, now: datetime | None = None) -> occupancy.Observed:
    """Store the events as heard at `now` (default: when the newest was received)."""
    return occupancy.observe(events, now=now or max(each.received_at for each in events))


def fold(*, later: float = 60, now: datetime | None = None) -> sessions.Reconciled:
    """Fold all that is due `later` seconds from now on."""
    return sessions.reconcile_due(now=(now or timezone.now()) + timedelta(seconds=later))


def story(berth: str = "A01") -> list[tuple[str, str, str, str]]:
    """The berth's sessions in order: arrived, left, plate, status, clocks in the city's time."""
    found = ParkingSession.objects.filter(berth__code=berth).order_by("arrived_at", "id")
    return [
        (
            f"{each.arrived_at.astimezone(CITY_TIME):%H:%M}",
            f"{each.left_at.astimezone(CITY_TIME):%H:%M}" if each.left_at else "",
            each.plate,
            each.status,
        )
        for each in found
    ]
