"""Stays made of sightings alone: from the first to the last, in the driver's favour."""

from collections.abc import Sequence
from datetime import timedelta

from parking.domain.events import Kind, OccupancyEvent
from parking.domain.fusion_facts import PASSERS_BY
from parking.domain.fusion_pairs import Span
from parking.domain.fusion_stay import Aside, Hold, Rule
from parking.domain.identity import Likeness, compare
from parking.domain.policy import Policy


class _Run:
    """Sightings in a row that may be of one car."""

    __slots__ = ("closed", "events", "plate")

    def __init__(self, event: OccupancyEvent) -> None:
        self.events = [event]
        self.plate = event.plate
        self.closed = False


def sightings_alone(
    states: Sequence[OccupancyEvent], policy: Policy, asides: list[Aside], *, alone: bool, still: bool = True
) -> list[Span]:
    """Spans from states that no change explains.

    `alone`: nothing but patrols speaks on this berth, so that a run of sightings is a stay. Otherwise a run says that
    the changes were lost: it is held, and a single sighting by a passer-by is set aside (one scan in ten is one berth
    off). `still`: nothing later is known, so that the last run may be a car still there.
    """
    runs = _absorb_one_off(_runs(states, policy), policy, asides)
    spans = []
    for place, run in enumerate(runs):
        last = place == len(runs) - 1
        passing = all(event.witness in PASSERS_BY for event in run.events)
        if not alone and passing and len(run.events) < 2:
            asides.extend(Aside(event=event, rule=Rule.PATROL_ONE_OFF) for event in run.events)
            continue
        spans.append(_span(run, alone=alone and policy.patrol_opens, open_=still and last and not run.closed))
    return spans


def _runs(states: Sequence[OccupancyEvent], policy: Policy) -> list[_Run]:
    runs: list[_Run] = []
    gap = timedelta(minutes=policy.patrol_gap_minutes)
    for event in states:
        run = runs[-1] if runs else None
        if event.kind is Kind.VACANT:
            if run is not None:
                run.closed = True
            continue
        if not event.plate:
            continue
        near = run is not None and event.observed_at - run.events[-1].observed_at <= gap
        if run is not None and not run.closed and near and compare(run.plate, event.plate) is not Likeness.OTHER:
            run.events.append(event)
            continue
        if run is not None:
            run.closed = True
        runs.append(_Run(event))
    return runs


def _absorb_one_off(runs: list[_Run], policy: Policy, asides: list[Aside]) -> list[_Run]:
    """A single sighting of another car between two of the same car was of the berth next door."""
    gap = timedelta(minutes=policy.patrol_gap_minutes)
    result: list[_Run] = []
    place = 0
    while place < len(runs):
        run = runs[place]
        while (
            place + 2 < len(runs)
            and len(runs[place + 1].events) == 1
            and runs[place + 1].events[0].witness in PASSERS_BY
            and compare(run.plate, runs[place + 2].plate) is Likeness.SAME
            and runs[place + 2].events[0].observed_at - run.events[-1].observed_at <= gap
        ):
            asides.extend(Aside(event=event, rule=Rule.PATROL_ONE_OFF) for event in runs[place + 1].events)
            run.events.extend(runs[place + 2].events)
            run.closed = runs[place + 2].closed
            place += 2
        result.append(run)
        place += 1
    return result


def _span(run: _Run, *, alone: bool, open_: bool) -> Span:
    span = Span(None, None, Rule.SIGHTINGS_ONLY, start=run.events[0].observed_at)
    span.end = None if open_ else run.events[-1].observed_at
    span.holds = set() if alone else {Hold.LOST_ARRIVAL, Hold.LOST_DEPARTURE}
    span.states = list(run.events)
    return span
