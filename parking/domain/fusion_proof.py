"""Whose car it was: independent reads are weighed, and a plate is proved, doubtful, or missing.

A read counts by who made it and how sure it was; readings by one witness of one moment are one read. Published
recognisers were wrong in 4 % of the reads they were more than 90 % sure of, so one sure read is not enough unless a
single device saw the whole stay and was surer still.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.domain.events import OccupancyEvent, Witness
from parking.domain.fusion_facts import CAMERAS, Change, stream
from parking.domain.fusion_stay import EventKey, Hold, Rule
from parking.domain.identity import Likeness, compare
from parking.domain.plate import valid
from parking.domain.policy import Policy


@dataclass(slots=True)
class Read:
    """One independent reading of a plate. `supports` is False where its witness contradicted itself at the time."""

    at: datetime
    speaker: str
    witness: Witness
    plate: str
    color: str
    confidence: float | None
    weight: int
    supports: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """The leading plate, how it stands (`hold` None: proved), and the rival plates with their scores."""

    plate: str
    color: str
    score: int
    dissent: int
    hold: Hold | None
    rules: tuple[Rule, ...]
    rivals: tuple[tuple[str, int], ...] = ()


NOBODY = Verdict("", "unknown", 0, 0, Hold.NO_PLATE, ())


def weight(event: OccupancyEvent, policy: Policy) -> int:
    """What one read counts under the policy: of a camera a point more or less for each 0.05 of confidence."""
    witness = event.witness
    if witness is Witness.PATROL:
        return policy.patrol_weight
    if witness is Witness.INSPECTOR:
        return policy.inspector_weight
    if event.plate_confidence is None:
        return policy.camera_weight
    steps = round((event.plate_confidence - policy.plate_confidence) * 1000) // 50
    return max(policy.camera_unsure_weight, policy.camera_weight + min(steps, 1))


def _read(event: OccupancyEvent, policy: Policy) -> Read:
    return Read(
        event.observed_at,
        event.device or event.source,
        event.witness,
        event.plate,
        event.plate_color,
        event.plate_confidence,
        weight(event, policy),
    )


def reads_of(changes: Iterable[Change | None], states: Sequence[OccupancyEvent], policy: Policy) -> list[Read]:
    """The independent reads of a stay: one a witness and change, and the sightings far enough apart."""
    reads: list[Read] = []
    told = [change for change in changes if change is not None and change.plate]
    repeated = _summaries(told)
    for change in told:
        if len(change.edges) == 1 and not repeated:
            reads.append(_read(change.edges[0], policy))
        else:
            reads.extend(_reads_of_change(change, repeated, policy))
    for event in repeated.values():
        if not any(
            read.speaker == stream(event) and read.plate == event.plate and read.confidence == event.plate_confidence
            for read in reads
        ):
            reads.append(_read(event, policy))
    gap = timedelta(seconds=policy.sighting_gap_seconds)
    for event in states:
        if not event.plate:
            continue
        speaker = stream(event)
        known = next(
            (
                read
                for read in reads
                if read.speaker == speaker and read.plate == event.plate and abs(event.observed_at - read.at) < gap
            ),
            None,
        )
        if known is None:
            reads.append(_read(event, policy))
    return reads


def _summaries(changes: Sequence[Change]) -> dict[EventKey, OccupancyEvent]:
    """Reports that tell a whole visit at once: both ends received together, with one plate and one confidence.

    What they say of the plate was read at one of the ends already, or once more at most.
    """
    seen: dict[tuple[object, ...], list[OccupancyEvent]] = {}
    for change in changes:
        for edge in change.edges:
            if edge.visit and edge.plate and edge.plate_confidence is not None:
                said = (edge.source, edge.visit, edge.received_at, edge.plate, edge.plate_confidence)
                seen.setdefault(said, []).append(edge)
    return {
        (edge.source, edge.event_id): edge
        for told in seen.values()
        if len({edge.kind for edge in told}) > 1
        for edge in told
    }


def _reads_of_change(change: Change, without: Mapping[EventKey, OccupancyEvent], policy: Policy) -> list[Read]:
    by_speaker: dict[str, list[Read]] = {}
    for edge in change.edges:
        if edge.plate and (edge.source, edge.event_id) not in without:
            by_speaker.setdefault(edge.device or edge.source, []).append(_read(edge, policy))
    reads: list[Read] = []
    for own in by_speaker.values():
        own.sort(key=lambda read: (-read.weight, read.plate))
        seen: set[str] = set()
        split = len({read.plate for read in own}) > 1
        for read in own:
            if read.plate not in seen:
                seen.add(read.plate)
                read.supports = not split
                reads.append(read)
    return reads


def weigh(reads: list[Read], policy: Policy, *, one_witness: str = "") -> Verdict:
    """Judge the reads of one stay. `one_witness` is the device that saw both ends, where there is one."""
    if not reads:
        return NOBODY
    first = reads[0].plate
    if all(read.plate == first and read.supports for read in reads):
        score = sum(read.weight for read in reads)
        if score >= policy.plate_proof:
            return Verdict(first, _color(reads, first), score, 0, None, (Rule.PLATE_AGREED,))
        if _single_is_enough(reads, policy, one_witness):
            return Verdict(first, _color(reads, first), score, 0, None, (Rule.SINGLE_SURE_READ,))
        return Verdict(first, _color(reads, first), score, 0, Hold.LOW_CONFIDENCE, ())
    return _split(reads, policy, one_witness)


def _single_is_enough(reads: Sequence[Read], policy: Policy, one_witness: str) -> bool:
    read = reads[0]
    return (
        len(reads) == 1
        and one_witness != ""
        and read.speaker == one_witness
        and read.confidence is not None
        and read.confidence >= policy.single_read_confidence
    )


def _split(reads: Sequence[Read], policy: Policy, one_witness: str) -> Verdict:
    """The leading plate against its rivals. A truly other plate is outvoted only where patrols alone read it."""
    support, against = _scores(reads)
    named = sorted(
        set(support) | set(against), key=lambda plate: (-support.get(plate, 0), -against.get(plate, 0), plate)
    )
    top, color = named[0], _color(reads, named[0])
    score, dissent = support.get(top, 0), 0
    truly_other = False
    rules = []
    for plate in named[1:]:
        likeness = compare(top, plate)
        if likeness is Likeness.CONFUSABLE and valid(top) and not valid(plate):
            # No plate at all, but all its signs save one are those of the leading plate.
            score += policy.camera_weight - 1
            rules.append(Rule.PARTIAL_READ)
            continue
        dissent += support.get(plate, 0) + against.get(plate, 0)
        if likeness is Likeness.CONFUSABLE:
            rules.append(Rule.MISREAD_OUTVOTED)
        elif any(read.plate == plate and read.witness is not Witness.PATROL for read in reads):
            truly_other = True
        else:
            rules.append(Rule.PATROL_ONE_OFF)
    rivals = tuple((plate, support.get(plate, 0) + against.get(plate, 0)) for plate in named[1:])
    hold: Hold | None = None
    if truly_other:
        hold = Hold.PLATE_CONFLICT
    elif score < policy.plate_proof or score - dissent < policy.plate_margin:
        if one_witness and _rivals_unsure(reads, top, policy):
            rules.append(Rule.UNSURE_READ_DROPPED)
        else:
            hold = Hold.PLATE_CONFLICT if dissent else Hold.LOW_CONFIDENCE
    if hold is not None:
        return Verdict(top, color, score, dissent, hold, (), rivals)
    return Verdict(top, color, score, dissent, None, (Rule.PLATE_AGREED, *dict.fromkeys(rules)), rivals)


def _scores(reads: Iterable[Read]) -> tuple[dict[str, int], dict[str, int]]:
    """For each plate what the reads that stand count together, and those whose witness contradicted itself."""
    support: dict[str, int] = {}
    against: dict[str, int] = {}
    for read in reads:
        side = support if read.supports else against
        side[read.plate] = side.get(read.plate, 0) + read.weight
    return support, against


def _rivals_unsure(reads: Sequence[Read], top: str, policy: Policy) -> bool:
    """Whether the leading plate was read very surely, and each rival is a confusable read its device doubted."""
    sure = False
    for read in reads:
        if read.confidence is None or not read.supports or read.witness not in CAMERAS:
            return False
        if read.plate == top:
            sure = sure or read.confidence >= policy.single_read_confidence
        elif read.confidence > policy.doubted_confidence or compare(top, read.plate) is not Likeness.CONFUSABLE:
            return False
    return sure


def _color(reads: Sequence[Read], plate: str) -> str:
    colors: dict[str, int] = {}
    for read in reads:
        if read.plate == plate and read.color != "unknown":
            colors[read.color] = colors.get(read.color, 0) + max(read.weight, 1)
    if not colors:
        return "unknown"
    return max(colors, key=lambda color: (colors[color], color))


def trusted(change: Change, policy: Policy) -> bool:
    """Whether at least one report of the change is sure enough of what happened."""
    least = policy.action_confidence
    if len(change.edges) == 1:
        only = change.edges[0].action_confidence
        return only is None or only >= least
    return any(edge.action_confidence is None or edge.action_confidence >= least for edge in change.edges)


def rank(witness: Witness) -> int:
    """Whose clock is taken when several saw the same change; smaller is better."""
    return 0 if witness in CAMERAS else 1
