"""Permits as people see them: what is offered, what is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from parking.domain.months import later
from parking.models import Permit, PermitPlate, PermitProduct, User
from parking.tariffs.rights import PAID

CITY_TIME = ZoneInfo("Asia/Shanghai")
ORDER_LASTS = timedelta(minutes=30)
AHEAD = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A product with the period it would have if ordered now; a plate that holds it already gets what follows."""

    code: str
    kind: str
    name: str
    name_en: str
    place: str
    place_en: str
    price_fen: int
    months: int
    most_plates: int
    days: tuple[str, ...]
    start: str
    end: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A permit. `state`: ordered (pay it), active, coming, ended, revoked; `days`, `start`, `end`: when it covers.

    `refundable_fen` is what ending it now would give back, 0 when nothing.
    """

    number: str
    state: str
    product: str
    kind: str
    name: str
    name_en: str
    place: str
    place_en: str
    plates: tuple[str, ...]
    from_at: datetime
    to_at: datetime
    price_fen: int
    charge_number: str
    pay_until: datetime | None
    renewable: bool
    refundable_fen: int
    days: tuple[str, ...]
    start: str
    end: str
    holder_id: int | None


def offers(*, plate: str = "", now: datetime) -> list[Offer]:
    """The products on sale, in order of their codes."""
    products = list(PermitProduct.objects.filter(on_sale=True).select_related("zone", "road").order_by("code"))
    held_until = ends([plate] if plate else [], now=now)
    return [_offer(product, _first_moment(product, held_until, now)) for product in products]


def _offer(product: PermitProduct, from_at: datetime) -> Offer:
    return Offer(
        code=product.code,
        kind=product.kind,
        name=product.name,
        name_en=product.name_en,
        place=place_of(product),
        place_en=_place_en(product),
        price_fen=product.price_fen,
        months=product.months,
        most_plates=product.most_plates,
        days=tuple(product.days),
        start=product.start,
        end=product.end,
        from_at=from_at,
        to_at=later(from_at, months=product.months, zone=CITY_TIME),
    )


def place_of(where: PermitProduct | Permit) -> str:
    place = where.road or where.zone
    return place.name if place is not None else ""


def _place_en(where: PermitProduct | Permit) -> str:
    place = where.road or where.zone
    return (place.name_en or place.name) if place is not None else ""


def ends(plates: Sequence[str], *, now: datetime) -> dict[int, datetime]:
    """When the last permit of each product ends that one of these plates holds, open orders included."""
    found: dict[int, datetime] = {}
    if plates:
        rows = PermitPlate.objects.filter(standing("permit__"), plate__in=plates, permit__to_at__gt=now)
        for product_id, to_at in rows.values_list("permit__product_id", "permit__to_at"):
            found[product_id] = max(to_at, found.get(product_id, to_at))
    return found


def standing(prefix: str = "") -> Q:
    """Not revoked, and paid, given, or still to be paid."""
    charge = Q(**{f"{prefix}charge__isnull": True}) | Q(**{f"{prefix}charge__status__in": (*PAID, "open")})
    return Q(**{f"{prefix}revoked_at__isnull": True}) & charge


def _first_moment(product: PermitProduct, ends: dict[int, datetime], now: datetime) -> datetime:
    return ends.get(product.pk, now.replace(microsecond=0))


def held(*, now: datetime, plates: Sequence[str] = (), holder: User | None = None) -> list[Held]:
    """The permits of these plates or of this person, newest first; orders that ran out unpaid are left out."""
    wanted = Q(plates__plate__in=plates) if plates else Q(pk__in=())
    if holder is not None:
        wanted |= Q(holder=holder)
    found = Permit.objects.filter(wanted).exclude(charge__status="void").distinct().order_by("-id")
    return [view(permit, now=now) for permit in with_all(found)]


def visible(user: User, *, plates: Sequence[str], now: datetime) -> list[Held]:
    """This person's permits, newest first, and what others hold for their plates while it holds.

    What another person held before is theirs: it would say where the car used to stand.
    """
    found = held(plates=plates, holder=user, now=now)
    return [each for each in found if each.holder_id == user.pk or each.state in ("active", "coming")]


def find(number: str, *, holder: User, now: datetime) -> Held | None:
    """One of this person's own permits; None for another's and for one that isn't there."""
    permit = with_all(Permit.objects.filter(number=number, holder=holder)).first()
    return view(permit, now=now) if permit else None


def with_all(found: "QuerySet[Permit]") -> "QuerySet[Permit]":
    return found.select_related("product", "zone", "road", "charge").prefetch_related("plates", "renewed_by")


def view(permit: Permit, *, now: datetime) -> Held:
    state = _state(permit, now)
    charge = permit.charge
    unpaid = state == "ordered"
    paid = charge is not None and charge.status == "settled"
    return Held(
        number=permit.number,
        state=state,
        product=permit.product.code,
        kind=permit.kind,
        name=permit.product.name,
        name_en=permit.product.name_en,
        place=place_of(permit),
        place_en=_place_en(permit),
        plates=tuple(each.plate for each in permit.plates.all()),
        from_at=permit.from_at,
        to_at=permit.to_at,
        price_fen=permit.price_fen,
        charge_number=charge.number if charge else "",
        pay_until=permit.ordered_at + ORDER_LASTS if unpaid else None,
        renewable=state in ("active", "coming", "ended")
        and permit.product.on_sale
        and permit.to_at <= now + AHEAD
        and not hasattr(permit, "renewed_by"),
        refundable_fen=refundable_fen(permit, now=now) if state in ("active", "coming") and paid else 0,
        days=tuple(permit.days),
        start=permit.start,
        end=permit.end,
        holder_id=permit.holder_id,
    )


_DAY = timedelta(days=1)


def refundable_fen(permit: Permit, *, now: datetime) -> int:
    """What ending the permit now would give back: its price by unused whole days, rounded down."""
    whole = max((permit.to_at - permit.from_at) // _DAY, 1)
    left = whole if now <= permit.from_at else max((permit.to_at - now) // _DAY, 0)
    return permit.price_fen * min(left, whole) // whole


def _state(permit: Permit, now: datetime) -> str:
    if permit.revoked_at is not None or (permit.charge is not None and permit.charge.status == "void"):
        return "revoked"
    if permit.charge is not None and permit.charge.status == "open":
        return "ordered"
    if now >= permit.to_at:
        return "ended"
    return "active" if now >= permit.from_at else "coming"
