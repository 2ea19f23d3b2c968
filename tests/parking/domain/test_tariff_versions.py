"""A stay that spans a change of tariff, by the rule of the version in force at its arrival."""

import pytest

from parking.domain import tariff
from parking.domain.tariff import InForce
from tests.parking.domain.street_prices import CALENDAR, at, hourly


def versions(rule: str) -> list[InForce]:
    return [
        InForce(from_at=at("24 00:00"), tariff=tariff.parse(hourly(5))),
        InForce(from_at=at("1 00:00"), tariff=tariff.parse(hourly(2, on_change=rule))),
    ]


def price(found: list[InForce], arrived: str, left: str) -> tuple[int, list[int]]:
    fee, parts = tariff.price_in_force(versions=found, arrived_at=at(arrived), left_at=at(left), calendar=CALENDAR)
    assert sum(line.amount_fen for line in fee.lines) == fee.amount_fen
    return fee.amount_fen, [found.index(part) for part in parts]


def test_two_versions_that_begin_at_once_are_refused():
    twice = [*versions("split"), InForce(from_at=at("24 00:00"), tariff=tariff.parse(hourly(9)))]
    with pytest.raises(tariff.TariffError, match="two versions") as refused:
        price(twice, "09:00", "10:00")
    assert refused.value.path == "versions[2].in_force_from"


def test_a_stay_before_every_version_is_refused():
    with pytest.raises(tariff.NoVersionError, match="no version is in force"):
        price(versions("split"), "2026-10-31T23:00", "2026-11-01T01:00")


def test_two_currencies_cannot_share_a_stay():
    found = versions("split")
    found[0] = InForce(from_at=at("24 00:00"), tariff=tariff.parse(hourly(5, currency="EUR")))
    with pytest.raises(tariff.TariffError, match="two currencies"):
        price(found, "22:30", "24 01:30")


@pytest.mark.parametrize(
    ("rule", "total", "parts"), [("arrival", 600, [1]), ("departure", 1500, [0]), ("split", 400 + 1000, [1, 0])]
)
def test_a_stay_that_spans_a_change_follows_the_rule(rule: str, total: int, parts: list[int]):
    assert price(versions(rule), "22:30", "24 01:30") == (total, parts)


@pytest.mark.parametrize("rule", ["arrival", "departure", "split"])
def test_a_stay_inside_one_version_is_priced_by_it(rule: str):
    assert price(versions(rule), "22:00", "24 00:00") == (400, [1])
    assert price(versions(rule), "24 00:00", "24 01:00") == (500, [0])
