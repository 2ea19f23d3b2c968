"""The form's fields and the document say the same; what the form can't say is left alone."""

import pytest

from parking.domain import tariff
from parking.domain.tariff import library, outline


def round_trip(document):
    fields, bands, beyond = outline.values(document)
    return outline.document(fields, bands, base=document, beyond=beyond), beyond


@pytest.mark.parametrize("name", library.names())
def test_every_tariff_of_the_library_survives_the_form(name):
    document = dict(library.document(name))
    made, _ = round_trip(document)
    before, after = tariff.parse(document), tariff.parse(made)
    assert {each: after.rules(each) for each in after.classes} == {each: before.rules(each) for each in before.classes}
    assert after.document == before.document


def test_what_the_form_can_not_say_is_told():
    document = dict(
        library.document("xiaogan-2021-class1" if "xiaogan-2021-class1" in library.names() else "paris-2021-z1")
    )
    _, beyond = round_trip(document)
    assert "bands" in beyond


def test_fields_alone_make_a_tariff():
    made = outline.document(
        {
            "code": "new", "currency": "CNY", "name": "新", "free_minutes": "30", "cap_day": "25", "outside_free": "on",
            "large": "factor", "large_factor": "2", "nev_percent": "50",
        },
        [
            {"from": "08:00", "to": "20:00", "first_min": "60", "first_price": "3", "unit": "30", "price": "1.5"},
            {"id": "night", "from": "20:00", "to": "08:00", "kind": "visit", "price": "5"},
            {},
        ],
        base={},
        beyond=frozenset(),
    )  # fmt: skip
    rules = tariff.parse(made).rules()
    assert [step.price for step in rules.bands[0].steps] == [300, 150]
    assert [cap.amount for cap in rules.caps] == [2500]
    assert made["vehicles"]["classes"]["large"]["factor"] == 2


@pytest.mark.parametrize(
    ("band", "field"),
    [
        ({"from": "8:00", "to": "20:00", "unit": "30", "price": "1"}, "band-0-from"),
        ({"from": "08:00", "to": "25:00", "unit": "30", "price": "1"}, "band-0-to"),
        ({"from": "08:00", "to": "20:00", "unit": "", "price": "1"}, "band-0-unit"),
        ({"from": "08:00", "to": "20:00", "unit": "30", "price": "two"}, "band-0-price"),
        ({"from": "08:00", "to": "20:00", "unit": "30", "price": "1", "cap": "0.5"}, "band-0-cap"),
        (
            {"from": "08:00", "to": "20:00", "first_min": "x", "first_price": "3", "unit": "30", "price": "1"},
            "band-0-first_min",
        ),
        ({"from": "08:00", "to": "20:00", "kind": "visit", "price": "-1"}, "band-0-price"),
    ],
)
def test_what_is_wrong_is_shown_at_its_field(band, field):
    made = outline.document(
        {"code": "new", "currency": "CNY", "outside_free": "on"}, [band], base={}, beyond=frozenset()
    )
    with pytest.raises(tariff.TariffError) as refused:
        tariff.parse(made)
    assert outline.field_of(refused.value.path, made) == field


