"""Settled at nothing in nobody's name, and held for a clock that matters: what the price decides, as timelines."""

from datetime import timedelta

import pytest

from parking.domain import settling, tariff
from parking.domain.fusion import Rule
from parking.domain.policy import DEFAULT, Policy
from tests.parking.domain.street_prices import CALENDAR, document
from tests.parking.domain.timeline import at, fold, say, told

X, Y = "鄂L12345", "鄂L67890"
SENSED = "08:00 sensor arrival\n08:20 sensor departure\n"
FILMED = "08:00 camera arrival\n08:20 camera departure\n"


def unowned(text, **rules):
    policy = Policy.from_data(rules)
    return settling.unowned(fold(text, **rules).stays, policy)


def free(rules, start, end):
    return settling.free_for_anyone(
        arrived_at=at(start), left_at=at(end), tariff=tariff.parse(document(**rules)), calendar=CALENDAR
    )


def test_a_stay_of_which_only_the_person_is_in_doubt_needs_nobody_where_nobody_owes():
    found = unowned(FILMED)[0]
    assert (found.arrived_at, found.left_at, found.due_at) == (at("08:00"), at("08:20"), at("08:35"))
    heard_late = unowned("08:00 camera arrival\n08:20 camera departure received=09:00")
    assert heard_late[0].due_at == at("09:02")


def test_a_road_may_leave_all_doubt_to_people():
    assert unowned(FILMED, free_settles=False) == {}


def test_what_no_camera_saw_is_left_to_a_person_unless_the_road_says_otherwise():
    assert unowned(SENSED) == {}
    assert list(unowned(SENSED, free_settles_unseen=True)) == [0]


@pytest.mark.parametrize(
    "text",
    [
        "08:00 camera arrival",
        "08:20 camera departure",
        f"08:00 camera arrival {X}\n08:20 camera departure {X}",
        "08:00 camera arrival action=0.3\n08:20 camera departure",
        "08:00 camera arrival\n08:20 post departure received=08:20:11",
        '08:00 camera arrival\n08:20 camera departure\n08:00 review decides detail={"verdict":"accept"}',
    ],
    ids=["lost departure", "lost arrival", "proved", "unsure change", "two clocks", "decided"],
)
def test_a_stay_whose_time_is_in_doubt_or_that_a_person_saw_is_never_settled_so(text):
    assert unowned(text) == {}


def test_doubtful_stays_that_touch_are_one_time():
    text = FILMED + "{} camera arrival\n08:50 camera departure\n"
    near = unowned(text.format("08:21:30"))
    assert [(each.arrived_at, each.left_at) for each in near.values()] == [(at("08:00"), at("08:50"))] * 2
    apart = unowned(text.format("08:21:31"))
    assert [each.left_at for each in apart.values()] == [at("08:20"), at("08:50")]


def test_a_proved_stay_beside_it_is_another_cars_time():
    found = unowned(FILMED + f"08:21 camera arrival {X}\n08:50 camera departure {X}")
    assert [(place, each.left_at) for place, each in found.items()] == [(0, at("08:20"))]
    before = unowned(f"07:00 camera arrival {X}\n07:59 camera departure {X}\n" + FILMED)
    assert [(place, each.arrived_at) for place, each in before.items()] == [(1, at("08:00"))]


def test_a_car_that_still_stands_beside_it_leaves_the_time_open():
    stays = fold(FILMED + f"08:21 camera arrival {X}", now="08:40").stays
    assert settling.unowned(stays, DEFAULT) == {}


def test_a_doubtful_clock_makes_the_time_longer_and_never_shorter():
    text = "08:00 camera arrival received=08:12\n08:20 camera departure received=08:32"
    found = unowned(text)[0]
    assert (found.arrived_at, found.left_at) == (at("08:12"), at("08:32"))


def test_what_is_settled_at_nothing_names_nobody():
    stay = fold(f"08:00 camera arrival {X} plate=0.8\n08:20 camera departure {Y} plate=0.8 visit=v").stays[0]
    settled = settling.nothing_to_charge(stay)
    assert (settled.plate, settled.plate_color, settled.status, settled.holds) == ("", "unknown", "billable", ())
    assert settled.reasons == (*stay.reasons, Rule.NOTHING_TO_CHARGE)
    assert (settled.proposal, settled.ready_at) == ((), None)


def test_free_for_anyone_is_outside_the_hours_and_not_within():
    assert free({}, "20:00", "23:00")
    assert free({}, "+1 06:00", "+1 08:00")
    assert not free({}, "19:59", "20:30")


def test_free_time_is_for_anyone_who_has_not_used_it_up_whatever_stood_here_before():
    assert free({"free": {"minutes": 30}}, "09:00", "09:30")
    assert not free({"free": {"minutes": 30}}, "09:00", "09:31")


@pytest.mark.parametrize(
    "rules",
    [
        {"free": {"minutes": 30, "scope": "first_of_day_berth"}},
        {"free": {"minutes": 30, "scope": "first_of_day_road"}},
        {"free": {"minutes": 30}, "repeat": {"within_min": 10, "across": "berth"}},
    ],
)
def test_free_time_that_a_plate_may_have_used_up_is_not_for_anyone(rules):
    assert not free(rules, "09:00", "09:30")


def shifted(late):
    return fold(f"08:00 camera arrival {X} received={late}\n09:00 camera departure {X} received=09:12").stays[0]


def test_a_stay_is_priced_once_more_with_its_clocks_as_wrong_as_they_may_be():
    assert settling.moved(shifted("08:12")) == (at("08:12"), at("09:12"))
    assert settling.moved(shifted("08:11")) == (at("08:11"), at("09:11"))
    assert settling.moved(shifted("08:00")) is None


def test_what_a_person_decided_or_has_not_ended_is_not_moved():
    decided = fold(
        f"08:00 camera arrival {X} received=08:12\n09:00 camera departure {X} received=09:12\n"
        '08:00 review decides detail={"verdict":"accept"}'
    ).stays[0]
    assert Rule.DECIDED in decided.reasons
    assert decided.shift[0] == timedelta(minutes=12)
    assert settling.moved(decided) is None
    assert settling.moved(fold(f"08:00 camera arrival {X}", now="09:00").stays[0]) is None


def test_a_stay_whose_fee_hangs_on_its_clock_is_held_for_it():
    held = settling.clock_matters(shifted("08:12"))
    assert say(held) == f"08:00-09:00 {X} held clock"
    assert told(fold(f"08:00 camera arrival {X}\n09:00 camera departure {X}")) == [f"08:00-09:00 {X} billable"]
