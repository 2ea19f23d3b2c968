"""How a plate stands right now: a word and a sum, never where or when the car was before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from parking.models import Exemption, ParkingSession, PatrolCheck, Vehicle, WatchedPlate
from payments import charges

Result = PatrolCheck.Result


@dataclass(frozen=True, slots=True)
class Standing:
    """The word for a plate, and what is overdue in fen (what is still within its days to pay is not)."""

    result: str
    due_fen: int = 0


NOBODY = Standing(Result.UNKNOWN)


def of(plates: Collection[str], *, now: datetime) -> dict[str, Standing]:
    """Each plate's standing, in six queries however many plates.

    Watched goes before exempt, exempt before owes; a plate that nothing is known of is unknown.
    """
    wanted = sorted({plate for plate in plates if plate})
    if not wanted:
        return {}
    exempt = Exemption.objects.filter(Q(to_at__isnull=True) | Q(to_at__gt=now), from_at__lte=now, plate__in=wanted)
    listed: dict[str, str] = dict.fromkeys(exempt.values_list("plate", flat=True), Result.EXEMPT)
    watched = WatchedPlate.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=now), valid_from__lte=now)
    listed |= dict.fromkeys(watched.filter(plate__in=wanted).values_list("plate", flat=True), Result.WATCHED)
    due: dict[str, int] = {}
    for view in charges.unpaid_for_plates(wanted):
        if view.due_at <= now:
            due[view.plate] = due.get(view.plate, 0) + view.due_fen
    known = set(Vehicle.objects.filter(plate__in=wanted).values_list("plate", flat=True))
    known |= set(ParkingSession.objects.filter(plate__in=wanted).values_list("plate", flat=True).distinct())
    found = {}
    for plate in wanted:
        if plate in listed:
            found[plate] = Standing(listed[plate], due.get(plate, 0))
        elif due.get(plate):
            found[plate] = Standing(Result.OWES, due[plate])
        else:
            found[plate] = Standing(Result.PAID if plate in known else Result.UNKNOWN)
    return found
