"""Demand-responsive proposals, with the published figures of San Francisco."""

from datetime import date

import pytest

from parking.domain import tariff
from parking.domain.tariff import SAN_FRANCISCO, SFPARK_PILOT, DemandRule

TODAY = date(2026, 11, 23)


def change(percent: int, *, price: int = 200, rule: DemandRule = SAN_FRANCISCO, changed_on: date | None = None) -> int:
    found = tariff.propose(price=price, occupied_s=percent, offered_s=100, on=TODAY, changed_on=changed_on, rule=rule)
    assert found.price == price + found.change
    assert found.reason
    assert found.reason_en
    return found.change


@pytest.mark.parametrize(("occupied", "offered"), [(1, 0), (-1, 10), (11, 10)])
def test_an_occupancy_that_cannot_be_is_refused(occupied: int, offered: int):
    with pytest.raises(tariff.StayError, match="occupied_s"):
        tariff.propose(price=200, occupied_s=occupied, offered_s=offered, on=TODAY, changed_on=None)


@pytest.mark.parametrize(("percent", "delta"), [(100, 25), (80, 25), (79, 0), (60, 0), (59, -25), (0, -25)])
def test_san_francisco_moves_by_a_quarter_outside_its_band(percent: int, delta: int):
    assert change(percent) == delta


@pytest.mark.parametrize(("percent", "delta"), [(80, 25), (60, 0), (30, -25), (29, -50)])
def test_the_pilot_fell_faster_when_empty(percent: int, delta: int):
    assert change(percent, rule=SFPARK_PILOT) == delta


def test_the_price_stays_within_its_limits():
    assert change(100, price=990) == 10
    assert change(0, price=60) == -10


@pytest.mark.parametrize(("changed_on", "delta"), [(date(2026, 10, 27), 0), (date(2026, 10, 26), 25)])
def test_the_price_moves_once_in_twenty_eight_days(changed_on: date, delta: int):
    assert change(90, changed_on=changed_on) == delta
