"""Billed stays stand: what lies in them is held against them, what lies between them is folded anew."""

import pytest

from parking.domain import story
from parking.domain.policy import DEFAULT
from parking.domain.story import Billed
from tests.parking.domain.timeline import at, events, say

X, Y, Z = "鄂L12345", "鄂L67890", "鄂L88888"
STAY = f"08:00 camera arrival {X} id=in\n10:00 camera departure {X} id=out\n"


def billed(start="08:00", end="10:00", *, plate=X, visit="", number=1, when=None):
    return Billed(number, at(start), at(end), plate, visit, at(when or end))


def read(text, *stays, since=None):
    return story.read(events(text), DEFAULT, now=at("+2 00:00"), since=since and at(since), billed=stays or (billed(),))


def disputes(text, *stays):
    return [(dispute.session_id, dispute.reason) for dispute in read(STAY + text, *stays).disputes]


def told(text, *stays):
    return [say(stay) for stay in read(text, *stays).stays]


def test_a_billed_stay_is_not_told_again_and_nothing_disputes_it():
    found = read(STAY)
    assert (found.stays, found.disputes, found.ready_at) == ((), (), None)


@pytest.mark.parametrize(
    ("late", "reason"),
    [
        (f"09:00 camera occupied {Y}", "late_other_plate"),
        (f"08:01:31 post arrival {X}", "late_arrival_inside"),
        (f"08:01:30 post arrival {X}", ""),
        (f"09:58:29 post departure {X}", "late_departure_inside"),
        (f"09:58:30 post departure {X}", ""),
        (f"10:01:30 post departure {X}", ""),
        ("08:01:31 sensor vacant", "late_vacant_inside"),
        ("08:01:30 sensor vacant", ""),
        ("09:58:29 sensor vacant", "late_vacant_inside"),
        ("09:58:30 sensor vacant", ""),
        (f"09:00 post occupied {X}", ""),
        ("09:00 post occupied", ""),
    ],
)
def test_what_comes_late_and_disagrees_with_a_billed_stay_is_a_dispute(late, reason):
    assert disputes(f"{late} received=12:00") == ([(1, reason)] if reason else [])


def test_what_the_bill_knew_is_no_dispute():
    line = f"09:00 camera occupied {Y} received="
    assert disputes(line + "10:00:00") == []
    assert disputes(line + "10:00:01") == [(1, "late_other_plate")]


@pytest.mark.parametrize(
    ("kind", "reason"), [("revokes", "revoked_after_billing"), ("corrects", "corrected_after_billing")]
)
def test_an_amendment_of_a_billed_event_is_a_dispute_once_the_bill_stands(kind, reason):
    line = f"09:00 camera {kind} {Y} revokes=in received="
    assert disputes(line + "10:00:01") == [(1, reason)]
    assert disputes(line + "10:00:00") == []
    assert disputes(f"11:00 camera {kind} {Y} revokes=nothing") == []
    assert disputes(f"11:00 sensor {kind} {Y} revokes=in") == []


def test_a_decision_disputes_nothing():
    assert disputes("11:00 camera decides revokes=in") == []


def test_an_amendment_speaks_against_the_stay_its_event_lies_in():
    other = billed("11:00", "12:00", plate=Y, number=2, when="12:30")
    text = f"11:00 camera arrival {Y} id=y\n12:00 camera departure {Y}\n13:00 camera revokes revokes=y"
    assert disputes(text, other, billed()) == [(2, "revoked_after_billing")]


def test_stays_between_billed_ones_are_found_whatever_their_order():
    last = billed("12:00", "13:00", number=2)
    text = (
        STAY
        + f"""
        10:30 camera arrival {Y} received=18:00
        11:30 camera departure {Y} received=18:00
        12:00 camera arrival {X}
        13:00 camera departure {X}
        14:00 camera arrival {Z}
    """
    )
    expected = [f"10:30-11:30 {Y} billable", f"14:00-14:00 {Z} held lost_departure low_confidence"]
    assert told(text, last, billed()) == told(text, billed(), last) == expected


