"""The fold: from what several unreliable witnesses said of one berth to what happened, when, and who it was.

`replay` is pure. It sorts, pairs, weighs, and holds what it can't prove: doubt favours the driver. The rules are
explained in `docs/fusion.md`, each under the name it has in `Rule` or `Hold`.
"""

from collections.abc import Iterable
from datetime import datetime

from parking.domain.events import OccupancyEvent
from parking.domain.fusion_around import Around, Elsewhere, compare_with, without_strays
from parking.domain.fusion_decisions import decide
from parking.domain.fusion_facts import gather, join_changes
from parking.domain.fusion_finish import finish
from parking.domain.fusion_pairs import pair
from parking.domain.fusion_presence import attach
from parking.domain.fusion_stay import HOLD_TEXT, Aside, EventKey, Hold, Outcome, Rule, Status, Stay
from parking.domain.policy import DEFAULT, Policy

__all__ = [
    "HOLD_TEXT",
    "Around",
    "Aside",
    "Elsewhere",
    "EventKey",
    "Hold",
    "Outcome",
    "Rule",
    "Status",
    "Stay",
    "replay",
]


def replay(
    events: Iterable[OccupancyEvent],
    policy: Policy = DEFAULT,
    *,
    now: datetime,
    since: datetime | None = None,
    around: Around | None = None,
) -> Outcome:
    """Fold the events of one berth into stays, in whatever order and however often they come.

    `now` is the moment of judging: quiet periods and time-outs are measured against it. `since` is the last billed
    departure: what lies at or before it is frozen and comes back as `late`. `around` is what other berths say of
    the same plates, where the caller knows it. Never raises for any mix of events.
    """
    asides: list[Aside] = []
    facts = gather(events if around is None else without_strays(events, around, asides), since=since)
    spans = pair(join_changes(facts.edges, policy), policy, asides)
    spans = attach(spans, facts, policy, asides)
    stays = finish(spans, facts, policy, now=now)
    if around is not None:
        stays = compare_with(stays, around, policy)
    if facts.decisions:
        stays = decide(stays, facts.decisions)
    ready = [stay.ready_at for stay in stays if stay.ready_at is not None]
    return Outcome(
        stays=tuple(stays), late=tuple(facts.late), asides=tuple(asides), ready_at=min(ready) if ready else None
    )
