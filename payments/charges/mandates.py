"""Contactless agreements as drivers see and end them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from payments import gateways
from payments.models import Mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateView:
    """What we know of a plate's agreement with one gateway. `ended_at`: the driver told us not to use it."""

    gateway: str
    plate: str = field(repr=False)
    plate_color: str
    state: str
    told_at: datetime
    ended_at: datetime | None
    first: bool


def mandates_of(plates: Iterable[str]) -> list[MandateView]:
    """The agreements of these plates; one query. Empty for a plate that was never asked about."""
    found = Mandate.objects.filter(plate__in=list(plates)).order_by("plate", "plate_color", "-first", "gateway")
    return [
        MandateView(
            gateway=mandate.gateway,
            plate=mandate.plate,
            plate_color=mandate.plate_color,
            state=mandate.state,
            told_at=mandate.told_at,
            ended_at=mandate.ended_at,
            first=mandate.first,
        )
        for mandate in found
    ]


def end_mandate(*, plate: str, plate_color: str, gateway: str, ended: bool, now: datetime) -> bool:
    """The driver doesn't want this plate debited through that gateway any more, or wants it again.

    The agreement itself lives at the gateway; from now on we simply don't use it. False for an unknown gateway.
    """
    if gateway not in gateways.codes():
        return False
    key = {"plate": plate, "plate_color": plate_color, "gateway": gateway}
    Mandate.objects.get_or_create(**key, defaults={"state": Mandate.State.UNKNOWN, "told_at": now})
    Mandate.objects.filter(**key).update(ended_at=now if ended else None)
    return True


def prefer_gateway(*, plate: str, plate_color: str, gateway: str, now: datetime) -> bool:
    """The driver wants that gateway tried first. False for an unknown gateway."""
    if gateway not in gateways.codes():
        return False
    with transaction.atomic():
        key = {"plate": plate, "plate_color": plate_color}
        Mandate.objects.filter(**key, first=True).exclude(gateway=gateway).update(first=False)
        Mandate.objects.update_or_create(
            **key,
            gateway=gateway,
            defaults={"first": True},
            create_defaults={"first": True, "state": Mandate.State.UNKNOWN, "told_at": now},
        )
    return True
