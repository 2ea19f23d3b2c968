"""The engine against the minute-by-minute oracle. `OPENBERTH_EXAMPLES=20000` runs the full claim."""

import os
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from parking.domain import calendar, tariff
from tests.parking.domain.oracle import Oracle
from tests.parking.domain.tariff_documents import documents, pasts, stays

CALENDAR = calendar.seeded()
EXAMPLES = int(os.environ.get("OPENBERTH_EXAMPLES", "2000"))


@pytest.mark.timeout(7200)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="OPENBERTH_SEED" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
@given(document=documents(), stay=stays(), data=st.data())
def test_the_engine_and_the_oracle_agree_on_every_fee(
    document: dict[str, Any], stay: tuple[datetime, datetime], data: st.DataObject
) -> None:
    try:
        rules = tariff.parse(document)
    except tariff.TariffError as error:
        assume("cap" not in error.path and "amount" not in error.path)
        raise
    arrived, left = stay
    earlier = data.draw(pasts(arrived))
    plate_color = data.draw(st.sampled_from(["blue", "green", "yellow"]))
    berths = data.draw(st.integers(1, 3))
    used = data.draw(st.sampled_from([0, 30, 120]))
    history = tariff.History(
        stays=tuple(
            tariff.PastStay(arrived_at=start, left_at=end, nearness=tariff.Nearness(near), charged_fen=charged)
            for start, end, near, charged in earlier
        ),
        used=tuple(
            tariff.Usage(concession=each["id"], on=_first_day(document, arrived, earlier), seconds=used * 60)
            for each in document["concessions"]
        ),
    )
    fee = tariff.price(
        arrived_at=arrived,
        left_at=left,
        tariff=rules,
        calendar=CALENDAR,
        vehicle=tariff.Vehicle(plate_color=plate_color, berths=berths),
        history=history,
    )
    expected = Oracle(document, CALENDAR).cost(
        arrived, left, plate_color=plate_color, berths=berths, earlier=earlier, used=used
    )
    assert fee.amount_fen == expected
    assert sum(line.amount_fen for line in fee.lines) == fee.amount_fen
    assert fee.amount_fen >= 0


def _first_day(document: dict[str, Any], arrived: datetime, earlier: list[Any]) -> Any:
    periods, _ = _merge(document, arrived, earlier)
    return periods[0][0].date()


def _merge(document: dict[str, Any], arrived: datetime, earlier: list[Any]) -> Any:
    oracle = Oracle(document, CALENDAR)
    oracle.rules = document
    return oracle._merge(arrived, arrived, earlier)
