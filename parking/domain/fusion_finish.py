"""From spans to stays: whose, how sure, held or billable, and when time alone changes that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion_facts import Change, Facts
from parking.domain.fusion_pairs import Span
from parking.domain.fusion_proof import NOBODY, Verdict, rank, reads_of, trusted, weigh
from parking.domain.fusion_stay import NO_SHIFT, EventKey, Hold, Rule, Status, Stay
from parking.domain.policy import Policy

_LIVE = timedelta(minutes=2)
_APART = timedelta(minutes=10)
_NONE = timedelta(0)
_FILMING = (Witness.HIGH_CAMERA, Witness.LOW_CAMERA)


@dataclass(slots=True)
class _Terms:
    """The policy's durations, made once a fold, and when the berth's quiet period is over."""

    policy: Policy
    now: datetime
    quiet_at: datetime | None
    doubtful: timedelta
    backlog: timedelta
    repark: timedelta
    ahead: timedelta
    behind: timedelta
    unseen: timedelta
    slack: timedelta
    most_wrong: timedelta


def finish(spans: Sequence[Span], facts: Facts, policy: Policy, *, now: datetime) -> list[Stay]:
    """Every span as a stay, in order of arrival."""
    quiet_at = None
    if facts.last_received_at is not None:
        quiet_at = facts.last_received_at + timedelta(seconds=policy.settle_seconds)
    terms = _Terms(
        policy,
        now,
        quiet_at,
        timedelta(seconds=policy.doubtful_settle_seconds),
        timedelta(seconds=policy.backlog_seconds),
        timedelta(seconds=policy.repark_seconds),
        timedelta(seconds=policy.clock_ahead_seconds),
        timedelta(minutes=policy.clock_behind_minutes),
        timedelta(minutes=policy.unseen_minutes),
        timedelta(seconds=policy.clock_slack_seconds),
        timedelta(minutes=policy.clock_doubt_minutes),
    )
    stays = [_stay(span, facts, terms) for span in spans]
    return stays if len(stays) < 2 else _apart(stays)


def _apart(stays: list[Stay]) -> list[Stay]:
    """Clocks of two devices may make neighbours overlap by seconds: the earlier stay gives way."""
    stays.sort(key=lambda stay: (stay.arrived_at, stay.left_at or stay.arrived_at, stay.contested, stay.plate))
    last: int | None = None
    for place, stay in enumerate(stays):
        if stay.contested:
            continue
        before = stays[last] if last is not None else None
        if last is not None and before is not None and (before.left_at is None or stay.arrived_at < before.left_at):
            stays[last] = replace(before, left_at=stay.arrived_at)
        last = place
    return stays


def _stay(span: Span, facts: Facts, terms: _Terms) -> Stay:
    policy, now = terms.policy, terms.now
    arrival, departure = _ends(span)
    if len(span.inside) or span.states:
        changes: list[Change | None] = [span.arr, span.dep, *span.inside]
    else:
        changes = [span.arr, span.dep]
    reads = reads_of(changes, span.states, policy)
    one_witness = ""
    if arrival is not None and departure is not None:
        speaker = arrival.device or arrival.source
        one_witness = speaker if speaker == (departure.device or departure.source) else ""
    verdict = weigh(reads, policy, one_witness=one_witness) if reads else NOBODY
    left_at, rules = span.end, list(span.rules)
    start = span.start if span.arr is None or arrival is None else arrival.observed_at
    if departure is not None and span.arr is None and not span.states:
        start = departure.observed_at
    if left_at is not None and span.dep is not None and departure is not None:
        left_at = departure.observed_at
    holds = set(span.holds)
    if left_at is None:
        last = max((event.observed_at for event in span.states if event.kind is Kind.OCCUPIED), default=span.start)
        patrolled = span.arr is None
        over = last + (
            timedelta(minutes=policy.patrol_gap_minutes) if patrolled else timedelta(hours=policy.lost_after_hours)
        )
        if now < over:
            return _made(span, start, None, Status.PARKED, (), verdict, rules, arrival, departure, over)
        left_at = last
        if not patrolled:
            holds.add(Hold.LOST_DEPARTURE)
            rules.append(Rule.SILENT_TOO_LONG)
    if left_at < start:
        left_at = start
        holds.add(Hold.CLOCK)
    if span.arr is None and span.dep is None and (policy.pictures or left_at == start):
        holds.add(Hold.EVIDENCE_MISSING)
    _doubt(holds, span, verdict, arrival, departure, facts, terms)
    if not holds and left_at is not None and _ends_unseen(span, verdict.plate, start, left_at, terms):
        holds.add(Hold.LOW_CONFIDENCE)
        rules.append(Rule.ENDS_UNSEEN)
    rules.extend(verdict.rules)
    if arrival is not None and departure is not None and not one_witness:
        rules.append(Rule.MIXED_CLOCKS)
    if any(change is not None and not trusted(change, policy) for change in (span.arr, span.dep)):
        rules.append(Rule.UNSURE_CHANGE)
    if not any(change is not None and _read_or_filmed(change) for change in (span.arr, span.dep)):
        rules.append(Rule.PLATELESS)
    if (span.arr is not None and len(span.arr.streams) > 1) or (span.dep is not None and len(span.dep.streams) > 1):
        rules.append(Rule.SEEN_BY_SEVERAL)
    due = _due(span, departure, holds, terms)
    if due is not None and now < due:
        return _made(span, start, left_at, Status.ENDED, (), verdict, rules, arrival, departure, due)
    shift = NO_SHIFT
    if span.arr is not None and span.dep is not None and arrival is not None and departure is not None:
        begun, ended = _lateness(span.arr, arrival), _lateness(span.dep, departure)
        shift = _shift(begun, ended, terms, one_clock=bool(one_witness))
        if not one_witness and max(abs(begun), abs(ended)) > terms.slack:
            rules.append(Rule.CLOCKS_UNSURE)
            if max(begun, ended) > terms.most_wrong > _NONE:
                holds.add(Hold.CLOCK)
    status = Status.HELD if holds else Status.BILLABLE
    made = _made(span, start, left_at, status, tuple(sorted(holds)), verdict, rules, arrival, departure, None)
    return made if shift == NO_SHIFT else replace(made, shift=shift)


def _shift(begun: timedelta, ended: timedelta, terms: _Terms, *, one_clock: bool) -> tuple[timedelta, timedelta]:
    """By how much the clocks behind the two ends may be wrong, from how late each was heard.

    A report heard late was delayed, or its clock is behind; one heard before its own time has a clock that is ahead.
    Ends of one device share one clock, so the less late of the two bounds both. What came within the time a frame
    takes leaves no doubt, and what came later than clocks go wrong was delayed.
    """
    if one_clock:
        begun = ended = min(begun, ended)
    return (
        begun if terms.slack < abs(begun) <= terms.most_wrong else _NONE,
        ended if terms.slack < abs(ended) <= terms.most_wrong else _NONE,
    )


def _lateness(change: Change, chosen: OccupancyEvent) -> timedelta:
    """How long after its own clock the device was first heard of this change."""
    speaker = chosen.device or chosen.source
    heard = min(edge.received_at for edge in change.edges if (edge.device or edge.source) == speaker)
    return heard - chosen.observed_at


def _due(span: Span, departure: OccupancyEvent | None, holds: set[Hold], terms: _Terms) -> datetime | None:
    """When the stay is settled: later where the car may yet be back, or where order alone pairs the ends.

    What lies before the departure has come by the longer quiet period after it, unless a backlog is coming in.
    """
    quiet_at = terms.quiet_at
    if holds or departure is None or quiet_at is None:
        return quiet_at
    left_at = min(departure.observed_at, departure.received_at)
    if span.named:
        return max(quiet_at, left_at + terms.repark)
    return max(quiet_at, left_at + terms.doubtful, departure.received_at + terms.backlog)


def _ends(span: Span) -> tuple[OccupancyEvent | None, OccupancyEvent | None]:
    """The two reports whose clocks are taken: of one device where one saw both ends, else the best at each."""
    arr, dep = span.arr, span.dep
    if arr is None or dep is None:
        return (_best(arr) if arr is not None else None), (_best(dep) if dep is not None else None)
    if len(arr.edges) == 1 and len(dep.edges) == 1:
        return arr.edges[0], dep.edges[0]
    both = [
        (rank(one.witness), one.device or one.source, place, one, other)
        for place, one in enumerate(arr.edges)
        for other in dep.edges
        if (one.device or one.source) == (other.device or other.source) and one.observed_at <= other.observed_at
    ]
    if both:
        _, _, _, one, other = min(both, key=lambda each: each[:3])
        return one, other
    return _best(arr), _best(dep)


def _read_or_filmed(change: Change) -> bool:
    return bool(change.plate) or any(edge.witness in _FILMING for edge in change.edges)


def _best(change: Change) -> OccupancyEvent:
    return min(change.edges, key=lambda edge: (rank(edge.witness), edge.observed_at, edge.source, edge.event_id))


def _doubt(
    holds: set[Hold],
    span: Span,
    verdict: Verdict,
    arrival: OccupancyEvent | None,
    departure: OccupancyEvent | None,
    facts: Facts,
    terms: _Terms,
) -> None:
    """Add every reason for which the stay can't be billed on its own."""
    policy = terms.policy
    if verdict.hold is not None:
        holds.add(verdict.hold)
    for change in (span.arr, span.dep):
        if change is None:
            continue
        if not trusted(change, policy):
            holds.add(Hold.LOW_CONFIDENCE)
        if policy.pictures and sum(edge.picture_count for edge in change.edges) < policy.pictures:
            holds.add(Hold.EVIDENCE_MISSING)
    for edge in (arrival, departure):
        if edge is not None and edge.observed_at > edge.received_at + terms.ahead:
            holds.add(Hold.CLOCK)
    alone = span.arr is not None and len(span.arr.streams) == 1
    if alone and arrival is not None and departure is not None and _set_back(arrival, departure, terms.behind):
        holds.add(Hold.CLOCK)
    if (
        facts.startups
        and departure is not None
        and not departure.plate
        and facts.after_startup(departure, policy.startup_minutes)
    ):
        holds.add(Hold.SENSOR_CONFLICT)
    if facts.revoked and _touched(span, facts.revoked):
        holds.add(Hold.REVOKED)


