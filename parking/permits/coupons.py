"""Coupons: given by campaign, used by billing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from parking.models import Campaign, Coupon, ParkingSession


def give_coupons(campaign: str, *, plates: Sequence[str], now: datetime) -> list[str]:
    """Give each plate one coupon of the campaign, as far as its limits allow; returns the codes of the new ones."""
    with transaction.atomic():
        found = Campaign.objects.select_for_update().filter(code=campaign, from_at__lte=now, to_at__gt=now).first()
        if found is None:
            return []
        given = dict.fromkeys(plates, 0)
        for plate in Coupon.objects.filter(campaign=found, plate__in=given).values_list("plate", flat=True):
            given[plate] += 1
        total = Coupon.objects.filter(campaign=found).count()
        chosen = [plate for plate, count in given.items() if plate and count < found.each][: max(found.most - total, 0)]
        made = [
            Coupon(
                code=f"C{found.pk:05d}{total + number:07d}",
                campaign=found,
                plate=plate,
                expires_at=found.to_at,
                granted_at=now,
            )
            for number, plate in enumerate(chosen, start=1)
        ]
        Coupon.objects.bulk_create(made)
        return [coupon.code for coupon in made]


def coupons_of(plates: Sequence[str], *, now: datetime) -> list[Coupon]:
    """The coupons of these plates that can still be used, those that end first in front."""
    return list(
        Coupon.objects.filter(plate__in=plates, session__isnull=True, expires_at__gt=now)
        .select_related("campaign", "campaign__zone")
        .order_by("expires_at", "id")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """A coupon that was used: for which order, and the fen by which that order's lines name it (0: it took minutes)."""

    coupon: Coupon
    number: str
    off_fen: int


def spent_on(sessions: QuerySet[ParkingSession], *, most: int = 50) -> list[Spent]:
    """The coupons used for these sessions, the last used first."""
    used = Coupon.objects.filter(session__in=sessions.values("pk")).select_related("session", "campaign__zone")
    return [
        Spent(coupon=coupon, number=coupon.session.number, off_fen=_off(coupon.session, coupon.code))
        for coupon in used.order_by("-used_at", "-id")[:most]
        if coupon.session is not None
    ]


def _off(session: ParkingSession, code: str) -> int:
    return sum(max(-int(line["amount_fen"]), 0) for line in session.lines if code in line["rule"])
