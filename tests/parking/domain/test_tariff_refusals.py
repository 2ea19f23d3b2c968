"""What is refused, with the path of the field and the reason in both languages."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from parking.domain import tariff
from parking.domain.tariff import InForce, Vehicle
from tests.parking.domain.street_prices import CALENDAR, at, document, hourly

NINE, TEN = at("09:00"), at("10:00")


def ask(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "arrived_at": NINE,
        "left_at": TEN,
        "tariff": tariff.parse(document()),
        "calendar": CALENDAR,
    } | changes
    return tariff.price(**given)


def versions() -> Any:
    twice = [InForce(from_at=at("1 00:00"), tariff=tariff.parse(hourly(price))) for price in (2, 5)]
    return tariff.price_in_force(versions=twice, arrived_at=NINE, left_at=TEN, calendar=CALENDAR)


@pytest.mark.parametrize(
    ("question", "path", "zh", "en"),
    [
        (lambda: ask(left_at=at("08:59")), "left_at", "驶离时间早于驶入时间", "the stay ends before it begins"),
        (lambda: ask(arrived_at=NINE.replace(tzinfo=None)), "arrived_at", "驶入时间缺少时区", "has no offset"),
        (lambda: ask(left_at=TEN.replace(tzinfo=None)), "left_at", "驶离时间缺少时区", "has no offset"),
        (
            lambda: ask(vehicle=Vehicle(vehicle_class="bicycle")),
            "vehicle.vehicle_class",
            "未知车型：bicycle",
            "unknown vehicle class: bicycle",
        ),
        (lambda: ask(vehicle=Vehicle(berths=0)), "vehicle.berths", "至少为 1", "at least one berth"),
        (versions, "versions[1].in_force_from", "同一时刻", "two versions"),
        (lambda: tariff.parse(document(colour="red")), "colour", "未知字段", "is not a known field"),
    ],
    ids=["left before arrived", "naive arrival", "naive departure", "class", "berths", "two versions", "field"],
)
def test_a_question_that_makes_no_sense_is_refused(question: Callable[[], Any], path: str, zh: str, en: str):
    with pytest.raises((tariff.StayError, tariff.TariffError)) as refused:
        question()
    found: Any = refused.value
    assert (found.path if isinstance(found, tariff.TariffError) else found.field) == path
    assert path in str(found)
    assert zh in found.reason_zh
    assert en in found.reason_en


@pytest.mark.parametrize(
    "way",
    [
        ("bands", 0),
        ("bands", 0, "steps", 1),
        ("free",),
        ("caps", 0),
        ("crossing",),
        ("concessions", 0),
        ("concessions", 0, "who"),
        ("concessions", 0, "free"),
        ("vehicles",),
        ("vehicles", "classes", "small"),
        ("repeat",),
        ("max_stay", 0),
        ("final_rounding",),
        ("examples", 0),
        ("clock",),
        ("exempt",),
    ],
    ids=lambda way: ".".join(map(str, way)),
)
def test_an_unknown_field_is_refused_wherever_it_stands(way: tuple[str | int, ...]):
    rules = copy.deepcopy(
        document(
            free={"minutes": 15},
            caps=[{"scope": "24h", "amount": 30}],
            crossing={"within_min": 60, "use": "earlier"},
            concessions=[{"id": "n", "who": {"disabled": True}, "free": {"minutes": 60}}],
            vehicles={"classes": {"small": {}}},
            repeat={"within_min": 5},
            max_stay=[{"minutes": 120}],
            final_rounding={"mode": "up"},
            examples=[{"arrived_at": "2026-11-23T09:00", "left_at": "2026-11-23T10:00", "amount": 3}],
            clock={"arrival": "second"},
            exempt={"kinds": {"police": "警车"}},
        )
    )
    assert tariff.parse(rules)
    place: Any = rules
    for step in way:
        place = place[step]
    place["shade"] = 1
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way).lstrip(".")
    with pytest.raises(tariff.TariffError) as refused:
        tariff.parse(rules)
    assert refused.value.path == f"{path}.shade"
    assert (refused.value.reason_zh, refused.value.reason_en) == ("未知字段", "is not a known field")
