"""Where there is room, and what it costs there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from parking import tariffs
from parking.models import Road
from parking.pages import charts, kerb, near
from parking.pages.kerb import RoadNow
from parking.pages.look import long
from parking.tariffs import Billable
from parking.wording import yuan

# Stays a driver can picture, priced by the road's own tariff: they explain a sign better than its wording.
EXAMPLES = tuple(timedelta(minutes=minutes) for minutes in (30, 60, 120, 240, 480))
HOUR = timedelta(hours=1)
_PASSENGER_CAR = "blue"


@dataclass(frozen=True, slots=True)
class Example:
    """A stay from a plain morning hour and its price."""

    words: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Price:
    """A tariff, the zones where it holds and examples of it."""

    zones: str
    name: str
    from_at: datetime
    examples: Sequence[Example]
    day: charts.Band
    night_fen: int | None


def prices(zone_ids: dict[int, str], *, now: datetime) -> list[Price]:
    """The tariffs of these zones by example: a small car, from 9 o'clock of this day. Each tariff once."""
    morning = timezone.localtime(now).replace(hour=9, minute=0, second=0, microsecond=0)
    evening = morning.replace(hour=20)
    stays = []
    for zone_id in zone_ids:
        stays += [_stay(zone_id, str(index), morning, length) for index, length in enumerate(EXAMPLES)]
        stays.append(_stay(zone_id, "night", evening, timedelta(hours=12)))
        midnight = morning.replace(hour=0)
        stays += [_stay(zone_id, f"h{hour}", midnight + timedelta(hours=hour), HOUR) for hour in range(24)]
    priced = tariffs.price_stays(stays, now=now)
    versions = tariffs.in_force(zone_ids, until=now)
    found: dict[int, Price] = {}
    for zone_id, zone in zone_ids.items():
        version = tariffs.choose(versions[zone_id], at=now)
        if version is None or any(priced[f"{zone_id}:{index}"].hold for index in range(len(EXAMPLES))):
            continue
        if version.id in found:
            found[version.id] = replace(found[version.id], zones=f"{found[version.id].zones} · {zone}")
            continue
        night = priced[f"{zone_id}:night"]
        found[version.id] = Price(
            zones=zone,
            name=kerb.in_language(version.tariff.name.zh, version.tariff.name.en),
            from_at=version.in_force_from,
            examples=[
                Example(long(length), priced[f"{zone_id}:{index}"].amount_fen) for index, length in enumerate(EXAMPLES)
            ],
            day=_day([priced[f"{zone_id}:h{hour}"].amount_fen for hour in range(24)], now=now),
            night_fen=None if night.hold else night.amount_fen,
        )
    return list(found.values())


def _day(hourly: Sequence[int], *, now: datetime) -> charts.Band:
    """A day from 0 to 24: what one hour costs when it begins at each hour; equal neighbours are one stretch."""
    stretches: list[tuple[int, int, str, str]] = []
    for hour, fen in enumerate(hourly):
        label = yuan(fen) if fen else gettext("免费")
        if stretches and stretches[-1][3] == label:
            stretches[-1] = (stretches[-1][0], hour * 60 + 60, *stretches[-1][2:])
        else:
            stretches.append((hour * 60, hour * 60 + 60, "paid" if fen else "free", label))
    words = "; ".join(f"{first // 60}:00–{last // 60}:00 {label}" for first, last, _kind, label in stretches)
    here = timezone.localtime(now)
    return charts.band(stretches, words=words, now_minute=here.hour * 60 + here.minute)


def _stay(zone_id: int, name: str, arrived_at: datetime, length: timedelta) -> Billable:
    return Billable(
        key=f"{zone_id}:{name}",
        zone_id=zone_id,
        road_id=0,
        plate="",
        plate_color=_PASSENGER_CAR,
        arrived_at=arrived_at,
        left_at=arrived_at + length,
    )


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Every open road with its free berths and its price, the list first."""
    now = timezone.now()
    roads = kerb.roads_now(now=now)
    order = request.GET.get("order", "free")
    roads.sort(key=lambda road: (-road.free, road.code) if order == "free" else (0, road.code))
    lead = near.lead_of(request.GET.get("in", ""))
    found = near.near(roads, lead=lead, now=now)
    context = {
        "roads": found,
        "map": near.map_data(found),
        "lead": int(lead.total_seconds() // 60),
        "leads": near.LEADS,
        "order": order,
        "free": sum(road.free for road in roads),
        "berths": sum(road.berths for road in roads),
        "told_at": newest(roads),
        "prices": prices(kerb.zones(), now=now),
    }
    return render(request, "public/roads.html", context)


def newest(roads: Sequence[RoadNow]) -> datetime | None:
    """When the devices of these roads were last heard."""
    return max((road.told_at for road in roads if road.told_at), default=None)


@require_safe
def detail(request: HttpRequest, code: str) -> HttpResponse:
    """One road: its strip of berths and its price."""
    road = kerb.open_roads().filter(code=code).select_related("zone").first()
    if road is None:
        raise Http404
    now = timezone.now()
    shown = kerb.roads_now(Road.objects.filter(pk=road.pk), now=now)
    context = {
        "road": shown[0],
        "berths": kerb.strip(road),
        "key": kerb.key(),
        "prices": prices({road.zone_id: kerb.zone_name(road.zone)}, now=now),
        "near": near.near(shown, lead=near.lead_of(""), now=now)[0],
    }
    return render(request, "public/road.html", context)
