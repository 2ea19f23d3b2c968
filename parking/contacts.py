"""Whom to tell about a plate's unpaid charges: the drivers who bound it, nobody else.

A plate whose holder was verified is told to that holder alone; an unverified one only while a single driver claims it,
because of two strangers one must not read what the other owes.
"""

from collections.abc import Iterable
from datetime import datetime

from parking.models import Vehicle
from payments import charges

MOST = 200


def remind(*, now: datetime) -> int:
    """Send the reminders that wait, each to its plate's own driver. Holds no transaction. Gives how many went out."""
    waiting = charges.waiting_urgings(limit=MOST)
    if not waiting:
        return 0
    return charges.send_urgings(contacts=contacts({one.plate for one in waiting}), now=now)


def contacts(plates: Iterable[str]) -> dict[str, charges.Contact | None]:
    """Each plate's driver's phone; None when nobody, or nobody for certain, is known. One query."""
    wanted = set(plates)
    holders: dict[str, list[Vehicle]] = {}
    found = Vehicle.objects.filter(plate__in=wanted, user__is_active=True).exclude(user__phone=None)
    for vehicle in found.exclude(user__phone="").select_related("user"):
        holders.setdefault(vehicle.plate, []).append(vehicle)
    return {plate: _certain(holders.get(plate, [])) for plate in wanted}


def _certain(holders: list[Vehicle]) -> charges.Contact | None:
    verified = [holder for holder in holders if holder.verified_at is not None]
    people = {holder.user.phone for holder in (verified or holders)}
    phone = people.pop() if len(people) == 1 else None
    return charges.Contact(phone=phone) if phone else None
