"""Whose stays a person may read: the cars they proved or were let in to, and the stays of those cars."""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from parking.models import Consent, ParkingSession, User, Vehicle

# A new holder of a plate must not read where the holder before them parked; what is still owed is shown all the same.
BEFORE_BINDING = timedelta(days=30)


def proven(user: User) -> list[Vehicle]:
    """The cars whose stays this person may read: with a proved holder, and the person has not asked us to hide them."""
    withdrawn = Consent.objects.filter(user=OuterRef("user"), purpose=Consent.Purpose.WHEREABOUTS)
    return list(
        Vehicle.objects.filter(user=user, verified_at__isnull=False)
        .exclude(Exists(withdrawn.filter(withdrawn_at__isnull=False)), ~Exists(withdrawn.filter(withdrawn_at=None)))
        .order_by("bound_at", "pk")
    )


def sessions_of(vehicles: Sequence[Vehicle]) -> QuerySet[ParkingSession]:
    """The sessions of these cars, newest first."""
    theirs = Q(pk__in=[])
    for vehicle in vehicles:
        theirs |= Q(plate=vehicle.plate, plate_color__in=[vehicle.plate_color, "unknown"]) & (
            Q(arrived_at__gte=vehicle.bound_at - BEFORE_BINDING) | Q(charge__status="open")
        )
    # A contested stay overlaps a better proved one: an operator's matter until it is decided.
    sessions = ParkingSession.objects.filter(theirs, contested=False).exclude(plate="")
    return sessions.select_related("road", "berth").order_by("-arrived_at", "-id")


def find(user: User, number: str) -> ParkingSession | None:
    """One of this person's sessions by its order number; None for another's and for one that isn't there."""
    return sessions_of(proven(user)).filter(number=number).first()
