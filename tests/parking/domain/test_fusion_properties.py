"""What holds for any heap of events: order and repeats don't matter, nothing overlaps, nothing raises.

`OPENBERTH_EXAMPLES=5000` runs the full count; without it 500 examples are tried.
"""

import json
import os
import random
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parking.domain import invariants
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion import Status, replay
from parking.domain.policy import DEFAULT
from tests.parking.domain.timeline import DAY, at

EXAMPLES = int(os.environ.get("OPENBERTH_EXAMPLES", "500"))
PLATES = ("", "", "鄂L12345", "鄂L12845", "鄂L67890", "鄂LD88866", "鄂L1234")
NOW = at("+2 00:00")
KINDS = (
    [Kind.ARRIVAL] * 4
    + [Kind.DEPARTURE] * 4
    + [Kind.OCCUPIED] * 3
    + [Kind.VACANT, Kind.STARTUP, Kind.REVOKED, Kind.CORRECTED, Kind.DECIDED]
)
thorough = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def event(rng, number):
    kind = rng.choice(KINDS)
    witness = rng.choice([Witness.GEOMAGNETIC, Witness.HIGH_CAMERA, Witness.PATROL, Witness.INSPECTOR])
    # Coarse moments make ties and near misses likely.
    observed_at = DAY + timedelta(seconds=rng.choice([1, 5, 30, 600]) * rng.randint(0, 120))
    return OccupancyEvent(
        source=rng.choice(["one", "two"]),
        event_id=f"e{number if kind is Kind.REVOKED else rng.randint(0, 30)}",
        berth="A01",
        kind=kind,
        observed_at=observed_at,
        received_at=observed_at + timedelta(seconds=rng.choice([-400, 0, 2, 1200, 90000])),
        witness=witness,
        device=rng.choice(["", "d1", "d2"]),
        plate="" if witness is Witness.GEOMAGNETIC else rng.choice(PLATES),
        plate_confidence=rng.choice([None, 0.5, 0.9, 0.99]),
        action_confidence=rng.choice([None, 0.2, 0.9]),
        visit=rng.choice(["", "", "", "v1", "v2"]),
        revokes=f"e{rng.randint(0, 30)}" if kind in (Kind.REVOKED, Kind.CORRECTED) else "",
        detail=rng.choice(['{"verdict":"accept"}', '{"verdict":"void"}', "{"]) if kind is Kind.DECIDED else "",
    )


def build(size, seed):
    rng = random.Random(seed)
    return [event(rng, number) for number in range(size)]


# A heap is drawn by its size and a seed: thousands of heaps a minute, and a failing one shrinks to a smaller size.
heaps = st.builds(build, st.integers(0, 24), st.integers(0, 2**32))


@thorough
@given(heap=heaps, seed=st.integers(0, 2**32))
def test_order_and_repeats_change_nothing(heap, seed):
    straight = replay(heap, DEFAULT, now=NOW)
    mixed = heap + heap[::3]
    random.Random(seed).shuffle(mixed)
    assert replay(mixed, DEFAULT, now=NOW) == straight


@thorough
@given(heap=heaps)
def test_the_invariants_hold_for_any_heap(heap):
    undecided = [each for each in heap if each.kind is not Kind.DECIDED]
    assert invariants.broken(replay(undecided, DEFAULT, now=NOW).stays) == []


@thorough
@given(heap=heaps)
def test_no_event_is_lost_and_none_is_told_twice(heap):
    outcome = replay(heap, DEFAULT, now=NOW)
    told = [key for stay in outcome.stays for key in stay.events]
    assert len(told) == len(set(told))
    aside = {(each.event.source, each.event.event_id) for each in outcome.asides}
    gone = {(each.source, each.revokes) for each in heap if each.kind is Kind.REVOKED}
    changes = {(each.source, each.event_id) for each in heap if each.kind in (Kind.ARRIVAL, Kind.DEPARTURE)}
    others = {(each.source, each.event_id) for each in heap if each.kind not in (Kind.ARRIVAL, Kind.DEPARTURE)}
    assert changes - others - gone <= set(told) | aside


@thorough
@given(heap=heaps, later=st.integers(0, 72))
def test_a_billable_stay_stays_as_it_is_while_time_alone_passes(heap, later):
    def billable(hours):
        stays = replay(heap, DEFAULT, now=NOW + timedelta(hours=hours)).stays
        return [(stay.arrived_at, stay.left_at, stay.plate) for stay in stays if stay.status is Status.BILLABLE]

    now = billable(0)
    assert [each for each in billable(later) if each in now] == now


@thorough
@given(heap=heaps)
def test_what_lies_before_the_frozen_border_makes_no_stay(heap):
    since = DAY + timedelta(minutes=10)
    outcome = replay(heap, DEFAULT, now=NOW, since=since)
    assert all(each.observed_at <= since for each in outcome.late)
    undecided = [stay for stay in outcome.stays if "decided" not in stay.reasons]
    assert all(stay.arrived_at >= since for stay in undecided)


KEPT = json.loads((Path(__file__).parents[2] / "seeds" / "heaps.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: f"{kept['size']}-{kept['seed']}")
def test_a_heap_that_once_broke_stays_whole(kept):
    heap = build(kept["size"], kept["seed"])
    undecided = [each for each in heap if each.kind is not Kind.DECIDED]
    assert invariants.broken(replay(undecided, DEFAULT, now=NOW).stays) == []
    assert replay(heap[::-1], DEFAULT, now=NOW) == replay(heap, DEFAULT, now=NOW)
