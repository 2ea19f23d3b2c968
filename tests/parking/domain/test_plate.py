"""The plate grammar: refusals first, then every form, spelling, corrections and candidates."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parking.domain import plate
from parking.domain.plate import PlateKind

GRAMMAR = json.loads((Path(__file__).parents[2] / "data/devices/plates_cn.json").read_text())
EXAMPLES = [(rule["kind"], example) for rule in GRAMMAR["grammar"] for example in rule["examples"]]


@pytest.mark.parametrize(
    "text",
    [
        *(item["plate"] for item in GRAMMAR["must_reject"]),
        "",
        "鄂",
        "鄂L1234",
        "鄂L123456",
        "鄂L12345678",
        "L鄂12345",
        "鄂112345",
        "鄂LI2345",
        "鄂L12E456",
        "鄂LDA12E4",
        "粤Z12345港",
        "鄂L1234港",
        "使12345",
        "WX1234A",
        "鄂L12345\n",
    ],
)
def test_a_text_that_is_no_issued_form_is_refused(text):
    assert not plate.valid(text)


@pytest.mark.parametrize("text", [text for text in GRAMMAR["device_no_plate_markers"] if text is not None])
def test_a_vendors_mark_for_no_plate_is_no_plate(text):
    assert plate.normalise(text) == ""


@pytest.mark.parametrize("text", ["鄂L123O5", "鄂LI2345", "苏AHOG66"])
def test_a_plate_with_letters_that_are_not_issued_is_not_valid_as_it_stands(text):
    assert not plate.valid(text)
    assert plate.valid(plate.normalise(text))


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_published_plates_have_their_form(kind, text):
    assert plate.kind(text) is not None
    assert plate.kind(text) == {"police_old_O": "police_old"}.get(kind, kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("鄂L12345", PlateKind.NORMAL),
        ("鄂LD12345", PlateKind.NEW_ENERGY_SMALL),
        ("鄂LA12345", PlateKind.NEW_ENERGY_SMALL),
        ("鄂LFA2345", PlateKind.NEW_ENERGY_SMALL),
        ("鄂L12345D", PlateKind.NEW_ENERGY_LARGE),
        ("鄂L1234学", PlateKind.LEARNER),
        ("鄂L1234挂", PlateKind.TRAILER),
        ("鄂L1234警", PlateKind.POLICE),
        ("鄂O12345", PlateKind.POLICE_OLD),
        ("粤Z1234港", PlateKind.HK_MACAO),
        ("粤ZJ068澳", PlateKind.HK_MACAO),
        ("沪A0123领", PlateKind.CONSULATE),
        ("使123456", PlateKind.EMBASSY),
        ("123456使", PlateKind.EMBASSY),
        ("WJ鄂1234X", PlateKind.ARMED_POLICE),
        ("WJ12345", PlateKind.ARMED_POLICE),
        ("WJA12345", PlateKind.ARMED_POLICE),
        ("VA12345", PlateKind.MILITARY),
        ("鄂X1234应急", PlateKind.EMERGENCY),
        ("民航A1234", PlateKind.CIVIL_AVIATION),
        ("临A12345", PlateKind.TEMPORARY),
    ],
)
def test_every_form_is_known(text, kind):
    assert plate.kind(text) is kind
    assert plate.valid(text)
    assert kind in plate.COLORS


@pytest.mark.parametrize(
    "written",
    [
        "鄂L12345",
        "鄂l12345",
        "鄂L·12345",
        "鄂L•12345",
        "鄂 L 123 45",
        "鄂Ｌ１２３４５",
        "鄂L-12345",
        "鄂L.12345 ",
        "鄂L\u200b12345",
    ],
)
def test_all_spellings_of_a_plate_are_one(written):
    assert plate.normalise(written) == "鄂L12345"


def test_only_the_two_letters_that_are_not_issued_are_corrected():
    assert plate.normalise("鄂LO2I45") == "鄂L02145"
    assert plate.normalise("苏AHOG66") == "苏AH0G66"
    assert plate.normalise("鄂LB2Q45") == "鄂LB2Q45"


@pytest.mark.parametrize("text", ["鄂L?12345", "鄂L*12345", "鄂L#12345", "鄂L_12345", "鄂LЖ12345", "鄂L□1234"])
def test_an_unreadable_sign_is_not_dropped_into_another_plate(text):
    assert "?" in plate.normalise(text)
    assert not plate.valid(plate.normalise(text))


def test_an_old_police_plate_keeps_its_letter_o():
    assert plate.normalise("鄂O12345") == "鄂O12345"


def test_a_correction_that_makes_no_issued_form_is_not_made():
    assert plate.normalise("MX77O2I9") == "MX77O2I9"


def test_of_three_plates_on_one_car_the_mainland_one_is_taken():
    assert plate.normalise("粤ZJ068澳|MX7742|ZM127") == "粤ZJ068澳"
    assert plate.normalise("MX7742|粤ZJ068澳") == "粤ZJ068澳"


def test_candidates_are_issued_forms_likeliest_swap_first_and_never_the_plate_itself():
    found = plate.candidates("鄂L12D45")
    assert found[0] == "鄂L12045"
    assert all(plate.valid(other) for other in found)
    assert "鄂L12D45" not in found


def test_an_eighth_sign_may_have_been_gained():
    assert "鄂L12345" in plate.candidates("鄂LD12345")


def test_another_province_is_no_candidate():
    assert "皖L12345" not in plate.candidates("鄂L12345")


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text):
    once = plate.normalise(text)
    assert plate.normalise(once) == once


@given(st.sampled_from([text for _, text in EXAMPLES]), st.sampled_from(["", " ", "·"]), st.integers(0, 6))
def test_a_published_plate_survives_its_spelling(text, gap, at):
    assert plate.normalise(text[:at] + gap + text[at:].lower()) == text
