"""The city at this moment, for everyone who watches it: roads, figures, what is unusual. No plates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext

from parking import notices, pulse
from parking.domain.scale import level
from parking.figures import definitions, series, words
from parking.figures.definitions import Facts
from parking.models import Road
from parking.orders import CITY_TIME, local
from parking.wording import english

LANGUAGES = ("zh-hans", "en")
CHANNEL = "openberth_city"
"""PostgreSQL tells of changes at the kerb here (migration 0008)."""
SILENT_AFTER = timedelta(minutes=30)
FULL = 0.95
UNUSUAL = 0.30
"""How far from the same weekday's occupancy a road must be to be told of; a share of its berths."""
FEW = 10
MANY = 4
"""Above so many silent roads it is one sentence."""

_ROADS = """
SELECT r.id, r.code, count(b.id), count(b.id) FILTER (WHERE s.occupied), max(s.last_event_at)
FROM parking_road r JOIN parking_berth b ON b.road_id = r.id AND b.opened
LEFT JOIN parking_berthstate s ON s.berth_id = b.id
WHERE r.opened GROUP BY r.id ORDER BY r.code
"""


def roads(*, now: datetime) -> dict[str, dict[str, Any]]:
    """Every open road by code: berths, occupied, free, the step of the scale, the notice that holds, newest event."""
    with connection.cursor() as cursor:
        cursor.execute(_ROADS)
        rows = cursor.fetchall()
    standing = notices.standing(now=now)
    return {
        code: {
            "berths": berths,
            "occupied": occupied,
            "free": 0 if id_ in standing and standing[id_].closed else berths - occupied,
            "level": level(100 * occupied / berths if berths else 0),
            "notice": standing[id_].kind if id_ in standing else None,
            "told_at": local(told_at),
        }
        for id_, code, berths, occupied, told_at in rows
    }


def today(*, now: datetime) -> Facts:
    """What the figures of today so far are computed from."""
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    open_roads = Road.objects.filter(opened=True).order_by("code")
    return series.whole(series.read(from_at=midnight, to_at=now, now=now, roads=open_roads))


def figures(*, now: datetime) -> dict[str, dict[str, str]]:
    """Today's figures as people read them, by name and language."""
    values = definitions.values(today(now=now))
    told: dict[str, dict[str, str]] = {name: {} for name in values}
    for language in LANGUAGES:
        with translation.override(language):
            for name, value in values.items():
                told[name][language] = words.say(name, value)
    return told


def fresh(*, now: datetime) -> bool:
    """Whether the worker lives and nothing waits too long for its fold."""
    return pulse.read(now=now).ready(now=now)


def snapshot(*, now: datetime) -> dict[str, Any]:
    """All that the live page shows of the moment; each listener begins with it."""
    return {
        "at": local(now),
        "fresh": fresh(now=now),
        "roads": roads(now=now),
        "figures": figures(now=now),
    }


@dataclass(frozen=True, slots=True)
class Curves:
    """Mean occupancy in percent by hour of day: today up to now, yesterday, the same weekday a week ago."""

    today: Sequence[float]
    yesterday: Sequence[float]
    week_ago: Sequence[float]


def curves(*, now: datetime) -> Curves:
    """The three days by the hour; the hours to come of today are left out."""
    midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    chosen = list(Road.objects.filter(opened=True))

    def day(from_at: datetime, to_at: datetime) -> list[float]:
        found = series.read(from_at=from_at, to_at=to_at, now=now, roads=chosen, charging=False)
        return [round(100 * (definitions.occupancy(part.facts) or 0), 1) for part in found.parts("hour")]

    one = timedelta(days=1)
    return Curves(
        today=day(midnight, now),
        yesterday=day(midnight - one, midnight),
        week_ago=day(midnight - 7 * one, midnight - 6 * one),
    )


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something unusual, in words; `bad` when somebody should act, and the road it is about."""

    words: str
    bad: bool
    road: str = ""


def anomalies(*, now: datetime) -> list[Anomaly]:
    """What is unusual now: notices, a late platform, silent, full or strangely empty roads. The worst first."""
    told: list[Anomaly] = []
    silent: list[Anomaly] = []
    read = pulse.read(now=now)
    if not read.ready(now=now):
        told.append(Anomaly(gettext("归并进程落后，下面的数字可能是旧的。"), bad=True))
    chosen = list(Road.objects.filter(opened=True).order_by("code"))
    names = {road.code: (road.name_en if english() and road.name_en else road.name) for road in chosen}
    ids = {road.code: road.pk for road in chosen}
    standing = notices.standing(now=now)
    usual = _usual(chosen, now)
    for code, road in roads(now=now).items():
        notice = standing.get(ids[code])
        share = road["occupied"] / road["berths"] if road["berths"] else 0
        told_at = datetime.fromisoformat(road["told_at"]) if road["told_at"] else None
        said: dict[str, Any] = {"road": names[code], "percent": round(100 * share)}
        if notice is not None:
            text = gettext("%(road)s已封闭：%(reason)s") if notice.closed else gettext("%(road)s免收停车费：%(reason)s")
            told.append(Anomaly(text % (said | {"reason": notice.reason}), bad=notice.closed, road=code))
        elif told_at is None or now - told_at > SILENT_AFTER:
            said["minutes"] = round((now - told_at).total_seconds() / 60) if told_at else 0
            text = gettext("%(road)s已 %(minutes)d 分钟没有任何上报。") if told_at else gettext("%(road)s从未上报。")
            silent.append(Anomaly(text % said, bad=True, road=code))
        elif road["berths"] >= FEW and share >= FULL:
            told.append(Anomaly(gettext("%(road)s已满：占用 %(percent)d%%。") % said, bad=False, road=code))
        elif code in usual and road["berths"] >= FEW and abs(share - usual[code]) >= UNUSUAL:
            said["usual"] = round(100 * usual[code])
            text = gettext("%(road)s占用 %(percent)d%%，上周同日此时 %(usual)d%%。")
            told.append(Anomaly(text % said, bad=False, road=code))
    if len(silent) > MANY:
        text = gettext("%(n)d 个路段超过 %(minutes)d 分钟没有任何上报。")
        told.append(Anomaly(text % {"n": len(silent), "minutes": SILENT_AFTER // timedelta(minutes=1)}, bad=True))
    else:
        told.extend(silent)
    return sorted(told, key=lambda each: not each.bad)


def _usual(chosen: Sequence[Road], now: datetime) -> dict[str, float]:
    """Each road's mean occupancy in this hour a week ago, where it is known."""
    from_at = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=7)
    found = series.read(from_at=from_at, to_at=from_at + timedelta(hours=1), now=now, roads=chosen, charging=False)
    if not found.hours:
        return {}
    shares = {
        road.code: definitions.occupancy(found.facts(found.from_at, found.to_at, road_id=road.pk)) for road in chosen
    }
    return {code: share for code, share in shares.items() if share is not None}
