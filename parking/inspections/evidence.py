"""Pictures that inspectors take: of a check they belong to its event, of a report to the report."""

from collections.abc import Sequence
from datetime import datetime

from parking import pictures
from parking.pictures import Arrived, Examined

SOURCE = "inspection"
REPORT = "report"


def event_id(user_id: int, client_id: str) -> str:
    """The identity of what a person sent, as an event's or a report's."""
    return f"{user_id}:{client_id}"


def examined(
    bodies: Sequence[bytes], *, source: str, event: str, role: str = "scene", taken_at: datetime
) -> list[Examined]:
    """The pictures looked at, each known by its content: sending them again is no second picture."""
    found = []
    for body in bodies:
        first = pictures.examine(
            Arrived(source=source, event_id=event, name="", role=role, body=body, taken_at=taken_at)
        )
        found.append(
            Examined(
                arrived=Arrived(
                    source=source,
                    event_id=event,
                    name=f"sha256:{first.sha256}",
                    role=role,
                    body=body,
                    taken_at=taken_at,
                ),
                sha256=first.sha256,
                facts=first.facts,
                refused=first.refused,
                why=first.why,
            )
        )
    return found
