"""A road's policy as data: refused where it is wrong, explained where it is right."""

from dataclasses import fields

import pytest

from parking.domain.policy import DEFAULT, FIELDS, MIXES, Policy, PolicyError


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"settle": 5}, "settle"),
        ({"settle_seconds": "5"}, "settle_seconds"),
        ({"settle_seconds": 5.5}, "settle_seconds"),
        ({"settle_seconds": True}, "settle_seconds"),
        ({"settle_seconds": -1}, "settle_seconds"),
        ({"settle_seconds": None}, "settle_seconds"),
        ({"plate_confidence": 1.1}, "plate_confidence"),
        ({"patrol_opens": 1}, "patrol_opens"),
    ],
)
def test_wrong_data_is_refused_with_the_name_of_the_field(data, field):
    with pytest.raises(PolicyError) as caught:
        Policy.from_data(data)
    assert caught.value.field == field


def test_an_unknown_mix_is_refused():
    with pytest.raises(PolicyError):
        Policy.for_mix("balloon")


def test_a_road_keeps_only_what_differs():
    policy = Policy.from_data({"settle_seconds": 60, "plate_confidence": 0.8, "patrol_opens": True})
    assert policy.data() == {"settle_seconds": 60, "plate_confidence": 0.8, "patrol_opens": True}
    assert Policy.from_data(policy.data()) == policy
    assert Policy.from_data({}) is DEFAULT
    assert DEFAULT.data() == {}


def test_every_field_is_explained_in_both_languages_and_its_default_lies_in_range():
    assert set(FIELDS) == {field.name for field in fields(Policy)}
    for name, explained in FIELDS.items():
        assert all((explained.label, explained.label_en, explained.text, explained.text_en)), name
        assert explained.least <= getattr(DEFAULT, name) <= explained.most, name


@pytest.mark.parametrize("mix", MIXES)
def test_every_mix_has_a_policy(mix):
    assert Policy.for_mix(mix).data() == dict(MIXES[mix])
