"""Ordering a permit, the one that follows it, and giving one away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import Q

from parking.domain.months import later
from parking.models import Permit, PermitPlate, PermitProduct, User
from parking.permits.reading import AHEAD, CITY_TIME, ORDER_LASTS, Held, place_of, standing, view, with_all
from parking.tariffs import past
from parking.tariffs.rights import PAID
from payments import charges
from payments.domain.bill import Bill, BillLine

Plates = Sequence[tuple[str, str]]


class NotSold(StrEnum):
    """Why a permit can't be ordered."""

    NOT_ON_SALE = "not_on_sale"
    NO_PLATE = "no_plate"
    TOO_MANY_PLATES = "too_many_plates"
    BEGINS_TOO_EARLY = "begins_too_early"
    BEGINS_TOO_LATE = "begins_too_late"
    HELD_ALREADY = "held_already"
    UNKNOWN_PERMIT = "unknown_permit"
    RENEWED_ALREADY = "renewed_already"


def buy(
    product: str, *, plates: Plates, holder: User | None, now: datetime, from_at: datetime | None = None
) -> Held | NotSold:
    """Order a permit for these (plate, colour); it begins now unless a later moment is asked for."""
    kind = PermitProduct.objects.filter(code=product, on_sale=True).select_related("zone", "road").first()
    if kind is None:
        return NotSold.NOT_ON_SALE
    plates = list(dict.fromkeys(plates))
    if not plates or not all(plate for plate, _ in plates):
        return NotSold.NO_PLATE
    if len(plates) > kind.most_plates:
        return NotSold.TOO_MANY_PLATES
    begin = now.replace(microsecond=0) if from_at is None else from_at
    if begin < now - timedelta(minutes=5):
        return NotSold.BEGINS_TOO_EARLY
    if begin > now + AHEAD:
        return NotSold.BEGINS_TOO_LATE
    with transaction.atomic():
        past.one_at_a_time(sorted(plate for plate, _ in plates))
        same = _same_order(kind, plates, holder=holder, now=now)
        if same is not None:
            return view(same, now=now)
        if _overlapping(kind, plates, from_at=begin):
            return NotSold.HELD_ALREADY
        return view(_order(kind, plates, holder=holder, from_at=begin, now=now), now=now)


def _same_order(product: PermitProduct, plates: Plates, *, holder: User | None, now: datetime) -> Permit | None:
    names = sorted(plate for plate, _ in plates)
    for permit in with_all(
        Permit.objects.filter(
            product=product,
            holder=holder,
            charge__status="open",
            revoked_at__isnull=True,
            ordered_at__gt=now - ORDER_LASTS,
        )
        .filter(plates__plate=names[0])
        .order_by("-id")
    ):
        if sorted(each.plate for each in permit.plates.all()) == names:
            return permit
    return None


def _overlapping(product: PermitProduct, plates: Plates, *, from_at: datetime) -> bool:
    to_at = later(from_at, months=product.months, zone=CITY_TIME)
    return (
        PermitPlate.objects.filter(standing("permit__"), plate__in=[plate for plate, _ in plates])
        .filter(permit__product=product, permit__from_at__lt=to_at, permit__to_at__gt=from_at)
        .exists()
    )


def _order(
    product: PermitProduct,
    plates: Plates,
    *,
    holder: User | None,
    from_at: datetime,
    now: datetime,
    renews: Permit | None = None,
    free: bool = False,
    reason: str = "",
) -> Permit:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('parking_permit', 'id'))")
        id_ = int(cursor.fetchone()[0])
    permit = Permit(
        id=id_,
        number=f"M{now.astimezone(CITY_TIME):%y%m%d}{id_:08d}",
        product=product,
        kind=product.kind,
        zone=product.zone,
        road=product.road,
        days=product.days,
        start=product.start,
        end=product.end,
        from_at=from_at,
        to_at=later(from_at, months=product.months, zone=CITY_TIME),
        price_fen=0 if free else product.price_fen,
        holder=holder,
        renews=renews,
        ordered_at=now,
        reason=reason,
    )
    if not free:
        opened = charges.open_charges([_bill(permit, plates[0])], now=now)
        permit.charge_id = opened[permit.number].id
    permit.save(force_insert=True)
    PermitPlate.objects.bulk_create(
        [PermitPlate(permit=permit, plate=plate, plate_color=colour) for plate, colour in plates]
    )
    return permit


