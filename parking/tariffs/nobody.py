"""For whom nobody would owe anything: asked of stays whose car is in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parking.domain import settling
from parking.tariffs import days
from parking.tariffs.versions import in_force, segments


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A time on a zone's road, whoever stood there; `key` names it in the answer."""

    key: str
    zone_id: int
    arrived_at: datetime
    left_at: datetime


def free_for_anyone(periods: Sequence[Period]) -> set[str]:
    """Which of these would cost nothing, whatever the car and whatever it did before; a constant number of queries.

    A period in which the tariff changes, or whose tariff depends on the class, is left to a person.
    """
    if not periods:
        return set()
    law = in_force({one.zone_id for one in periods}, until=max(one.left_at for one in periods))
    calendar = days.calendar()
    found = set()
    for one in periods:
        known = law.get(one.zone_id, [])
        if any(version.tariff.document.for_classes for version in known):
            continue
        versions = segments(known, arrived_at=one.arrived_at, left_at=one.left_at)
        if len(versions) == 1 and settling.free_for_anyone(
            arrived_at=one.arrived_at, left_at=one.left_at, tariff=versions[0][1].tariff, calendar=calendar
        ):
            found.add(one.key)
    return found
