"""A person's decision is one more event of the fold."""

import json

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import at, events, fold, story, told

X, Y = "鄂L12345", "鄂L67890"
HELD = f"08:00 camera arrival {X} plate=0.7\n09:00 camera departure {X} plate=0.7\n"


def decision(at_="08:00", **detail):
    return f"{at_} review decides received=10:00 detail=" + json.dumps(
        detail, ensure_ascii=False, separators=(",", ":")
    )


def test_a_decision_that_cannot_be_read_changes_nothing():
    for detail in ("", "not-json", "[]", '{"verdict":"perhaps"}'):
        assert story(HELD + f"08:00 review decides detail={detail}") == [f"08:00-09:00 {X} held low_confidence"]


def test_a_decision_on_no_stay_changes_nothing():
    assert story(HELD + decision("15:00", verdict="void")) == [f"08:00-09:00 {X} held low_confidence"]


def test_a_void_stay_is_never_billed():
    assert story(HELD + decision(verdict="void")) == [f"08:00-09:00 {X} held decided_void"]


def test_accepting_bills_the_stay_as_it_stands():
    outcome = fold(HELD + decision(verdict="accept"))
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.DECIDED in outcome.stays[0].reasons


def test_accepting_without_a_plate_still_bills_nobody():
    text = "08:00 sensor arrival\n09:00 sensor departure\n"
    assert story(text + decision(verdict="accept")) == ["08:00-09:00 - held no_plate"]
    assert story(text + decision(verdict="accept", plate=Y)) == [f"08:00-09:00 {Y} billable"]


def test_a_person_sets_the_times_of_a_stay_whose_end_was_lost():
    text = f"08:00 camera arrival {X}\n" + decision(verdict="accept", left_at=at("08:50").isoformat())
    assert story(text) == [f"08:00-08:50 {X} billable"]


def test_times_that_end_before_they_begin_are_not_taken():
    text = HELD + decision(verdict="accept", left_at=at("07:00").isoformat())
    assert story(text) == [f"08:00-09:00 {X} held low_confidence"]


def test_the_later_decision_wins():
    first = decision(verdict="void").replace("received=10:00", "received=10:00")
    second = decision(verdict="accept").replace("received=10:00", "received=11:00")
    assert story(HELD + first + "\n" + second) == [f"08:00-09:00 {X} billable"]
    assert story(HELD + second + "\n" + first) == [f"08:00-09:00 {X} billable"]


def test_a_decision_finds_the_stay_it_was_taken_on_when_times_moved_a_little():
    target = {"arrived_at": at("08:02").isoformat(), "left_at": at("08:58").isoformat()}
    other = f"09:30 camera arrival {Y} plate=0.7\n10:30 camera departure {Y} plate=0.7\n"
    assert story(HELD + other + decision("08:02", verdict="void", target=target)) == [
        f"08:00-09:00 {X} held decided_void",
        f"09:30-10:30 {Y} held low_confidence",
    ]


def test_the_timeline_reads_a_decision_as_written():
    event = events(decision(verdict="accept", plate=Y))[0]
    assert json.loads(event.detail) == {"verdict": "accept", "plate": Y}