def _ends_unseen(span: Span, plate: str, start: datetime, left_at: datetime, terms: _Terms) -> bool:
    """Whether patrols alone named a sensed stay and passed too long after its start or before its end.

    A sensor is blind to a car that takes the place of another within seconds: what lies far from the sightings may be
    another car's time.
    """
    if span.arr is None or span.dep is None or span.plate:
        return False
    if any(event.plate and event.witness is not Witness.PATROL for event in span.states):
        return False
    seen = [event.observed_at for event in span.states if event.plate == plate]
    return bool(seen) and (min(seen) - start > terms.unseen or left_at - max(seen) > terms.unseen)


def _set_back(arrival: OccupancyEvent, departure: OccupancyEvent, behind: timedelta) -> bool:
    """Whether the arrival looks stamped by a clock that was set back: late, though the departure came live long after.

    Both arriving together is a backfill, and an arrival received after the departure was merely late on the way.
    """
    return (
        arrival.received_at - arrival.observed_at > behind
        and departure.received_at - departure.observed_at < _LIVE
        and departure.received_at - arrival.received_at > _APART
    )


def _touched(span: Span, revoked: Sequence[OccupancyEvent]) -> bool:
    """Whether a revoked change was this stay's missing end."""
    if span.arr is not None and span.dep is not None:
        return False
    known = span.arr or span.dep
    if known is None:
        return False
    wanted = Kind.DEPARTURE if span.dep is None else Kind.ARRIVAL
    return any(
        event.kind is wanted
        and (
            (event.visit != "" and known.visit == (event.source, event.visit))
            or (event.plate != "" and event.plate == known.plate)
            or (not event.visit and not event.plate and (event.device or event.source) in known.streams)
        )
        for event in revoked
    )


