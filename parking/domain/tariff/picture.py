"""A tariff as a picture and as examples: the bands of a day with their prices in words, and sample stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parking.domain.calendar import Calendar, DayKind
from parking.domain.tariff import lines
from parking.domain.tariff.bands import Band
from parking.domain.tariff.engine import price
from parking.domain.tariff.errors import StayError
from parking.domain.tariff.stay import Vehicle
from parking.domain.tariff.tariff import Tariff
from parking.domain.tariff.terms import DAY_S, FOREVER, Text

FREE = Text("免费", "free")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Minutes [first, last) of a day in one band, or in none; `words` says its price."""

    first: int
    last: int
    name: Text
    words: Text
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPicture:
    """The days that look alike, with one of them, and their stretches from 0 to 1440."""

    kinds: tuple[Text, ...]
    on: date
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a stay costs, in minor units; None where the tariff refuses it."""

    words: Text
    arrived_at: datetime
    left_at: datetime
    amount: int | None


_KINDS = (
    (Text("工作日", "workday"), lambda kind, on: kind in (DayKind.WORKDAY, DayKind.MAKEUP)),
    (Text("周六", "Saturday"), lambda kind, on: kind is DayKind.WEEKEND and on.weekday() == 5),
    (Text("周日", "Sunday"), lambda kind, on: kind is DayKind.WEEKEND and on.weekday() == 6),
    (Text("节假日", "holiday"), lambda kind, on: kind is DayKind.HOLIDAY),
    (Text("夏季（7 月）工作日", "July workday"), lambda kind, on: kind is DayKind.WORKDAY and on.month == 7),
    (Text("冬季（1 月）工作日", "January workday"), lambda kind, on: kind is DayKind.WORKDAY and on.month == 1),
)
_LENGTHS = (
    (20, Text("20 分钟", "20 min")),
    (30, Text("30 分钟", "30 min")),
    (60, Text("1 小时", "1 h")),
    (61, Text("1 小时 1 分", "1 h 1 min")),
    (120, Text("2 小时", "2 h")),
    (240, Text("4 小时", "4 h")),
    (600, Text("10 小时", "10 h")),
    (1440, Text("24 小时", "24 h")),
    (4320, Text("3 天", "3 days")),
)


def pictures(tariff: Tariff, calendar: Calendar, *, near: date, vehicle_class: str = "") -> tuple[DayPicture, ...]:
    """Return the days of a year from `near` on by kind, alike ones together: what the notice's sign would show."""
    found: dict[tuple[tuple[int, int, str], ...], DayPicture] = {}
    for name, wanted in _KINDS:
        days = (near + timedelta(days=ahead) for ahead in range(400))
        on = next((day for day in days if wanted(calendar.day(day).kind, day)), None)
        if on is None:
            continue
        stretches = _day(tariff, calendar, on, vehicle_class)
        key = tuple((each.first, each.last, each.words.zh + each.name.zh) for each in stretches)
        before = found.get(key)
        kinds = (*before.kinds, name) if before else (name,)
        found[key] = DayPicture(kinds=kinds, on=before.on if before else on, stretches=stretches)
    return tuple(found.values())


def _day(tariff: Tariff, calendar: Calendar, on: date, vehicle_class: str) -> tuple[Stretch, ...]:
    program = tariff.program(vehicle_class or tariff.document.default_class)
    plan = program.planner.make(on.toordinal(), calendar)
    found: list[Stretch] = []
    covered = 0
    for segment in plan.segments:
        first, last = (segment.start - plan.start) // 60, (segment.end - plan.start) // 60
        band = program.bands[segment.band]
        if first > covered:
            found.append(_gap(covered, first))
        if found and found[-1].last == first and found[-1].name == band.name and found[-1].words == say(tariff, band):
            first = found.pop().first
        found.append(Stretch(first=first, last=last, name=band.name, words=say(tariff, band), free=band.free))
        covered = last
    if covered < DAY_S // 60:
        found.append(_gap(covered, DAY_S // 60))
    return tuple(found)


def _gap(first: int, last: int) -> Stretch:
    return Stretch(first=first, last=last, name=Text("", ""), words=FREE, free=True)


def say(tariff: Tariff, band: Band) -> Text:
    """Return a band's price in words: "首 1 小时：每 1 小时 3 元；之后：每 30 分钟 1.5 元"."""
    if band.free:
        return FREE
    if band.rows:
        rows = [
            Text(
                f"{lines.length(row.until_s).zh}内 {lines.figure(tariff.document, row.total).zh}"
                if row.until_s < FOREVER
                else f"以上 {lines.figure(tariff.document, row.total).zh}",
                f"up to {lines.length(row.until_s).en} {lines.figure(tariff.document, row.total).en}"
                if row.until_s < FOREVER
                else f"beyond {lines.figure(tariff.document, row.total).en}",
            )
            for row in band.rows
        ]
        return _joined(rows)
    return _joined([lines.step_words(tariff.document, band, index) for index in range(len(band.steps))])


def _joined(parts: Sequence[Text]) -> Text:
    return Text("；".join(part.zh for part in parts), "; ".join(part.en.strip() for part in parts))


def samples(tariff: Tariff, calendar: Calendar, *, on: date, vehicle: Vehicle) -> tuple[Sample, ...]:
    """Price stays of usual lengths from 9 o'clock, one over the night and one by night, on that day."""
    zone = tariff.document.zone
    morning = datetime.combine(on, time(9), tzinfo=zone)
    evening = datetime.combine(on, time(18), tzinfo=zone)
    night = datetime.combine(on, time(21), tzinfo=zone)
    stays = [(words, morning, morning + timedelta(minutes=minutes)) for minutes, words in _LENGTHS]
    stays.append((Text("18:00 至次日 9:00", "18:00 to 9:00"), evening, evening + timedelta(hours=15)))
    stays.append((Text("21:00 至次日 7:00", "21:00 to 7:00"), night, night + timedelta(hours=10)))
    return tuple(
        Sample(
            words=words,
            arrived_at=arrived,
            left_at=left,
            amount=_amount(tariff, calendar, arrived, left, vehicle),
        )
        for words, arrived, left in stays
    )


def _amount(tariff: Tariff, calendar: Calendar, arrived: datetime, left: datetime, vehicle: Vehicle) -> int | None:
    try:
        fee = price(arrived_at=arrived, left_at=left, tariff=tariff, calendar=calendar, vehicle=vehicle)
    except StayError:
        return None
    return fee.amount_fen