def _bill(permit: Permit, plate: tuple[str, str]) -> Bill:
    product = permit.product
    line = BillLine(
        from_at=permit.from_at,
        to_at=permit.to_at,
        rule=product.name,
        rule_en=product.name_en or product.name,
        amount_fen=permit.price_fen,
    )
    where = product.road.code if product.road else product.zone.code if product.zone else ""
    return Bill(
        number=permit.number,
        scope=where,
        spot="",
        place=f"{product.name} {place_of(product)}".strip()[:120],
        plate=plate[0],
        plate_color=plate[1],
        from_at=permit.from_at,
        to_at=permit.to_at,
        amount_fen=permit.price_fen,
        currency="CNY",
        lines=(line,),
        tariff_code=product.code,
        tariff_version=1,
        kind="permit",
    )


def renew(number: str, *, holder: User | None, now: datetime) -> Held | NotSold:
    """Order the period after a permit's own (or, if that is over, from now on) for the same plates."""
    with transaction.atomic():
        permit = (
            Permit.objects.select_for_update(of=("self",))
            .select_related("product__zone", "product__road")
            .filter(number=number, holder=holder, revoked_at__isnull=True)
            .filter(Q(charge__isnull=True) | Q(charge__status__in=PAID))
            .first()
        )
        if permit is None:
            return NotSold.UNKNOWN_PERMIT
        if not permit.product.on_sale:
            return NotSold.NOT_ON_SALE
        if permit.to_at > now + AHEAD:
            return NotSold.BEGINS_TOO_LATE
        following = with_all(Permit.objects.filter(renews=permit)).first()
        if following is not None and following.revoked_at is None:
            unpaid = following.charge is not None and following.charge.status == "open"
            return view(following, now=now) if unpaid else NotSold.RENEWED_ALREADY
        if following is not None:  # an order that nobody paid stands in the way of the one-to-one
            Permit.objects.filter(pk=following.pk).update(renews=None)
        plates = [(each.plate, each.plate_color) for each in permit.plates.order_by("id")]
        begin = max(permit.to_at, now.replace(microsecond=0))
        past.one_at_a_time(sorted(plate for plate, _ in plates))
        if _overlapping(permit.product, plates, from_at=begin):
            return NotSold.HELD_ALREADY
        return view(_order(permit.product, plates, holder=holder, from_at=begin, now=now, renews=permit), now=now)


def give(
    product: str, *, plates: Plates, by: str, from_at: datetime, now: datetime, holder: User | None = None
) -> Held | NotSold:
    """Give a permit without a charge."""
    kind = PermitProduct.objects.filter(code=product).select_related("zone", "road").first()
    if kind is None:
        return NotSold.NOT_ON_SALE
    if not plates:
        return NotSold.NO_PLATE
    if len(plates) > kind.most_plates:
        return NotSold.TOO_MANY_PLATES
    with transaction.atomic():
        past.one_at_a_time(sorted(plate for plate, _ in plates))
        if _overlapping(kind, plates, from_at=from_at):
            return NotSold.HELD_ALREADY
        permit = _order(kind, plates, holder=holder, from_at=from_at, now=now, free=True, reason=by)
    return view(permit, now=now)


def cancel(number: str, *, holder: User, now: datetime) -> bool:
    """Take back one's own order that isn't paid; False when there is none, or its payment is under way."""
    order = Permit.objects.filter(number=number, holder=holder, charge__status="open", revoked_at__isnull=True)
    if not order.exists() or charges.views([number])[number].paying is not None:
        return False
    return _drop(number, reason="申请人取消", by="driver", now=now)


# Money that comes for a voided charge all the same is given back by payments.
def _drop(number: str, *, reason: str, by: str, now: datetime) -> bool:
    with transaction.atomic():
        done = charges.void(number, reason=reason, by=by, now=now) is charges.Closed.DONE
        if done:
            Permit.objects.filter(number=number).update(revoked_at=now)
    return done


def expire_orders(*, now: datetime, limit: int = 200) -> int:
    """Void the orders that nobody paid in time; one whose payment is under way is left for its outcome."""
    found = Permit.objects.filter(
        charge__status="open", revoked_at__isnull=True, ordered_at__lte=now - ORDER_LASTS
    ).order_by("ordered_at")[:limit]
    numbers = list(found.values_list("number", flat=True))
    views = charges.views(numbers)
    ended = 0
    for number in numbers:
        if views[number].paying is not None:
            continue
        ended += _drop(number, reason="逾期未支付", by="system", now=now)
    return ended
