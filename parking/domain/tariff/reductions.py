"""From the timeline to money, and what the notice takes off it: units, free time, caps, factors."""

from collections.abc import Iterable
from fractions import Fraction

from parking.domain.tariff.account import Account, Capped, Entry, Subject
from parking.domain.tariff.bands import Pool
from parking.domain.tariff.fee import LineKind
from parking.domain.tariff.plan import Piece
from parking.domain.tariff.program import ScaledCap
from parking.domain.tariff.rules import Across, Cap, CapScope, Restart
from parking.domain.tariff.stay import Nearness
from parking.domain.tariff.terms import ONCE

_LEVELS = {Across.BERTH: Nearness.BERTH, Across.ROAD: Nearness.ROAD, Across.CITY: Nearness.CITY}


def meter(account: Account) -> None:
    """Run the clocks over the pieces and give each its units and its scaled money."""
    meters = account.program.meters
    bands = account.program.bands
    runs: dict[
        tuple[int, int | tuple[int, int]], list[int]
    ] = {}  # where a run's first unit began, and where its clock stands
    totals: dict[tuple[int, int], int] = {}  # chargeable seconds so far, per window and band; -1 for all bands
    covered: dict[int, int] = {}  # per window, where the last unit begun ends when units carry over between bands
    shared = not account.program.each_passage
    for piece in account.pieces:
        gauge = meters[piece.band]
        if gauge is None:
            continue
        length = piece.end - piece.start
        rule = bands[piece.band].meter
        if rule.carry and rule.pool is Pool.WINDOW:
            position = totals.get((piece.window, -1), 0)
            piece.origin = piece.position = max(position, covered.get(piece.window, 0))
            if position + length > piece.origin:
                piece.counts = gauge.counts(piece.origin, position + length)
                covered[piece.window] = gauge.covered(piece.origin, position + length)
        else:
            carried = rule.carry and rule.pool is Pool.BAND
            key = (piece.window, piece.band if carried else piece.passage)
            run = runs.get(key)
            if run is None:
                begin = 0 if carried else _beginning(account, piece, rule.pool, totals)
                run = runs[key] = [begin, begin]
            piece.origin, piece.position = run
            run[1] += length
            piece.counts = gauge.parts(piece.origin, piece.position, run[1])
        if shared:
            for total in ((piece.window, -1), (piece.window, piece.band)):
                totals[total] = totals.get(total, 0) + length
        for count, price in zip(piece.counts, gauge.prices, strict=False):
            piece.amount += count * price


def _beginning(account: Account, piece: Piece, pool: Pool, totals: dict[tuple[int, int], int]) -> int:
    if pool is Pool.PASSAGE:
        return 0
    if pool is Pool.BAND:
        return totals.get((piece.window, piece.band), 0)
    if pool is Pool.WINDOW:
        return totals.get((piece.window, -1), 0)
    window = account.program.rules.window
    if window.restart is Restart.EVERY:
        return piece.start - account.origin - piece.window * window.every_s
    start = account.origin
    if window.restart is Restart.NATURAL_DAY:
        start = max(start, account.program.planner.instant(piece.day, 0))
    elif window.restart is Restart.DAILY_AT:
        start = max(start, account.program.planner.instant(piece.window, window.at_s))
    elif window.restart is Restart.CHARGING_PERIOD:
        start = next(other.start for other in account.pieces if other.window == piece.window)
    return piece.start - start


def waive(account: Account) -> None:
    """Take off the money of the pieces that a free time has waived."""
    for piece in account.pieces:
        if piece.waived is not None:
            account.entries.append(Entry(LineKind.FREE, piece.start, piece.end, -piece.amount, piece.waived))
            piece.amount = 0


def cap(account: Account, caps: Iterable[ScaledCap], times: Fraction) -> None:
    """Take off what exceeds each cap, multiplied by `times`, from the latest piece of its period backwards."""
    whole = total(account)
    for limit in caps:
        amount = limit.amount if times is ONCE else limit.amount * times.numerator // times.denominator
        if whole <= amount and limit.rule.across is Across.STAY:
            continue  # no period can exceed what the whole stay does not
        for pieces, spent in _periods(account, limit):
            excess = sum(piece.amount for piece in pieces) - max(amount - spent, 0)
            if excess <= 0:
                continue
            account.entries.append(
                Entry(LineKind.CAP, pieces[0].start, pieces[-1].end, -excess, Capped(limit.rule, amount))
            )
            for piece in reversed(pieces):
                part = min(piece.amount, excess)
                piece.amount -= part
                excess -= part


def _periods(account: Account, limit: ScaledCap) -> list[tuple[list[Piece], int]]:
    rule = limit.rule
    groups: dict[int | tuple[int, int], list[Piece]] = {}
    for piece in account.pieces:
        if limit.bands and piece.band not in limit.bands:
            continue
        groups.setdefault(_period(account, rule, piece), []).append(piece)
    if rule.across is Across.STAY:
        return [(pieces, 0) for pieces in groups.values()]
    return [(pieces, _spent(account, limit, key)) for key, pieces in groups.items()]


def _period(account: Account, rule: Cap, piece: Piece) -> int | tuple[int, int]:
    """Return which of the cap's periods the piece lies in."""
    scope = rule.scope
    if scope is CapScope.NATURAL_DAY:
        return piece.day
    if scope is CapScope.WINDOW:
        return piece.window
    if scope is CapScope.PASSAGE:
        return piece.passage
    if scope is CapScope.BAND:
        return piece.window, piece.band
    if scope is CapScope.DAILY_AT:
        return piece.day - (piece.wall < rule.at_s)
    if scope is CapScope.EVERY:
        return (piece.start - account.origin) // rule.every_s
    if scope is CapScope.CHARGING_PERIOD:
        return piece.period
    return account.origin


def _spent(account: Account, limit: ScaledCap, key: int | tuple[int, int]) -> int:
    """Return what earlier stays of the plate were charged inside the cap's period, in scaled money."""
    rule = limit.rule
    level = _LEVELS[rule.across]
    spent = 0
    for stay in account.history.stays:
        arrived = int(stay.arrived_at.timestamp())
        if stay.nearness > level or arrived >= account.origin:
            continue
        local = account.local(arrived)
        day = local.toordinal()
        if rule.scope is CapScope.DAILY_AT:
            day -= local.hour * 3600 + local.minute * 60 + local.second < rule.at_s
        inside = arrived > account.origin - rule.every_s and key == 0 if rule.scope is CapScope.EVERY else day == key
        if inside:
            spent += stay.charged_fen
    return spent * account.program.scale


def multiply(account: Account, factor: Fraction, kind: LineKind, subject: Subject, mask: int | None = None) -> None:
    """Multiply the money of the pieces that carry one of the mask's bits, of all without a mask."""
    change = 0
    touched = [piece for piece in account.pieces if piece.amount and (mask is None or piece.mask & mask)]
    for piece in touched:
        before = piece.amount
        piece.amount = before * factor.numerator // factor.denominator
        change += piece.amount - before
    if change:
        account.entries.append(Entry(kind, touched[0].start, touched[-1].end, change, subject))


def total(account: Account) -> int:
    """Return the scaled money of all pieces."""
    return sum(piece.amount for piece in account.pieces)
