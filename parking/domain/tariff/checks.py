"""Contradictions between the fields of a tariff: overlapping bands, gaps nobody declared, rules that can't meet."""

from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from parking.domain.calendar import Calendar, CalendarDay, seeded
from parking.domain.tariff.bands import Band, Due, Pool
from parking.domain.tariff.days import DayRule
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.reader import Fields
from parking.domain.tariff.rules import Rules
from parking.domain.tariff.terms import DAY_S

_FROM = date(2019, 12, 31)
_DAYS = 7 * 366  # years with every kind of day on every weekday it can fall on


@lru_cache(maxsize=1)
def _sample() -> tuple[Calendar, tuple[CalendarDay, ...]]:
    calendar = seeded()
    return calendar, tuple(calendar.day(_FROM + timedelta(days=n)) for n in range(_DAYS))


@lru_cache(maxsize=256)
def _held(rule: DayRule) -> tuple[bool, ...]:
    calendar, days = _sample()
    return tuple(rule.holds(day, calendar) for day in days)


def bands(found: tuple[Band, ...], path: str, *, outside_free: bool) -> None:
    """Refuse bands that overlap on some day of 2020 to 2026, and gaps unless declared free."""
    if not found:
        if not outside_free:
            raise TariffError(path, "至少一个时段", "needs at least one band")
        return
    held = zip(*(_held(band.days) for band in found), strict=True)
    pairs: dict[tuple[tuple[bool, ...], tuple[bool, ...]], date] = {}
    for day, pair in zip(_sample()[1][1:], pairwise(held), strict=True):
        pairs.setdefault(pair, day.on)
    for (before, today), on in pairs.items():
        _day(found, before, today, on, path, outside_free=outside_free)


def _day(
    found: tuple[Band, ...],
    before: tuple[bool, ...],
    today: tuple[bool, ...],
    on: date,
    path: str,
    *,
    outside_free: bool,
) -> None:
    spans = [
        (0, band.end_s - DAY_S, index)
        for index, (band, held) in enumerate(zip(found, before, strict=True))
        if held and band.end_s > DAY_S
    ]
    spans += [
        (band.start_s, min(band.end_s, DAY_S), index)
        for index, (band, held) in enumerate(zip(found, today, strict=True))
        if held
    ]
    spans.sort()
    covered = 0
    last = -1
    for start, end, index in spans:
        if start < covered:
            raise TariffError(
                f"{path}[{index}]",
                f"与时段 {found[last].id} 重叠(如 {on})",
                f"overlaps band {found[last].id} (on {on}, for one)",
            )
        if start > covered and not outside_free:
            raise _gap(path, covered, start, on)
        covered, last = end, index
    if covered < DAY_S and not outside_free:
        raise _gap(path, covered, DAY_S, on)


def _gap(path: str, start: int, end: int, on: date) -> TariffError:
    hours = f"{start // 3600:02}:{start // 60 % 60:02}-{end // 3600:02}:{end // 60 % 60:02}"
    return TariffError(
        path,
        f'{hours} 没有时段(如 {on});若为免费请写 "outside_bands": "free"',
        f'leave {hours} open (on {on}, for one); if that is free, say "outside_bands": "free"',
    )


def rules(found: Rules, fields: Fields) -> None:
    """Refuse rules that can't be applied together."""
    carried = [band for band in found.bands if band.meter.carry and band.meter.pool is Pool.WINDOW]
    if not carried:
        return
    for index, band in enumerate(found.bands):
        path = f"{fields.at('bands')}[{index}]"
        if band.free:
            continue
        if band not in carried:
            raise TariffError(
                path,
                "一个时段跨时段连续计时，则所有时段都须如此",
                "must carry units over between bands, as another band does",
            )
        if band.rows or band.then == "repeat" or any(step.rounding.due is not Due.UP for step in band.steps):
            raise TariffError(
                path,
                "跨时段连续计时只适用于向上取整的 steps",
                "can carry units over between bands only with steps that round up",
            )
