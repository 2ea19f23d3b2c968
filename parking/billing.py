"""From proved stays to bills: what nobody owes is settled at nothing, the rest is priced and its charge opened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from parking import tariffs
from parking.domain.fusion import Hold, Rule
from parking.policies import Kerb
from parking.records import Row
from parking.tariffs import Priced
from payments import charges
from payments.domain.bill import Bill, BillLine

# A charge with this number stands already with other content: a person must look.
BILL_CONFLICT = "bill_conflict"


def settle_what_nobody_owes(
    rows: Sequence[Row], roads: Mapping[int, Kerb], *, now: datetime
) -> list[tuple[int, datetime, datetime]]:
    """Make held rows billable at nothing, in nobody's name, where no car at all would owe for their time.

    Two statements, and only where there are such rows. Gives (berth id, since, due) of those that must still wait for
    late events.
    """
    doubtful = [row for row in rows if row.status == "held" and row.unowed is not None]
    free = tariffs.free_for_anyone(
        [
            tariffs.Period(
                key=row.number,
                zone_id=roads[row.road_id].zone_id,
                arrived_at=row.unowed.arrived_at,
                left_at=row.unowed.left_at,
            )
            for row in doubtful
            if row.unowed is not None
        ]
    )
    later = []
    for row in doubtful:
        if row.number not in free or row.unowed is None:
            continue
        if row.unowed.due_at > now:
            later.append((row.berth_id, row.arrived_at, row.unowed.due_at))
            continue
        row.status, row.holds, row.plate, row.plate_color, row.proposal = "billable", (), "", "unknown", {}
        row.reasons = (*row.reasons, Rule.NOTHING_TO_CHARGE.value)
    return later


def bill(rows: Sequence[Row], codes: Mapping[int, str], roads: Mapping[int, Kerb], *, now: datetime) -> int:
    """Price what is billable and open its charge; what can't be priced is held with the reason.

    So is what would cost something else if the clocks behind it were as wrong as they may be. Gives how many charges
    there are.
    """
    _hold_where_clocks_matter(rows, roads, now=now)
    billable = [row for row in rows if row.status == "billable"]
    priced = tariffs.price_stays(
        [_asked(row, row.arrived_at, row.left_at, roads) for row in billable if row.left_at is not None],
        now=now,
        billing=True,
    )
    bills = []
    for row in billable:
        fee = priced[row.number]
        if fee.hold:
            row.status, row.holds = "held", (*row.holds, fee.hold)
            continue
        bills.append(_as_bill(row, fee, codes[row.berth_id], roads[row.road_id]))
    opened = charges.open_charges(bills, now=now)
    spent: list[tuple[str, int]] = []
    for row in billable:
        ref = opened.get(row.number)
        if ref is not None:
            fee = priced[row.number]
            row.status, row.charge_id, row.billed_at = "billed", ref.id, now
            row.fee_fen, row.lines, row.tariff_id = fee.amount_fen, fee.lines, fee.tariff_id
            row.provisional, row.used, row.continues = fee.provisional, fee.used, fee.continues
            spent.extend((code, row.id) for code in fee.coupons)
        elif row.number in opened.conflicts:
            row.status, row.holds = "held", (*row.holds, BILL_CONFLICT)
    tariffs.spend_coupons(spent, now=now)
    return len(opened)


def _as_bill(row: Row, fee: Priced, code: str, kerb: Kerb) -> Bill:
    if row.left_at is None:
        raise ValueError(f"session {row.number} has no end")
    return Bill(
        number=row.number,
        scope=kerb.code,
        spot=code,
        place=kerb.place(code),
        plate=row.plate,
        plate_color=row.plate_color,
        from_at=row.arrived_at,
        to_at=row.left_at,
        amount_fen=fee.amount_fen,
        currency=fee.currency,
        lines=tuple(_line(line) for line in fee.lines),
        tariff_code=fee.tariff_code,
        tariff_version=fee.tariff_version,
    )


def _line(line: dict[str, Any]) -> BillLine:
    return BillLine(
        from_at=datetime.fromisoformat(line["from"]),
        to_at=datetime.fromisoformat(line["to"]),
        rule=line["rule"],
        rule_en=line["rule_en"],
        amount_fen=line["amount_fen"],
    )


def _hold_where_clocks_matter(rows: Sequence[Row], roads: Mapping[int, Kerb], *, now: datetime) -> None:
    """What would cost something else if the clocks behind it were as wrong as they may be is held."""
    doubtful = [row for row in rows if row.status == "billable" and row.moved is not None and row.left_at is not None]
    if not doubtful:
        return
    as_told, moved = (
        tariffs.price_stays([_asked(row, *period, roads) for row, period in periods], now=now)
        for periods in (
            [(row, (row.arrived_at, row.left_at)) for row in doubtful if row.left_at is not None],
            [(row, row.moved) for row in doubtful if row.moved is not None],
        )
    )
    for row in doubtful:
        if as_told[row.number].amount_fen != moved[row.number].amount_fen:
            row.status, row.holds = "held", (*row.holds, Hold.CLOCK.value)


def _asked(row: Row, arrived_at: datetime, left_at: datetime, roads: Mapping[int, Kerb]) -> tariffs.Billable:
    return tariffs.Billable(
        key=row.number,
        zone_id=roads[row.road_id].zone_id,
        road_id=row.road_id,
        berth_id=row.berth_id,
        plate=row.plate,
        plate_color=row.plate_color,
        arrived_at=arrived_at,
        left_at=left_at,
    )
