"""Registers from a table (CSV): exempt plates, permits the city gives. Good rows are taken, bad ones named by line."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS
from parking.models import Exemption, User
from parking.permits.coupons import give_coupons
from parking.permits.orders import NotSold, give
from parking.permits.reading import CITY_TIME

EXEMPTION_COLUMNS = ("plate", "plate_color", "kind", "from", "to", "proof", "berths")
PERMIT_COLUMNS = ("product", "plates", "plate_color", "from")
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken: its line in the table (the heading is 1), the column, and why."""

    line: int
    column: str
    reason: str


@dataclass(slots=True)
class Registered:
    """What became of a table."""

    added: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


class _Bad(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def register_exemptions(rows: Iterable[tuple[int, Row]], *, by: User | None, now: datetime) -> Registered:
    """Register (line, row) as exempt; a row that stands already changes nothing."""

    def take(row: Row) -> bool:
        kind = _text(row, "kind")
        try:
            validate_slug(kind)
        except ValidationError:
            raise _Bad("kind", _("只能用字母、数字、下划线和连字符")) from None
        from_at, to_at = _moment(row, "from"), _moment(row, "to") if row.get("to", "").strip() else None
        if to_at is not None and to_at <= from_at:
            raise _Bad("to", _("应晚于起始日"))
        berths = row.get("berths", "").strip() or "1"
        if not berths.isdecimal() or not 1 <= int(berths) <= 20:
            raise _Bad("berths", _("应为 1 到 20 的整数"))
        made = Exemption.objects.get_or_create(
            plate=_plate(_text(row, "plate"), "plate"),
            kind=kind[:32],
            from_at=from_at,
            defaults={
                "plate_color": _color(row) if row.get("plate_color", "").strip() else "",
                "to_at": to_at,
                "proof": _text(row, "proof")[:200],
                "berths": int(berths),
                "noted_by": by,
                "noted_at": now,
            },
        )[1]
        return bool(made)

    return _each(rows, take)


def register_permits(rows: Iterable[tuple[int, Row]], *, by: User | None, now: datetime) -> Registered:
    """Give the permits of (line, row); several plates of one permit are separated by spaces."""

    def take(row: Row) -> bool:
        named = [(_plate(text, "plates"), _color(row)) for text in _text(row, "plates").split()]
        name = by.get_username() if by else ""
        told = give(_text(row, "product"), plates=named, by=name, from_at=_moment(row, "from"), now=now)
        if isinstance(told, NotSold):
            column, reason = _NOT_SOLD.get(told, ("product", lambda: str(told)))
            raise _Bad(column, reason())
        return True

    return _each(rows, take)


def give_coupon_rows(rows: Iterable[tuple[int, Row]], *, now: datetime) -> Registered:
    """Give a coupon for each (line, row) of campaign and plate."""

    def take(row: Row) -> bool:
        plate = _plate(_text(row, "plate"), "plate")
        if not give_coupons(_text(row, "campaign"), plates=[plate], now=now):
            raise _Bad("campaign", _("没有这个活动，或不在活动期内，或已达发放上限"))
        return True

    return _each(rows, take)


_NOT_SOLD: Mapping[NotSold, tuple[str, Callable[[], str]]] = {
    NotSold.NOT_ON_SALE: ("product", lambda: _("没有这种停车证")),
    NotSold.NO_PLATE: ("plates", lambda: _("没有车牌")),
    NotSold.TOO_MANY_PLATES: ("plates", lambda: _("车辆数超过该停车证的上限")),
    NotSold.HELD_ALREADY: ("from", lambda: _("该车在此期间已有同种停车证")),
}


def _each(rows: Iterable[tuple[int, Row]], take: Callable[[Row], bool]) -> Registered:
    done = Registered()
    for line, row in rows:
        try:
            if take(row):
                done.added += 1
            else:
                done.unchanged += 1
        except _Bad as error:
            done.refused.append(Refused(line, error.column, error.reason))
    return done


def _text(row: Row, column: str) -> str:
    text = (row.get(column) or "").strip()
    if not text:
        raise _Bad(column, _("不能为空"))
    return text


def _plate(text: str, column: str) -> str:
    found = plates.normalise(text)
    if not plates.valid(found):
        raise _Bad(column, _("不是有效的号牌号码"))
    return found


def _color(row: Row) -> str:
    color = (row.get("plate_color") or "").strip() or "blue"
    if color not in PLATE_COLORS:
        raise _Bad("plate_color", _("应为以下之一：%s") % ", ".join(PLATE_COLORS))
    return color


def _moment(row: Row, column: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(_text(row, column)), time.min, tzinfo=CITY_TIME)
    except ValueError:
        raise _Bad(column, _("应为日期，如 2026-11-23")) from None
