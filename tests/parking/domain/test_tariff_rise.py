"""When the fee of a car that stays next rises."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from parking.domain import tariff
from parking.domain.tariff import Rise
from tests.parking.domain.street_prices import CALENDAR, at, document, hourly
from tests.parking.domain.tariff_documents import documents, stays


def rise(rules: dict[str, Any], arrived: str, now: str, **more: Any) -> Rise | None:
    return tariff.next_rise(at=at(now), arrived_at=at(arrived), tariff=tariff.parse(rules), calendar=CALENDAR, **more)


@pytest.mark.parametrize(
    ("arrived", "now", "when", "total"),
    [
        ("09:00", "09:00", "2026-11-23T09:30:01", 300),
        ("09:00", "09:30", "2026-11-23T09:30:01", 300),
        ("09:00", "09:31", "2026-11-23T10:00:01", 450),
        ("19:30", "19:45", "2026-11-23T20:00:01", 300),
        ("18:00", "20:00", "2026-11-24T08:00:01", 900),
    ],
)
def test_the_next_rise_is_found_to_the_second(arrived: str, now: str, when: str, total: int):
    assert rise(document(free={"minutes": 30}), arrived, now) == Rise(at=at(when), amount_fen=total)


def test_a_fee_at_its_cap_rises_no_more():
    assert rise(hourly(caps=[{"scope": "stay", "amount": 2}]), "09:00", "09:30") is None


def test_a_rise_beyond_the_horizon_is_not_looked_for():
    assert rise(document(), "21:00", "21:00", within=timedelta(hours=10)) is None
    assert rise(document(), "21:00", "21:00", within=timedelta(hours=12)) is not None


def test_fractions_of_the_second_do_not_matter():
    now = at("09:31") + timedelta(microseconds=900_000)
    found = tariff.next_rise(at=now, arrived_at=at("09:00"), tariff=tariff.parse(document()), calendar=CALENDAR)
    assert found == Rise(at=at("2026-11-23T10:00:01"), amount_fen=450)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=documents(monotone=True), stay=stays())
def test_just_before_the_rise_the_fee_still_stands(document: dict[str, Any], stay: Any):
    try:
        parsed = tariff.parse(document)
    except tariff.TariffError:
        return
    arrived, now = stay

    def fee(left: Any) -> int:
        return tariff.price(arrived_at=arrived, left_at=left, tariff=parsed, calendar=CALENDAR).amount_fen

    found = tariff.next_rise(at=now, arrived_at=arrived, tariff=parsed, calendar=CALENDAR)
    if found is None:
        assert fee(now + timedelta(days=8)) == fee(now)
    else:
        assert fee(found.at) == found.amount_fen > fee(now) == fee(found.at - timedelta(seconds=1))


def test_without_a_word_the_next_eight_days_are_looked_at():
    band = {"id": "fair", "days": "2026-12-01", "from": "08:00", "to": "20:00", "steps": [{"unit_min": 60, "price": 2}]}
    rules = hourly(bands=[band], outside_bands="free")
    assert rise(rules, "22 09:00", "23 09:00") == Rise(at=at("2026-12-01T08:00:01"), amount_fen=200)
    assert rise(rules, "22 09:00", "23 08:00") is None
