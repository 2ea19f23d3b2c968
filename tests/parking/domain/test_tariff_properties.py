"""What holds for every tariff and every stay. `OPENBERTH_EXAMPLES=20000` draws so many for each property."""

import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from parking.domain import tariff
from parking.domain.tariff import History, Nearness, PastStay, Tariff, Vehicle
from tests.parking.domain.street_prices import CALENDAR
from tests.parking.domain.tariff_documents import documents, stays

pytestmark = pytest.mark.timeout(7200)
quick = settings(
    max_examples=int(os.environ.get("OPENBERTH_EXAMPLES", "300")),
    deadline=None,
    derandomize="OPENBERTH_SEED" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


def parsed(document: dict[str, Any]) -> Tariff:
    try:
        return tariff.parse(document)
    except tariff.TariffError as error:
        assume("cap" not in error.path and "amount" not in error.path)
        raise


def fee(found: Tariff, arrived: datetime, left: datetime, **more: Any) -> tariff.Fee:
    return tariff.price(arrived_at=arrived, left_at=left, tariff=found, calendar=CALENDAR, **more)


@quick
@given(
    document=documents(), stay=stays(), seconds=st.integers(0, 59), color=st.sampled_from(["blue", "green", "yellow"])
)
def test_a_fee_is_never_negative_and_is_the_sum_of_its_lines(document, stay, seconds, color):
    found = fee(parsed(document), stay[0], stay[1] + timedelta(seconds=seconds), vehicle=Vehicle(plate_color=color))
    assert found.amount_fen >= 0
    assert sum(line.amount_fen for line in found.lines) == found.amount_fen
    assert found.lines
    assert all(line.from_at <= line.to_at and line.rule and line.rule_en for line in found.lines)


@quick
@given(document=documents(monotone=True), stay=stays(), more=st.integers(1, 3 * 86_400))
def test_a_longer_stay_never_costs_less(document, stay, more):
    for concession in document["concessions"]:
        # free time that lapses once it is exceeded makes a stay dearer, never cheaper; all other rules are kept
        concession.pop("days", None)
    found = parsed(document)
    arrived, left = stay
    assert fee(found, arrived, left).amount_fen <= fee(found, arrived, left + timedelta(seconds=more)).amount_fen


@quick
@given(document=documents(), stay=stays())
def test_a_fee_is_never_above_a_cap_on_the_stay(document, stay):
    document["caps"] = [{"scope": "stay", "amount": 35}]
    document["final_rounding"] = {"mode": "half_up"}
    assert fee(parsed(document), *stay).amount_fen <= 3500


@quick
@given(document=documents(), stay=stays())
def test_a_fee_is_never_above_its_daily_caps(document, stay):
    document["caps"] = [{"scope": "natural_day", "amount": 20}]
    document["final_rounding"] = {"mode": "half_up"}
    arrived, left = stay
    days = (left.date() - arrived.date()).days + 1
    assert fee(parsed(document), arrived, left).amount_fen <= 2000 * days


@quick
@given(document=documents(), stay=stays(), hours=st.sampled_from([6, 24]))
def test_a_fee_is_never_above_a_cap_of_each_so_many_hours_from_arrival(document, stay, hours):
    document["caps"] = [{"scope": {"every_min": hours * 60}, "amount": 20}]
    document["final_rounding"] = {"mode": "half_up"}
    arrived, left = stay
    periods = -(-(left - arrived) // timedelta(hours=hours))
    assert fee(parsed(document), arrived, left).amount_fen <= 2000 * periods


@quick
@given(document=documents(), stay=stays())
def test_each_charge_lies_inside_the_stay_and_takes_time(document, stay):
    document.pop("min_stay_min", None)  # a shortest stay is charged beyond the departure
    document.pop("clock", None)
    found = fee(parsed(document), *stay)
    timed = [line for line in found.lines if line.kind in ("charge", "permit")]
    assert all(line.from_at < line.to_at for line in timed)
    assert all(stay[0] <= line.from_at and line.to_at <= stay[1] for line in found.lines)


@quick
@given(stay=stays(), cut=st.floats(0, 1), price=st.sampled_from([1, 2.5, 6]))
def test_splitting_a_stay_priced_by_the_second_changes_nothing(stay, cut, price):
    band = {"id": "all", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 1, "price": price}]}
    found = tariff.parse({"code": "exact", "currency": "CNY", "bands": [band], "rounding": "exact"})
    arrived, left = stay
    middle = arrived + timedelta(seconds=60 * int((left - arrived).total_seconds() * cut / 60))
    parts = fee(found, arrived, middle).amount_fen + fee(found, middle, left).amount_fen
    assert parts == fee(found, arrived, left).amount_fen


@quick
@given(document=documents(), stay=stays(), cut=st.floats(0, 1))
def test_splitting_a_stay_that_goes_on_changes_nothing(document, stay, cut):
    document["repeat"] = {"within_min": 60, "across": "road"}
    for cap in document["caps"]:
        cap["across"] = "stay"
    for concession in document["concessions"]:
        concession.get("free", {}).pop("ignore_stays_under_min", None)
    found = parsed(document)
    arrived, left = stay
    middle = arrived + timedelta(seconds=int((left - arrived).total_seconds() * cut))
    assume(arrived < middle)
    first = fee(found, arrived, middle).amount_fen
    whole = fee(found, arrived, left).amount_fen
    assume(first <= whole)  # a short stay moved into one band may cost more than the longer one
    before = History(stays=(PastStay(arrived_at=arrived, left_at=middle, nearness=Nearness.BERTH, charged_fen=first),))
    assert first + fee(found, middle, left, history=before).amount_fen == whole


@quick
@given(document=documents(), stay=stays())
def test_the_same_question_has_the_same_answer(document, stay):
    first, second = parsed(document), parsed(document)
    assert fee(first, *stay) == fee(first, *stay) == fee(second, *stay)
