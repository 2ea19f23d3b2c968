"""From changes to spans: which departure belongs to which arrival.

Three passes, surest first: the vendor's own visit id, the same plate at both ends, and last the plain order of what is
left. Names win over order, so stays that interleave come apart again.
"""

from datetime import datetime, timedelta

from parking.domain.events import OccupancyEvent
from parking.domain.fusion_facts import Change
from parking.domain.fusion_stay import Aside, Hold, Rule
from parking.domain.identity import Likeness, compare
from parking.domain.policy import Policy


class Span:
    """A stay in the making. `arr` or `dep` is None where that change was not seen."""

    __slots__ = ("arr", "contested", "dep", "end", "events", "holds", "inside", "overtaken", "rules", "start", "states")

    def __init__(
        self, arr: Change | None, dep: Change | None, rule: Rule | None, *, start: datetime | None = None
    ) -> None:
        first = arr or dep
        if start is None:
            if first is None:
                raise ValueError("a span without changes needs a start")
            start = first.at
        self.arr = arr
        self.dep = dep
        self.start = start
        self.end: datetime | None = dep.at if dep is not None else None
        self.rules: list[Rule] = [] if rule is None else [rule]
        self.holds: set[Hold] = set()
        self.inside: list[Change] = []
        self.states: list[OccupancyEvent] = []
        self.events: list[OccupancyEvent] = []
        self.contested = False
        self.overtaken = False

    @property
    def named(self) -> bool:
        """Whether the two ends belong together by name and not by order alone."""
        return bool(self.rules) and self.rules[0] in (Rule.PAIRED_BY_VISIT, Rule.PAIRED_BY_PLATE)

    @property
    def plate(self) -> str:
        """The plate the ends name, "" when neither does."""
        return (self.arr.plate if self.arr is not None else "") or (self.dep.plate if self.dep is not None else "")


def pair(changes: list[Change], policy: Policy, asides: list[Aside]) -> list[Span]:
    """Every change in exactly one span, inside one, or set aside with its rule. Spans come in order of their start."""
    named = _by_visit(changes) if any(change.visit is not None for change in changes) else {}
    if any(change.plate for change in changes):
        _by_plate(changes, named)
        _prune(changes, named)
    return _by_order(changes, named, policy, asides)


def _by_visit(changes: list[Change]) -> dict[int, Rule]:
    named: dict[int, Rule] = {}
    arrivals: dict[tuple[str, str], Change] = {}
    for change in changes:
        if change.arrival:
            for visit in _visits(change):
                arrivals.setdefault(visit, change)
    for change in changes:
        if change.arrival:
            continue
        for visit in _visits(change):
            arrival = arrivals.get(visit)
            if arrival is not None and arrival.partner is None and change.partner is None and arrival.at <= change.at:
                arrival.partner, change.partner = change, arrival
                named[arrival.order] = Rule.PAIRED_BY_VISIT
                break
    return named


def _visits(change: Change) -> list[tuple[str, str]]:
    if change.visit is None:
        return []
    if len(change.edges) == 1:
        return [change.visit]
    return list(dict.fromkeys((edge.source, edge.visit) for edge in change.edges if edge.visit))


def _by_plate(changes: list[Change], named: dict[int, Rule]) -> None:
    """Each named departure with the latest arrival of the same plate before it."""
    waiting: dict[str, Change] = {}
    for change in changes:
        if change.partner is not None or not change.plate:
            continue
        if change.arrival:
            waiting[change.plate] = change
        else:
            arrival = waiting.pop(change.plate, None)
            if arrival is not None and not _other_visit(arrival, change):
                arrival.partner, change.partner = change, arrival
                named[arrival.order] = Rule.PAIRED_BY_PLATE


