"""From the timeline to money, and what the notice takes off it: units, caps, factors, the smallest fee."""

from fractions import Fraction

from parking.domain.tariff.account import Account, Subject
from parking.domain.tariff.account import Entry as _Entry
from parking.domain.tariff.fee import LineKind
from parking.domain.tariff.plan import Piece
from parking.domain.tariff.program import ScaledCap
from parking.domain.tariff.rules import Across, Concession, CapScope, Pool, Restart
from parking.domain.tariff.stay import Nearness

_LEVELS = {Across.BERTH: Nearness.BERTH, Across.ROAD: Nearness.ROAD, Across.CITY: Nearness.CITY}


def meter(account: Account) -> None:
    """Run the clocks over the pieces and give each its units and its scaled money."""
    meters = account.program.meters
    bands = account.program.bands
    passages: dict[tuple[int, int], list[int]] = {}  # [origin, position] of the run on each passage
    pools: dict[tuple[int, int], list[int]] = {}  # [position, covered] of each clock shared between passages
    for piece in account.pieces:
        gauge = meters[piece.band]
        if gauge is None:
            continue
        length = piece.end - piece.start
        rule = bands[piece.band].meter
        if rule.pool is Pool.PASSAGE:
            run = passages.setdefault((piece.window, piece.passage), [0, 0])
        elif rule.carry:
            pool = pools.setdefault((piece.window, -1 if rule.pool is Pool.WINDOW else piece.band), [0, 0])
            if rule.pool is Pool.WINDOW:
                begin = max(pool)
                pool[0] += length
                piece.origin, piece.position = begin, pool[0] - length
                if pool[0] > begin:
                    piece.counts = gauge.counts(begin, pool[0])
                    pool[1] = gauge.covered(begin, pool[0])
                    piece.amount = sum(map(int.__mul__, piece.counts, gauge.prices))
                continue
            run = pool
            run[1] = run[0]
            run[0] += length
            piece.position = run[1]
            piece.counts = gauge.parts(0, run[1], run[0])
            piece.amount = sum(map(int.__mul__, piece.counts, gauge.prices))
            continue
        else:
            found = passages.get((piece.window, piece.passage))
            if found is None:
                if rule.pool is Pool.CLOCK:
                    begin = piece.start - _window_start(account, piece)
                else:
                    key = (piece.window, -1 if rule.pool is Pool.WINDOW else piece.band)
                    begin = pools.get(key, [0])[0]
                found = passages[piece.window, piece.passage] = [begin, begin]
            run = found
        if rule.pool is not Pool.PASSAGE:
            for key in ((piece.window, -1), (piece.window, piece.band)):
                pools.setdefault(key, [0, 0])[0] += length
        piece.origin, piece.position = run
        run[1] += length
        piece.counts = gauge.parts(piece.origin, piece.position, run[1])
        piece.amount = sum(map(int.__mul__, piece.counts, gauge.prices))