def test_a_stay_left_open_before_a_billed_one_ends_where_that_begins():
    text = f"07:00 camera arrival {Y} received=18:00\n" + STAY
    assert told(text) == [f"07:00-07:00 {Y} held lost_departure low_confidence"]
    seen = f"07:00 camera arrival {Y} received=18:00\n07:30 camera occupied {Y} received=18:00\n" + STAY
    assert told(seen) == [f"07:00-07:30 {Y} held lost_departure"]


def test_a_car_still_parked_before_a_late_bill_is_cut_at_it():
    found = story.read(
        events(f"07:00 camera arrival {Y}\n" + STAY), DEFAULT, now=at("10:05"), billed=[billed(when="10:01")]
    )
    assert [say(stay) for stay in found.stays] == [f"07:00-08:00 {Y} held lost_departure"]


def test_the_next_car_may_come_at_the_very_moment_of_a_billed_departure():
    text = STAY + f"10:00 camera arrival {Y}\n10:30 camera departure {Y}"
    assert told(text) == [f"10:00-10:30 {Y} billable"]
    assert told(STAY + f"10:00 camera arrival {X}\n10:30 camera departure {X}") == [f"10:00-10:30 {X} billable"]


def test_the_car_before_may_leave_at_the_very_moment_of_a_billed_arrival():
    assert told(f"07:00 camera arrival {Y}\n08:00 camera departure {Y}\n" + STAY) == [f"07:00-08:00 {Y} billable"]


def test_another_car_inside_a_billed_stay_stays_in_sight_as_contested():
    text = STAY + f"09:00 camera arrival {Y}\n11:00 camera departure {Y}"
    found = read(text)
    assert [say(stay) for stay in found.stays] == [f"09:00-11:00 {Y} held overlap contested"]
    by_visit = """
        08:00 camera arrival visit=v1
        09:00 camera arrival visit=v2
        10:00 camera departure visit=v1
        11:00 camera departure visit=v2
    """
    assert told(by_visit, billed(visit="v1")) == ["09:00-11:00 - held no_plate overlap contested"]
    assert told(by_visit, billed(visit="")) == [
        "11:00-11:00 - held lost_arrival no_plate",
    ]


def test_two_billed_stays_with_a_stranger_in_each_are_read_together():
    second = billed("12:00", "13:00", plate=Z, number=2)
    text = (
        STAY
        + f"""
        09:00 camera arrival {Y}
        11:00 camera departure {Y}
        12:00 camera arrival {Z}
        12:30 camera arrival 鄂L55555
        13:00 camera departure {Z}
        13:30 camera departure 鄂L55555
    """
    )
    assert told(text, billed(), second) == [
        f"09:00-11:00 {Y} held overlap contested",
        "12:30-13:30 鄂L55555 held overlap contested",
    ]


def test_what_lies_before_the_border_is_not_read():
    text = f"08:00 camera arrival {Y}\n09:00 camera departure {Y}\n09:30 camera arrival {X}\n10:00 camera departure {X}"
    found = story.read(events(text), DEFAULT, now=at("+2 00:00"), since=at("09:00"))
    assert [say(stay) for stay in found.stays] == [f"09:30-10:00 {X} billable"]


def test_the_story_is_ready_when_its_first_stay_is():
    text = f"08:00 camera arrival {X}\n09:00 camera departure {X}"
    assert story.read(events(text), DEFAULT, now=at("09:00:01")).ready_at == at("09:00:15")


def test_of_two_waiting_stays_the_sooner_says_when_to_look_again():
    text = f"08:00 camera arrival {X}\n09:00 camera departure {X}\n09:00:05 camera arrival {Y}"
    assert story.read(events(text), DEFAULT, now=at("09:00:06")).ready_at == at("09:00:15")