def _prune(changes: list[Change], named: dict[int, Rule]) -> None:
    """A pair by plate that swallows two whole stays of others was two visits, each with one end lost."""
    whole = [change for change in changes if change.arrival and change.partner is not None]
    for place, arrival in enumerate(whole):
        departure = arrival.partner
        if departure is None or named[arrival.order] is not Rule.PAIRED_BY_PLATE:
            continue
        swallowed = 0
        for other in whole[place + 1 :]:
            if other.at >= departure.at:
                break
            if (
                other.partner is not None
                and other.partner.at <= departure.at
                and compare(other.plate, arrival.plate) is Likeness.OTHER
            ):
                swallowed += 1
        if swallowed > 1:
            arrival.partner = departure.partner = None
            del named[arrival.order]


def _other_visit(arrival: Change, departure: Change) -> bool:
    one, other = arrival.visit, departure.visit
    return one is not None and other is not None and one[0] == other[0] and one[1] != other[1]


def _by_order(changes: list[Change], named: dict[int, Rule], policy: Policy, asides: list[Aside]) -> list[Span]:
    spans: list[Span] = []
    waiting: Change | None = None
    cover: Span | None = None
    echo = timedelta(minutes=policy.echo_minutes)
    for change in changes:
        if change.partner is not None:
            if change.arrival:
                if waiting is not None:
                    _overtaken(waiting, change, echo, spans, asides)
                    waiting = None
                span = Span(change, change.partner, named[change.order])
                spans.append(span)
                if cover is None or cover.end is None or (span.end is not None and span.end > cover.end):
                    cover = span
            continue
        if cover is not None and cover.end is not None and change.at < cover.end and not _stranger(change, cover):
            cover.inside.append(change)
        elif change.arrival:
            if waiting is not None:
                _overtaken(waiting, change, timedelta(0), spans, asides)
            waiting = change
        elif waiting is not None and _may_pair(waiting, change):
            waiting.partner, change.partner = change, waiting
            spans.append(Span(waiting, change, Rule.PAIRED_BY_ORDER))
            waiting = None
        else:
            if waiting is not None:
                _overtaken(waiting, change, timedelta(0), spans, asides)
                waiting = None
            _orphan_departure(change, cover, echo, spans, asides)
    if waiting is not None:
        spans.append(Span(waiting, None, None))
    spans.sort(key=lambda span: (span.start, span.end is None, span.end or span.start, span.plate))
    return spans


def _stranger(change: Change, cover: Span) -> bool:
    """Whether an unpaired change inside a proved stay speaks of another car."""
    return compare(change.plate, cover.plate) is Likeness.OTHER or (
        change.visit is not None
        and cover.arr is not None
        and cover.arr.visit is not None
        and change.visit[0] == cover.arr.visit[0]
        and change.visit[1] != cover.arr.visit[1]
    )


def _may_pair(arrival: Change, departure: Change) -> bool:
    return not _other_visit(arrival, departure) and compare(arrival.plate, departure.plate) is not Likeness.OTHER


def _overtaken(waiting: Change, by: Change, echo: timedelta, spans: list[Span], asides: list[Aside]) -> None:
    """An arrival without a departure before the next car: an echo of that car's own arrival, or a lost departure."""
    near = by.arrival and by.partner is not None and by.at - waiting.at <= echo
    if near and (waiting.plateless or (waiting.plate == by.plate and not waiting.streams & by.streams)):
        asides.extend(Aside(event=edge, rule=Rule.ECHO) for edge in waiting.edges)
        return
    span = Span(waiting, None, Rule.OVERTAKEN)
    span.overtaken = True
    span.holds.add(Hold.LOST_DEPARTURE)
    spans.append(span)


def _orphan_departure(
    change: Change, cover: Span | None, echo: timedelta, spans: list[Span], asides: list[Aside]
) -> None:
    """A departure without an arrival: the echo of one just proved, or a lost arrival."""
    if cover is not None and cover.dep is not None and timedelta(0) <= change.at - cover.dep.at <= echo:
        same = bool(change.plate) and change.plate == cover.plate and not change.streams & cover.dep.streams
        if change.plateless or same:
            asides.extend(Aside(event=edge, rule=Rule.ECHO) for edge in change.edges)
            return
    span = Span(None, change, None)
    span.holds.add(Hold.LOST_ARRIVAL)
    spans.append(span)