def test_gaps_overlaps_and_low_caps_are_shown_at_their_fields():
    day = {"from": "08:00", "to": "20:00", "unit": "60", "price": "5"}
    for fields, bands, field in (
        ({}, [day], "outside_free"),
        ({"outside_free": "on"}, [day, {**day, "id": "b", "from": "19:00"}], "band-1-from"),
        ({"outside_free": "on", "cap_day": "3"}, [day], "cap_day"),
        ({"outside_free": "on", "free_minutes": "0"}, [day], "free_minutes"),
        ({"outside_free": "on", "restart": "sometimes"}, [day], "restart"),
    ):
        made = outline.document({"code": "new", "currency": "CNY", **fields}, bands, base={}, beyond=frozenset())
        with pytest.raises(tariff.TariffError) as refused:
            tariff.parse(made)
        assert outline.field_of(refused.value.path, made) == field


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("restart", {"every_min": 720}),
        ("free", {"minutes": 30, "scope": "window"}),
        ("caps", [{"scope": "stay", "amount": 5, "across": "road"}]),
        ("caps", [{"scope": {"every_min": 60}, "amount": 5}]),
        ("vehicles", {"classes": {"small": {}}}),
        ("vehicles", {"classes": {"small": {"factor": 1}, "large": {}}, "by_plate_color": {"yellow": "large"}}),
        ("vehicles", {"classes": {"small": {}, "large": {"surcharge": 1}}, "by_plate_color": {"yellow": "large"}}),
        ("vehicles", {"more": 1}),
        ("concessions", [{"id": "a"}, {"id": "b"}]),
        ("concessions", [{"id": "a", "who": {"disabled": True}}]),
        ("concessions", [{"id": "a", "who": {"plate_colors": ["green"]}, "free": {"minutes": 60, "measure": "stay"}}]),
        ("concessions", [{"id": "a", "who": {"plate_colors": ["green"]}, "free": {"minutes": 60}}]),
        ("bands", {}),
        ("bands", [{"id": "a"}] * 7),
        ("bands", [{"id": "a", "clause": "第三条"}]),
        ("bands", [{"id": "a", "visit": {"price": 5, "every_min": 60}}]),
        ("bands", [{"id": "a", "rounding": "down"}]),
        ("bands", [{"id": "a", "steps": []}]),
        ("bands", [{"id": "a", "steps": [{"unit_min": 1, "price": 1, "until_min": 5}]}]),
    ],
)
def test_a_part_that_says_more_than_the_fields_stays_as_it_is(part, content):
    made, beyond = round_trip({part: content})
    assert made[part] == content or not content
    assert (part in beyond) == bool(content)


@pytest.mark.parametrize(
    ("part", "content", "fields"),
    [
        ("vehicles", {"by_berths": True}, {"large": "by_berths"}),
        ("vehicles", {"factor": 2}, {"large": "factor", "large_factor": "2"}),
    ],
)
def test_the_class_of_lorries_is_read_back(part, content, fields):
    document = outline.document(fields, [], base={}, beyond=frozenset())
    assert content.items() <= document[part]["classes"]["large"].items()
    assert fields.items() <= outline.values(document)[0].items()


def test_free_minutes_and_new_energy_allowances_are_written_and_read_back():
    fields = {"free_minutes": "15", "free_exclusive": "on", "free_exceeded": "skipped", "nev_minutes": "120"}
    document = outline.document(fields, [], base={}, beyond=frozenset())
    assert document["free"] == {"minutes": 15, "inclusive": False, "once_exceeded": "skipped"}
    assert document["concessions"][0]["free"] == {"minutes": 120, "per": "day", "stays_per_day": 1}
    assert fields.items() <= outline.values(document)[0].items()


def test_a_band_is_written_and_read_back():
    bands = [
        {"id": "a", "from": "08:00", "to": "20:00", "kind": "free", "days": "workday", "name": "日", "name_en": "day"},
        {"id": "b", "from": "08:00", "to": "20:00", "kind": "visit", "price": "5", "cap": "9"},
    ]
    document = outline.document({}, bands, base={}, beyond=frozenset())
    read = outline.values(document)[1]
    assert [band.items() <= row.items() for band, row in zip(bands, read, strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("caps[5].amount", ""),
        ("bands[0].steps", "band-0-price"),
        ("bands[0].name.zh", "band-0-from"),
        ("bands", "outside_free"),
        ("vehicles.classes", "large"),
        ("concessions[0].percent_off", "nev_percent"),
    ],
)
def test_a_path_leads_to_a_field(path, field):
    assert outline.field_of(path, {"bands": [{}]}) == field


def test_a_tariff_without_bands_is_shown_at_the_first_band():
    assert outline.field_of("bands", {}) == "band-0-from"
