"""What was seen between the changes: sightings and heartbeats support a span, end an open one, or contradict it.

A state never opens or closes a stay that devices with changes watch. It says how long a car whose departure was lost
was certainly there, since when one whose arrival was lost, and on a berth with patrols only it is all there is.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion_facts import PASSERS_BY, Change, Facts
from parking.domain.fusion_pairs import Span
from parking.domain.fusion_sightings import sightings_alone
from parking.domain.fusion_stay import Aside, Hold, Rule
from parking.domain.identity import Likeness, compare
from parking.domain.policy import Policy


def attach(spans: list[Span], facts: Facts, policy: Policy, asides: list[Aside]) -> list[Span]:
    """Spans with the states that belong to them, overlaps marked, re-parking and flapping joined; in order of start."""
    _mark_overlaps(spans)
    states = _believable(facts, policy, asides)
    if states:
        if not spans and not facts.edges:
            return sightings_alone(states, policy, asides, alone=all(each.witness in PASSERS_BY for each in states))
        spans = _spread(spans, states, policy, asides)
    else:
        _close_overtaken(spans)
    for span in spans:
        if span.arr is not None and span.dep is not None and (span.inside or span.states):
            _contradictions(span, policy, asides)
    if len(spans) > 1 and _close(spans, timedelta(seconds=policy.repark_seconds)):
        spans = _join_reparked(spans, policy)
        spans = _join_flapping(spans, policy)
    return spans


def _close(spans: Sequence[Span], limit: timedelta) -> bool:
    """Whether any two spans in a row lie so near that they may be one."""
    end = spans[0].end
    for span in spans:
        if end is not None and span.start - end <= limit and span is not spans[0]:
            return True
        end = span.end
    return False


def _mark_overlaps(spans: Sequence[Span]) -> None:
    """Of stays that overlap the one that began first stands; a stranger with one end only makes it doubtful too."""
    frontier: datetime | None = None
    holder: Span | None = None
    for span in spans:
        if frontier is not None and holder is not None and span.start < frontier:
            span.contested = True
            span.holds.add(Hold.OVERLAP)
            if Rule.FIRST_CLAIM not in holder.rules:
                holder.rules.append(Rule.FIRST_CLAIM)
            if (span.arr is None or span.dep is None) and holder.rules[0] is not Rule.PAIRED_BY_VISIT:
                holder.holds.add(Hold.PLATE_CONFLICT)
        elif span.end is not None:
            frontier, holder = span.end, span


def _believable(facts: Facts, policy: Policy, asides: list[Aside]) -> list[OccupancyEvent]:
    if not facts.startups:
        return facts.states
    states = []
    for event in facts.states:
        if facts.after_startup(event, policy.startup_minutes):
            asides.append(Aside(event=event, rule=Rule.REBOOT))
        else:
            states.append(event)
    return states


def _close_overtaken(spans: Sequence[Span]) -> None:
    for span in spans:
        if span.overtaken:
            span.end = span.start


def _spread(spans: list[Span], states: list[OccupancyEvent], policy: Policy, asides: list[Aside]) -> list[Span]:
    """Give each state to the span it lies in; what lies between goes to the one-ended spans at either side."""
    slack = timedelta(seconds=policy.merge_seconds)
    firm = [span for span in spans if not span.contested]
    aside_spans = [span for span in spans if span.contested]
    result = list(spans)
    place = 0
    left: Span | None = None
    for span in [*firm, None]:
        pool: list[OccupancyEvent] = []
        border = None if span is None else (span.end if span.arr is None else span.start)
        while place < len(states) and (border is None or states[place].observed_at < border):
            pool.append(states[place])
            place += 1
        result.extend(_between(left, span, pool, slack, policy, asides))
        if span is not None and span.arr is not None and span.dep is not None and span.end is not None:
            while place < len(states) and states[place].observed_at <= span.end:
                _give(states[place], span, aside_spans)
                place += 1
        left = span
    for span in aside_spans:
        if span.end is None:
            span.end = span.start
    result.sort(key=lambda each: (each.start, each.end is None, each.end or each.start, each.plate))
    return result


def _give(event: OccupancyEvent, span: Span, others: Sequence[Span]) -> None:
    """A sighting inside two overlapping spans belongs to the one whose plate it names."""
    if event.plate and others and event.plate != span.plate:
        for other in others:
            if other.plate == event.plate and other.end is not None and other.start <= event.observed_at <= other.end:
                other.states.append(event)
                return
    span.states.append(event)


def _between(
    left: Span | None,
    right: Span | None,
    pool: list[OccupancyEvent],
    slack: timedelta,
    policy: Policy,
    asides: list[Aside],
) -> list[Span]:
    """Share the states between two spans out; sightings nobody can explain become a span of their own."""
    if left is not None and left.dep is None:
        pool = _hold_on(left, right, pool)
    elif left is not None and left.end is not None:
        pool = _take_edge(left, pool, slack, late=True)
    if right is not None and right.arr is None:
        pool = _reach_back(right, pool)
    elif right is not None:
        pool = _take_edge(right, pool, slack, late=False)
    if not pool:
        return []
    return sightings_alone(pool, policy, asides, alone=False, still=right is None)


def _take_edge(span: Span, pool: list[OccupancyEvent], slack: timedelta, *, late: bool) -> list[OccupancyEvent]:
    """Sightings of the same plate just outside a span are of its car: clocks differ by seconds."""
    rest = []
    for event in pool:
        distance = event.observed_at - span.end if late and span.end is not None else span.start - event.observed_at
        if event.kind is Kind.OCCUPIED and distance <= slack and (not event.plate or event.plate == span.plate):
            span.states.append(event)
        elif event.kind is Kind.VACANT and distance <= slack:
            continue
        else:
            rest.append(event)
    return rest


def _hold_on(span: Span, right: Span | None, pool: list[OccupancyEvent]) -> list[OccupancyEvent]:
    """How long the car of a span without a departure was certainly there. Returns what speaks of later cars."""
    last = span.start
    empty_passes = 0
    for place, event in enumerate(pool):
        if event.kind is Kind.VACANT:
            empty_passes += 1
            if event.witness is not Witness.PATROL or empty_passes > 1:
                return _ended(span, last, pool[place:], right)
            continue
        if compare(event.plate, _known_plate(span)) is Likeness.OTHER:
            if event.witness is not Witness.PATROL:
                return _ended(span, last, pool[place:], right)
            span.states.append(event)
            continue
        empty_passes = 0
        span.states.append(event)
        last = event.observed_at
    if span.overtaken or right is not None:
        span.end = last
        span.holds.add(Hold.LOST_DEPARTURE)
    return []


def _ended(span: Span, last: datetime, rest: list[OccupancyEvent], right: Span | None) -> list[OccupancyEvent]:
    span.end = last
    span.holds.add(Hold.LOST_DEPARTURE)
    span.rules.append(Rule.VACANT_SEEN)
    return rest


def _known_plate(span: Span) -> str:
    return span.plate or next((event.plate for event in span.states if event.plate), "")


def _reach_back(span: Span, pool: list[OccupancyEvent]) -> list[OccupancyEvent]:
    """Since when the car of a span without an arrival was certainly there. Returns what speaks of earlier cars."""
    place = len(pool)
    while place:
        event = pool[place - 1]
        if event.kind is Kind.VACANT and event.witness is not Witness.PATROL:
            break
        if compare(event.plate, _known_plate(span)) is Likeness.OTHER and event.witness is not Witness.PATROL:
            break
        if event.kind is Kind.OCCUPIED:
            span.states.insert(0, event)
            if compare(event.plate, _known_plate(span)) is not Likeness.OTHER:
                span.start = event.observed_at
        place -= 1
    return pool[:place]


def _contradictions(span: Span, policy: Policy, asides: list[Aside]) -> None:
    """Heartbeats and one-sided changes that say the berth was empty during a stay that is otherwise proved."""
    if span.end is None:
        return
    margin = timedelta(minutes=policy.echo_minutes)
    slack = timedelta(seconds=policy.merge_seconds)
    vacant = [
        event
        for event in span.states
        if event.kind is Kind.VACANT and span.start + slack < event.observed_at < span.end - slack
    ]
    if any(event.witness is not Witness.PATROL for event in vacant) or len(vacant) > 1:
        span.holds.add(Hold.SENSOR_CONFLICT)
        span.rules.append(Rule.VACANT_SEEN)
    departed: Change | None = None
    for change in span.inside:
        if change.plate:
            continue
        asides.extend(Aside(event=edge, rule=Rule.SENSOR_NOISE) for edge in change.edges)
        if not change.arrival:
            departed = departed or change
        elif departed is not None:
            _judge_gap(span, departed.at, change.at, policy)
            departed = None
    if departed is not None and departed.at < span.end - margin:
        _judge_gap(span, departed.at, span.end, policy)


def _judge_gap(span: Span, gone_at: datetime, back_at: datetime, policy: Policy) -> None:
    if back_at - gone_at <= timedelta(seconds=policy.repark_seconds) or any(
        event.plate == span.plate and event.plate and gone_at < event.observed_at < back_at for event in span.states
    ):
        span.rules.append(Rule.SENSOR_NOISE)
    else:
        span.holds.add(Hold.SENSOR_CONFLICT)


def _join_reparked(spans: list[Span], policy: Policy) -> list[Span]:
    """The same plate back on the berth within the re-parking time has not left."""
    if not policy.repark_seconds:
        return spans
    limit = timedelta(seconds=policy.repark_seconds)
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.dep is not None
            and span.arr is not None
            and before.end is not None
            and not span.contested
            and not before.contested
            and timedelta(0) <= span.start - before.end <= limit
            and _sole_plate(before)
            and _sole_plate(before) == _sole_plate(span)
        ):
            joined[-1] = _joined(before, span, Rule.REPARKED)
        else:
            joined.append(span)
    return joined


def _sole_plate(span: Span) -> str:
    plates = {event.plate for event in span.states if event.plate}
    plates.update(change.plate for change in (span.arr, span.dep) if change is not None and change.plate)
    return plates.pop() if len(plates) == 1 else ""


def _joined(one: Span, other: Span, rule: Rule) -> Span:
    span = Span(one.arr, other.dep, None, start=one.start)
    span.end = other.end
    span.rules = [*one.rules, rule]
    span.holds = one.holds | other.holds
    span.inside = [*one.inside, *(change for change in (one.dep, other.arr) if change is not None), *other.inside]
    span.states = [*one.states, *other.states]
    return span


def _join_flapping(spans: list[Span], policy: Policy) -> list[Span]:
    """A run of short gaps without any plate is a sensor that can't make up its mind: one doubtful stay."""
    limit = timedelta(seconds=policy.repark_seconds)
    window = timedelta(minutes=policy.flap_minutes)
    result: list[Span] = []
    place = 0
    while place < len(spans):
        run = [spans[place]]
        while place + len(run) < len(spans) and _flaps(run[-1], spans[place + len(run)], limit):
            run.append(spans[place + len(run)])
        gaps = [span.start for span in run[1:]]
        dense = any(
            gaps[at + policy.flap_count - 1] - gaps[at] <= window for at in range(len(gaps) - policy.flap_count + 1)
        )
        if dense:
            whole = run[0]
            for span in run[1:]:
                whole = _joined(whole, span, Rule.FLAPPING)
            whole.holds.add(Hold.SENSOR_CONFLICT)
            result.append(whole)
        else:
            result.extend(run)
        place += len(run)
    return result


def _flaps(one: Span, other: Span, limit: timedelta) -> bool:
    return (
        one.end is not None
        and one.dep is not None
        and other.arr is not None
        and one.dep.plateless
        and other.arr.plateless
        and not one.contested
        and not other.contested
        and timedelta(0) < other.start - one.end <= limit
    )
