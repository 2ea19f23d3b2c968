"""Evidence pictures: arrival, the two copies, links for those who may look, and their end.

keep (at the door, in the event's transaction) -> develop (a task: two clean copies into the evidence storage)
-> of / read (short-lived signed links, the copy's digest checked at each view) -> expire (by age and state)
"""

from parking.pictures.ageing import expire
from parking.pictures.developing import develop
from parking.pictures.fetching import fetch_named
from parking.pictures.keeping import Arrived, Examined, Kept, Outcome, examine, keep
from parking.pictures.showing import LIVES, Gone, Shown, Side, StoreAway, of, of_events, open_link, read

__all__ = [
    "LIVES",
    "Arrived",
    "Examined",
    "Gone",
    "Kept",
    "Outcome",
    "Shown",
    "Side",
    "StoreAway",
    "develop",
    "examine",
    "expire",
    "fetch_named",
    "keep",
    "of",
    "of_events",
    "open_link",
    "read",
]
