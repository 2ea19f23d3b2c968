"""The figures once more, slowly, written apart from the code: row by row in Python, from sessions and ledger."""

import math
from collections import defaultdict
from datetime import datetime, timedelta
from fractions import Fraction

from parking.models import ParkingSession
from payments.models import Adjustment, Charge, Leg, Part
from tests.street import CITY_TIME

HOUR = timedelta(hours=1)
LENGTHS = ("stay_s", "occupied_s", "charged_occupied_s")


def hour_of(at):
    return at.astimezone(CITY_TIME).replace(minute=0, second=0, microsecond=0)


def recount(*, now: datetime, charged=lambda at: True) -> dict:
    """{(road code, hour): {name: number}} of all hours; `charged` says whether an hour (whole ones only) is."""
    told: dict = defaultdict(lambda: defaultdict(int))
    for session in ParkingSession.objects.select_related("road"):
        road = session.road.code
        if session.left_at:
            leaving = told[road, hour_of(session.left_at)]
            decided = session.status == "void" and session.touched
            if session.status in ("billed", "held") or decided:
                leaving["orders"] += 1
            if session.status == "billed" and not session.touched:
                leaving["auto_orders"] += 1
        if session.status == "void" or session.contested:
            continue
        told[road, hour_of(session.arrived_at)]["arrivals"] += 1
        if session.left_at:
            leaving["departures"] += 1
            leaving["stay_s"] += _exact(session.left_at - session.arrived_at)
        hour = hour_of(session.arrived_at)
        end = min(session.left_at or now, now)
        while hour < end:
            seconds = _exact(min(end, hour + HOUR) - max(session.arrived_at, hour))
            told[road, hour]["occupied_s"] += seconds
            if charged(hour):
                told[road, hour]["charged_occupied_s"] += seconds
            hour += HOUR
    for sums in told.values():
        for name in LENGTHS:
            sums[name] = math.floor(sums[name] + Fraction(1, 2))
    _money(told)
    return {key: dict(_without_zeros(found)) for key, found in told.items() if any(found.values())}


def _exact(length):
    """Seconds to the microsecond: a sum is rounded once, at the end."""
    return Fraction(length // timedelta(microseconds=1), 1_000_000)


def _money(told):
    taken = defaultdict(int)
    for row in Adjustment.objects.filter(status="done").exclude(kind="write_off"):
        taken[row.charge_id] += row.amount_fen
    moves = defaultdict(list)
    for leg in Leg.objects.select_related("entry").exclude(charge=None):
        if leg.account == "cash" or leg.account.startswith("clearing:"):
            moves[leg.charge_id].append((leg.entry.at, leg.entry.cause, leg.amount_fen))
    debited = set(
        Part.objects.filter(attempt__status="succeeded", attempt__kind="debit").values_list("charge", flat=True)
    )
    for charge in Charge.objects.all():
        opened = told[charge.scope, hour_of(charge.opened_at)]
        opened["charges"] += 1
        opened["receivable_fen"] += charge.amount_fen - taken[charge.pk]
        next_day = charge.opened_at.astimezone(CITY_TIME).date() + timedelta(days=1)
        for at, cause, fen in moves[charge.pk]:
            opened["collected_fen"] += fen
            for days in (0, 7, 30):
                if at.astimezone(CITY_TIME).date() < next_day + timedelta(days=days):
                    opened[f"collected_t{days}_fen"] += fen
            if cause in ("paid", "refund_done"):
                told[charge.scope, hour_of(at)]["received_fen"] += fen
        if any(cause == "paid" for _at, cause, _fen in moves[charge.pk]):
            opened["paid_charges"] += 1
            opened["contactless_charges"] += charge.pk in debited


def _without_zeros(found):
    return {name: number for name, number in found.items() if number}