def _made(
    span: Span,
    start: datetime,
    left_at: datetime | None,
    status: Status,
    holds: tuple[Hold, ...],
    verdict: Verdict,
    rules: list[Rule],
    arrival: OccupancyEvent | None,
    departure: OccupancyEvent | None,
    ready_at: datetime | None,
) -> Stay:
    visit = ""
    for change in (span.arr, span.dep):
        if change is not None and change.visit is not None and not visit:
            visit = change.visit[1]
    return Stay(
        arrived_at=start,
        left_at=left_at,
        plate=verdict.plate,
        plate_color=verdict.color,
        status=status,
        holds=holds,
        contested=span.contested,
        confidence=_confidence(verdict, arrival, departure),
        reasons=tuple(dict.fromkeys(rules)),
        arrival_event=None if arrival is None else (arrival.source, arrival.event_id),
        departure_event=None if departure is None else (departure.source, departure.event_id),
        events=_events(span),
        visit=visit,
        ready_at=ready_at,
        heard_at=None if departure is None else departure.received_at,
        proposal=_proposal(start, left_at, verdict) if holds else (),
    )


def _events(span: Span) -> tuple[EventKey, ...]:
    keys = []
    for change in (span.arr, *span.inside, span.dep):
        if change is not None:
            for edge in change.edges:
                keys.append((edge.source, edge.event_id))
    keys.extend((event.source, event.event_id) for event in span.states)
    return tuple(keys)


def _confidence(verdict: Verdict, arrival: OccupancyEvent | None, departure: OccupancyEvent | None) -> float:
    """The plate's share of the score times the weaker of the two changes; 0 where an end is missing."""
    if arrival is None or departure is None or not verdict.score:
        return 0.0
    actions = [1.0 if edge.action_confidence is None else edge.action_confidence for edge in (arrival, departure)]
    return round(verdict.score / (verdict.score + verdict.dissent) * min(actions), 3)


def _proposal(start: datetime, left_at: datetime | None, verdict: Verdict) -> tuple[tuple[str, object], ...]:
    """What a reviewer is offered: the proved time and the likeliest plate, or to void what proves nothing."""
    empty = left_at is None or left_at <= start
    return (
        ("verdict", "void" if empty or not verdict.plate else "accept"),
        ("arrived_at", start.isoformat()),
        ("left_at", None if left_at is None else left_at.isoformat()),
        ("plate", verdict.plate),
        ("plate_color", verdict.color),
        ("rivals", [[plate, score] for plate, score in verdict.rivals]),
    )
