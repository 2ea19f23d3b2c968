"""How far back a tariff asks, and for which classes it is."""

from datetime import timedelta

import pytest

from parking.domain import tariff

PLAIN = {
    "code": "t",
    "currency": "CNY",
    "bands": [{"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 2}]}],
}
TWO_DAYS = timedelta(days=2)


@pytest.mark.parametrize("wrong", [["bus"], "bus", 3])
def test_a_class_the_tariff_has_not_is_refused(wrong):
    with pytest.raises(tariff.TariffError) as refused:
        tariff.parse({**PLAIN, "for_classes": wrong})
    assert refused.value.path == "for_classes"


def test_a_tariff_is_for_the_classes_it_names():
    vehicles = {"by_plate_color": {"yellow": "large"}, "default": "small", "classes": {"small": {}, "large": {}}}
    found = tariff.parse({**PLAIN, "vehicles": vehicles, "for_classes": ["large"]})
    assert found.is_for(tariff.Vehicle(plate_color="yellow"))
    assert not found.is_for(tariff.Vehicle())
    assert tariff.parse(PLAIN).is_for(tariff.Vehicle(plate_color="yellow"))


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, timedelta(0)),
        ({"free": {"minutes": 15}}, timedelta(0)),
        ({"free": {"minutes": 15, "scope": "first_of_day_road"}}, TWO_DAYS),
        ({"repeat": {"within_min": 30}}, TWO_DAYS + timedelta(minutes=30)),
        ({"concessions": [{"id": "nev", "free": {"minutes": 60, "per": "day"}}]}, TWO_DAYS),
        ({"concessions": [{"id": "nev", "free": {"minutes": 60}}]}, timedelta(0)),
        ({"caps": [{"scope": "24h", "amount": 9}]}, timedelta(0)),
        ({"caps": [{"scope": "24h", "amount": 9, "across": "city"}]}, timedelta(days=3)),
        ({"caps": [{"scope": "natural_day", "amount": 9, "across": "road"}]}, TWO_DAYS),
    ],
)
def test_a_tariff_asks_no_further_back_than_its_rules_do(rules, expected):
    assert tariff.reach(tariff.parse({**PLAIN, **rules})) == expected
