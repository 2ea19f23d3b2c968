"""What the witnesses said about a stay, drawn as lanes over one line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from parking.admin import words
from parking.models import EventRecord, ParkingSession

WIDTH, LANE, TOP = 1000, 34, 8
# A place for each lane's name and room for the last mark.
LEFT, RIGHT = 130, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One event on its lane; `x` and `y` in the drawing's units."""

    x: float
    y: float
    event: EventRecord
    kind: str
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One device's line: its name and height."""

    name: str
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A time on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole drawing: lanes, marks, ticks, and the stay as a bar from `bar_x` over `bar_width`."""

    lanes: list[Lane]
    marks: list[Mark]
    ticks: list[Tick]
    bar_x: float
    bar_width: float
    height: float
    width: int = WIDTH


def draw(events: Sequence[EventRecord], *, session: ParkingSession) -> Timeline:
    """The drawing of these events around the stay; an open stay ends at the last event."""
    last = max([session.left_at or session.arrived_at, *(event.observed_at for event in events)])
    first = min([session.arrived_at, *(event.observed_at for event in events)])
    span = max(last - first, timedelta(minutes=1))

    def x(moment: datetime) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((moment - first) / span), 1)

    names = list(dict.fromkeys(_lane(event) for event in events))
    heights = {name: TOP + LANE * (index + 1) + LANE / 2 for index, name in enumerate(names)}
    end = session.left_at or last
    return Timeline(
        lanes=[Lane(name=name, y=y) for name, y in heights.items()],
        marks=[
            Mark(
                x=x(event.observed_at),
                y=heights[_lane(event)],
                event=event,
                kind=words.kind(event.kind),
                witness=words.witness(event.witness),
            )
            for event in events
        ],
        ticks=[
            Tick(x=x(moment), text=f"{timezone.localtime(moment):%H:%M}")
            for moment in (first, first + span / 4, first + span / 2, first + 3 * span / 4, last)
        ],
        bar_x=x(session.arrived_at),
        bar_width=max(4.0, x(end) - x(session.arrived_at)),
        height=TOP + LANE * (len(names) + 1) + 28,
    )


def _lane(event: EventRecord) -> str:
    return event.device or words.witness(event.witness)
