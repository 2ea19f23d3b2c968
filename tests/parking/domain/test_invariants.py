"""Planted faults that the invariants must find."""

from dataclasses import replace

from parking.domain import invariants
from parking.domain.fusion import Hold, Status
from tests.parking.domain.timeline import at, fold

X = "鄂L12345"
WHOLE = fold(f"08:00 camera arrival {X}\n09:00 camera departure {X}").stays[0]
LATER = replace(WHOLE, arrived_at=at("10:00"), left_at=at("11:00"))


def found(*stays, **kwargs):
    return [line.split(" ")[0] for line in invariants.broken(stays, **kwargs)]


def test_two_open_stays_on_a_berth_are_found():
    open_ = replace(WHOLE, left_at=None, status=Status.PARKED)
    assert found(open_, replace(open_, arrived_at=at("09:00"))) == ["I1", "I2"]


def test_overlapping_stays_are_found_unless_contested():
    other = replace(WHOLE, arrived_at=at("08:59"), left_at=at("09:30"))
    assert found(WHOLE, other) == ["I2"]
    contested = replace(other, contested=True, status=Status.HELD, holds=(Hold.OVERLAP,))
    assert found(WHOLE, contested) == []


def test_a_stay_that_ends_before_it_begins_is_found():
    assert found(replace(WHOLE, left_at=at("07:00"))) == ["I2"]


def test_a_bill_without_proof_of_both_ends_is_found():
    assert found(replace(WHOLE, departure_event=None, events=WHOLE.events[:1])) == ["I4"]
    assert found(replace(WHOLE, departure_event=None), patrol_opens=False) == ["I4"]


def test_a_doubtful_bill_is_found():
    assert found(replace(WHOLE, plate="")) == ["I14"]
    assert found(replace(WHOLE, contested=True)) == ["I14"]
    assert "I14" in found(replace(WHOLE, holds=(Hold.CLOCK,)))


def test_a_hold_without_a_reason_is_found():
    assert found(replace(WHOLE, status=Status.HELD)) == ["hold"]


def test_sound_stays_break_nothing():
    assert found(LATER, WHOLE) == []
