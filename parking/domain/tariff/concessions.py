"""Free minutes for everybody, and free time and factors for some vehicles, with what the plate has used today."""

from collections.abc import Iterable
from datetime import date

from parking.domain.tariff.account import Account, Entry
from parking.domain.tariff.fee import LineKind
from parking.domain.tariff.plan import Piece
from parking.domain.tariff.rules import Free, FreeScope
from parking.domain.tariff.stay import Nearness, PastStay, Usage, Vehicle
from parking.domain.tariff.terms import FOREVER, Exceeded, Measure
from parking.domain.tariff.vehicles import Allowance, Concession, Who

_FIRST = {
    FreeScope.FIRST_ON_BERTH: Nearness.BERTH,
    FreeScope.FIRST_ON_ROAD: Nearness.ROAD,
    FreeScope.FIRST_IN_CITY: Nearness.CITY,
}


def covered(account: Account, rule: Free) -> bool:
    """Tell whether the free minutes cover the whole stay."""
    if rule.scope is FreeScope.WINDOW or not _granted(account, rule):
        return False
    parked = (
        sum(left - arrived for arrived, left in account.intervals)
        if rule.measure is Measure.STAY
        else account.chargeable()
    )
    return _within(parked, rule.minutes_s, inclusive=rule.inclusive)


def exceeded(account: Account, rule: Free) -> None:
    """Apply the free minutes to a stay they don't cover: per window where they are renewed, else as they say."""
    if rule.scope is not FreeScope.WINDOW:
        if _granted(account, rule):
            _exceed(account, rule, account.origin, None)
        return
    for window in dict.fromkeys(piece.window for piece in account.pieces):
        pieces = [piece for piece in account.pieces if piece.window == window]
        start = pieces[0].start
        if start - account.origin >= rule.not_after_s:
            continue
        charged = [piece for piece in pieces if account.program.meters[piece.band] is not None]
        parked = (
            sum(piece.end - piece.start for piece in charged)
            if rule.measure is Measure.CHARGEABLE
            else pieces[-1].end - start
        )
        if _within(parked, rule.minutes_s, inclusive=rule.inclusive):
            for piece in charged:
                piece.waived = rule
        else:
            _exceed(account, rule, start, window)


def _granted(account: Account, rule: Free) -> bool:
    return rule.scope not in _FIRST or not _earlier(account, account.local(account.origin).date(), _FIRST[rule.scope])


def _within(parked: int, limit: int, *, inclusive: bool) -> bool:
    return parked < limit or (inclusive and parked == limit)


def _exceed(account: Account, rule: Free, origin: int, window: int | None) -> None:
    if rule.exceeded is Exceeded.CHARGED:
        return
    account.grant(
        seconds=rule.minutes_s,
        measure=rule.measure,
        origin=origin,
        exceeded=rule.exceeded,
        reason=rule,
        selects=lambda piece: window is None or piece.window == window,
    )


def _earlier(account: Account, on: date, level: int, ignore_under_s: int = 0) -> list[PastStay]:
    """Return the plate's stays that began earlier on the date, no farther than the level, in order of arrival."""
    found = []
    for stay in account.history.stays:
        arrived = int(stay.arrived_at.timestamp())
        lasted = int(stay.left_at.timestamp()) - arrived
        if (
            stay.nearness <= level
            and arrived < account.origin
            and not stay.continues
            and lasted >= ignore_under_s
            and account.local(arrived).date() == on
        ):
            found.append(stay)
    return sorted(found, key=lambda stay: stay.arrived_at)


def matches(who: Who, vehicle: Vehicle, vehicle_class: str) -> bool:
    """Tell whether the concession is for this vehicle."""
    return (
        (not who.classes or vehicle_class in who.classes)
        and (not who.plate_colors or vehicle.plate_color in who.plate_colors)
        and who.tags <= vehicle.tags
        and (vehicle.disabled or not who.disabled)
    )


def chosen(account: Account, vehicle_class: str) -> list[tuple[int, Concession]]:
    """Return the concessions that apply, with their bit: of each group the first that is for this vehicle."""
    found: list[tuple[int, Concession]] = []
    groups: set[str] = set()
    for bit, concession in enumerate(account.program.rules.concessions):
        if concession.group in groups or not matches(concession.who, account.vehicle, vehicle_class):
            continue
        if concession.group:
            groups.add(concession.group)
        found.append((bit, concession))
    return found


def allow(account: Account, bit: int, concession: Concession, rule: Allowance) -> None:
    """Give the concession's free time, as far as the plate has not used it up."""
    first = account.local(account.origin).date()
    days = [first]
    if rule.renews_daily:
        days = [date.fromordinal(day) for day in dict.fromkeys(piece.day for piece in account.pieces)]
    for on in days:
        seconds = _left(account, concession, rule, on, arrival=on == first)
        if seconds <= 0:
            _note(account, concession, rule, on, 0)
            continue

        def selects(piece: Piece, on: date = on) -> bool:
            return bool(piece.mask >> bit & 1) and (not rule.renews_daily or piece.day == on.toordinal())

        origin = account.origin if on == first else account.program.planner.instant(on.toordinal(), 0)
        if rule.exceeded is Exceeded.CHARGED:
            parked = (
                account.chargeable(selects)
                if rule.measure is Measure.CHARGEABLE
                else sum(left - arrived for arrived, left in account.intervals)
            )
            if not _within(parked, seconds, inclusive=rule.inclusive):
                _note(account, concession, rule, on, 0)
                continue
            seconds = FOREVER
        used = account.grant(
            seconds=seconds,
            measure=rule.measure,
            origin=origin,
            exceeded=rule.exceeded,
            reason=concession,
            selects=selects,
        )
        _note(account, concession, rule, on, used)


def _note(account: Account, concession: Concession, rule: Allowance, on: date, used: int) -> None:
    """Keep what was used, less what the earlier stays that this one goes on with have noted already."""
    lasted = sum(left - arrived for arrived, left in account.intervals)
    used = used if lasted >= rule.ignore_under_s else 0
    used -= sum(_seconds(stay.used, concession, on) for stay in account.merged)
    if used:
        account.used.append(Usage(concession=concession.id, on=on, seconds=used))


def _seconds(used: Iterable[Usage], concession: Concession, on: date) -> int:
    return sum(use.seconds for use in used if use.concession == concession.id and use.on == on)


def _left(account: Account, concession: Concession, rule: Allowance, on: date, *, arrival: bool) -> int:
    if not rule.per_day:
        return rule.minutes_s
    seconds = rule.minutes_s
    if arrival:
        past = _earlier(account, on, rule.nearness, rule.ignore_under_s)
        if rule.later_s and past:
            lasted = (past[0].left_at - past[0].arrived_at).total_seconds()
            seconds = rule.later_s if len(past) == 1 and lasted <= rule.if_first_s else 0
        elif len(past) >= rule.stays:
            return 0
    used = _seconds(account.history.used, concession, on)
    for stay in account.history.stays:
        if stay.nearness <= rule.nearness and int(stay.arrived_at.timestamp()) < account.origin:
            used += _seconds(stay.used, concession, on)
    return min(seconds, rule.day_s - used)


def all_free(account: Account, rule: Free) -> None:
    """Note that the whole stay lies within the free minutes."""
    account.pieces = []
    account.entries.append(Entry(LineKind.FREE, account.origin, account.intervals[-1][1], 0, rule))
