"""Rulings are pure: order, repeats and later folds change nothing."""

import json
import random
from datetime import timedelta

import pytest

from parking.domain import story
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.policy import DEFAULT
from parking.domain.story import Billed
from tests.street import OTHER_PLATE, PLATE, at, event

NOW = at("20:00")


def ruling(name, *, at_, targets, into, act="a", heard="12:00"):
    detail = {
        "verdict": "replace",
        "act": act,
        "targets": [{"arrived_at": at(a).isoformat(), "left_at": at(b).isoformat(), "plate": p} for a, b, p in targets],
        "into": into and {"arrived_at": at(into[0]).isoformat(), "left_at": at(into[1]).isoformat(), "plate": into[2]},
    }
    return OccupancyEvent(
        source="correction", event_id=name, berth="A01", kind=Kind.DECIDED, observed_at=at(at_),
        received_at=at(heard), witness=Witness.OPERATOR, detail=json.dumps(detail),
    )  # fmt: skip


SEEN = [
    event("08:00", "arrival", plate=PLATE, event_id="1"),
    event("08:00:20", "arrival", source="sensor", witness=Witness.GEOMAGNETIC, event_id="2"),
    event("10:00", "departure", plate=PLATE, event_id="3"),
    event("10:00:20", "departure", source="sensor", witness=Witness.GEOMAGNETIC, event_id="4"),
    event("10:30", "arrival", plate=OTHER_PLATE, event_id="5"),
    event("11:00", "departure", plate=OTHER_PLATE, event_id="6"),
]
TARGET = [("08:00", "10:00", PLATE)]
SHORTER = [
    ruling("r-0", at_="08:00", targets=TARGET, into=("08:00", "09:00", PLATE)),
    ruling("r-1", at_="10:00", targets=TARGET, into=None),
]


def told(events, **more):
    read = story.read(events, DEFAULT, now=NOW, **more)
    return sorted(
        (f"{s.arrived_at:%H:%M}", f"{s.left_at:%H:%M}" if s.left_at else "", s.plate, str(s.status), s.contested)
        for s in read.stays
    )


def test_a_ruled_stay_stands_instead_of_what_was_seen_and_its_neighbour_is_untouched():
    assert told([*SEEN, *SHORTER]) == [
        ("08:00", "09:00", PLATE, "billable", False),
        ("10:30", "11:00", OTHER_PLATE, "billable", False),
    ]


@pytest.mark.parametrize("seed", range(20))
def test_order_and_repeats_change_nothing(seed):
    heap = [*SEEN, *SHORTER, *SEEN[:3], SHORTER[0]]
    random.Random(seed).shuffle(heap)
    assert told(heap) == told([*SEEN, *SHORTER])


def test_once_billed_a_ruled_stay_is_not_told_again_even_when_reading_begins_at_its_end():
    bill = Billed(1, at("08:00"), at("09:00"), PLATE, "", at("12:01"))
    rest = [("10:30", "11:00", OTHER_PLATE, "billable", False)]
    assert told([*SEEN, *SHORTER], billed=[bill]) == rest
    after = [each for each in [*SEEN, *SHORTER] if each.observed_at >= at("09:00")]
    assert told(after, since=at("09:00")) == rest


def test_a_later_ruling_on_a_ruled_stay_takes_its_place():
    again = ruling(
        "s-0", at_="08:00", act="b", heard="13:00", targets=[("08:00", "09:00", PLATE)], into=("08:00", "08:30", PLATE)
    )
    assert told([*SEEN, *SHORTER, again])[0] == ("08:00", "08:30", PLATE, "billable", False)


def test_what_is_heard_after_a_ruling_is_held_beside_it():
    late = [
        event("08:20", "arrival", plate=OTHER_PLATE, received_at=at("12:30")),
        event("08:40", "departure", plate=OTHER_PLATE, received_at=at("12:30")),
    ]
    found = told([*SEEN, *SHORTER, *late])
    assert ("08:00", "09:00", PLATE, "billable", False) in found
    assert ("08:20", "08:40", OTHER_PLATE, "held", True) in found


def test_cars_that_only_touch_the_ruled_time_keep_their_own_ends():
    before = event("08:00", "departure", plate=OTHER_PLATE, event_id="b2")
    seen = [event("07:00", "arrival", plate=OTHER_PLATE, event_id="b1"), before, *SEEN]
    follows = event("10:00", "arrival", plate=OTHER_PLATE, event_id="n")
    found = told([*seen, follows, *SHORTER])
    assert ("07:00", "08:00", OTHER_PLATE, "billable", False) in found
    assert any(each[0] == "10:00" and each[2] == OTHER_PLATE for each in found)


@pytest.mark.parametrize("detail", ["", "[]", '{"verdict": "replace", "targets": 3, "into": 7}', '{"verdict": "x"}'])
def test_a_ruling_that_cannot_be_read_changes_nothing(detail):
    broken = OccupancyEvent(
        source="correction", event_id="z", berth="A01", kind=Kind.DECIDED, observed_at=at("08:00"),
        received_at=at("12:00") + timedelta(seconds=1), detail=detail,
    )  # fmt: skip
    assert told([*SEEN, broken]) == told(SEEN)
