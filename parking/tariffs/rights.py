"""What plates are entitled to: permits that are paid or given, exemptions, coupons not yet used."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F, Q

from parking.domain.tariff import Coupon, CouponKind, Permit
from parking.models import Coupon as CouponRow
from parking.models import Exemption, PermitPlate

PAID = ("settled", "waived")
DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class _Permit:
    zone_id: int | None
    road_id: int | None
    permit: Permit


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: str
    berths: int
    from_at: datetime
    to_at: datetime | None
    plate_color: str


@dataclass(frozen=True, slots=True)
class _Coupon:
    coupon: Coupon
    zone_id: int | None
    from_at: datetime
    expires_at: datetime


@dataclass(slots=True)
class Rights:
    """All that is registered for one plate."""

    permits: list[_Permit] = field(default_factory=list)
    kinds: list[_Kind] = field(default_factory=list)
    coupons: list[_Coupon] = field(default_factory=list)

    def permits_on(self, *, road_id: int, zone_id: int) -> tuple[Permit, ...]:
        """The permits that hold on this road."""
        return tuple(
            each.permit for each in self.permits if each.road_id in (None, road_id) and each.zone_id in (None, zone_id)
        )

    def kinds_at(self, at: datetime, *, plate_color: str) -> list[_Kind]:
        """What the plate is registered as at its arrival."""
        return [
            each
            for each in self.kinds
            if each.from_at <= at and (each.to_at is None or at < each.to_at) and each.plate_color in ("", plate_color)
        ]

    def coupons_for(self, *, zone_id: int, arrived_at: datetime, left_at: datetime) -> list[Coupon]:
        """The coupons that held at some moment of the stay, those that end first in front."""
        return [
            each.coupon
            for each in self.coupons
            if each.zone_id in (None, zone_id) and each.from_at <= left_at and each.expires_at > arrived_at
        ]


NONE = Rights()


def of(
    plates: Collection[str], *, from_at: datetime, to_at: datetime, claim: bool = False, coupons: bool = True
) -> dict[str, Rights]:
    """The rights of each plate that has any, in three queries.

    `claim` holds the coupons until this transaction ends; without `coupons` nobody looks for them.
    """
    found: dict[str, Rights] = defaultdict(Rights)
    if not plates:
        return found
    _permits(found, plates, from_at, to_at)
    for row in Exemption.objects.filter(plate__in=plates, from_at__lte=to_at).order_by("id"):
        found[row.plate].kinds.append(_Kind(row.kind, row.berths, row.from_at, row.to_at, row.plate_color))
    if coupons:
        rows = CouponRow.objects.filter(plate__in=plates, session__isnull=True, expires_at__gt=from_at)
        if claim:
            rows = rows.select_for_update(of=("self",))
        for each in rows.select_related("campaign").order_by("expires_at", "id"):
            campaign = each.campaign
            coupon = Coupon(
                code=each.code,
                kind=CouponKind(campaign.kind),
                value=campaign.value,
                min_spend=campaign.min_spend_fen,
            )
            found[each.plate].coupons.append(_Coupon(coupon, campaign.zone_id, each.granted_at, each.expires_at))
    return found


def _permits(found: dict[str, Rights], plates: Collection[str], from_at: datetime, to_at: datetime) -> None:
    rows = (
        PermitPlate.objects.filter(plate__in=plates, permit__to_at__gt=from_at, permit__from_at__lt=to_at)
        .filter(Q(permit__charge__isnull=True) | Q(permit__charge__status__in=PAID))
        .filter(Q(permit__revoked_at__isnull=True) | Q(permit__revoked_at__gt=F("permit__from_at")))
        .order_by("permit_id")
        .values_list(
            "plate", "permit__zone_id", "permit__road_id", "permit__kind", "permit__number", "permit__days",
            "permit__start", "permit__end", "permit__from_at", "permit__to_at", "permit__revoked_at",
        )
    )  # fmt: skip
    for plate, zone_id, road_id, kind, number, days, start, end, begins, ends, revoked_at in rows:
        permit = Permit(
            kind=kind,
            number=number,
            from_at=begins,
            to_at=min(ends, revoked_at) if revoked_at else ends,
            days=tuple(days) or ("all",),
            start=start,
            end=end,
        )
        found[plate].permits.append(_Permit(zone_id, road_id, permit))


_SPEND = """
UPDATE parking_coupon c SET session_id = t.session_id, used_at = %s
FROM unnest(%s::text[], %s::bigint[]) AS t(code, session_id) WHERE c.code = t.code AND c.session_id IS NULL
"""


def spend_coupons(used: Sequence[tuple[str, int]], *, now: datetime) -> int:
    """Mark each (coupon's code, session id) as used; returns how many were. One that is used already stays so."""
    if not used:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_SPEND, [now, [code for code, _ in used], [session_id for _, session_id in used]])
        return int(cursor.rowcount)
