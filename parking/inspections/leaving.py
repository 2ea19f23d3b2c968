"""What an inspector leaves behind: a shift begun or ended, a slip on a car, a report. Each once, by client's id."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from parking import pictures
from parking.inspections import duties, evidence
from parking.inspections.items import Item, Wrong
from parking.inspections.scans import Outcome
from parking.models import Berth, NoticeSlip, Road, Shift, StreetReport, User

_SLIP_SALT = "parking.slips"
ROADS = 30
# Police look at nothing that one picture alone shows.
NEEDED = 2


def take(kind: str, data: object, *, user: User, now: datetime) -> Outcome:
    """One shift, slip or report; the same again is a duplicate. Never raises for what was sent."""
    client_id = str(data.get("client_id", "")) if isinstance(data, dict) else ""
    try:
        item = Item(data)
        outcome, said = _KINDS[kind](item, user, now)
    except KeyError:
        return Outcome(client_id=client_id, outcome="rejected", code="unknown_kind", field="type")
    except Wrong as wrong:
        return Outcome(
            client_id=client_id, outcome="rejected", code=wrong.code, message=wrong.message, field=wrong.field
        )
    return Outcome(client_id=item.client_id, outcome=outcome, said=said)


def _shift_start(item: Item, user: User, now: datetime) -> tuple[str, dict[str, Any]]:
    at, where = item.moment("seen_at", now=now), item.where()
    codes = sorted({code for code in item.text("roads", limit=33 * ROADS, needed=True).split(",") if code})
    known = set(Road.objects.filter(code__in=codes, opened=True).values_list("code", flat=True))
    if not codes or set(codes) - known or duties.allowed(user, codes) != codes:
        raise Wrong("unknown_road", _("没有这个路段，或路段未开放"), "roads")
    with transaction.atomic():
        Shift.objects.filter(user=user, ended_at__isnull=True, started_at__lte=at).exclude(
            client_id=item.client_id
        ).update(ended_at=at)
        try:
            with transaction.atomic():
                shift, made = Shift.objects.get_or_create(
                    user=user,
                    client_id=item.client_id,
                    defaults={
                        "roads": codes,
                        "started_at": at,
                        "longitude": where.longitude if where else None,
                        "latitude": where.latitude if where else None,
                    },
                )
        except IntegrityError:
            raise Wrong("shift_open", _("已有一个更晚开始的班次，请先结束它"), "seen_at") from None
    return "accepted" if made else "duplicate", {"shift": shift.pk, "roads": shift.roads}


def _shift_end(item: Item, user: User, now: datetime) -> tuple[str, dict[str, Any]]:
    at = item.moment("seen_at", now=now)
    ended = Shift.objects.filter(user=user, ended_at__isnull=True, started_at__lte=at).update(ended_at=at)
    return "accepted" if ended else "duplicate", {}


def _slip(item: Item, user: User, now: datetime) -> tuple[str, dict[str, Any]]:
    berth = _berth(item, user, needed=True)
    if berth is None:
        raise Wrong("unknown_berth", _("没有这个泊位"), "berth")
    slip, made = NoticeSlip.objects.get_or_create(
        user=user,
        client_id=item.client_id,
        defaults={
            "berth": berth,
            "plate": item.plate(needed=True),
            "plate_color": item.color(),
            "issued_at": item.moment("seen_at", now=now),
            "received_at": now,
        },
    )
    return "accepted" if made else "duplicate", {"slip": slip.pk}


def _report(item: Item, user: User, now: datetime) -> tuple[str, dict[str, Any]]:
    kind = item.choice("kind", StreetReport.Kind.values)
    berth, where, at = _berth(item, user), item.where(), item.moment("seen_at", now=now)
    road = berth.road if berth else Road.objects.filter(code=item.text("road", limit=32)).first()
    if road is None or not duties.allowed(user, [road.code]):
        raise Wrong("missing", _("请选择路段或泊位"), "road")
    plate = item.plate(needed=kind in (StreetReport.Kind.ILLEGAL, StreetReport.Kind.OVER_LINE))
    name = evidence.event_id(user.pk, item.client_id)
    shots = evidence.examined(item.pictures(), source=evidence.REPORT, event=name, taken_at=at)
    sound = {shot.sha256 for shot in shots if not shot.refused}
    if plate and len(sound) < NEEDED:
        raise Wrong("evidence_missing", _("至少需要两张不同的清晰照片"), "pictures")
    with transaction.atomic():
        report, made = StreetReport.objects.get_or_create(
            user=user,
            client_id=item.client_id,
            defaults={
                "kind": kind,
                "road": road,
                "berth": berth,
                "device": item.text("device", limit=64),
                "plate": plate,
                "plate_color": item.color(),
                "note": item.text("note", limit=500),
                "longitude": where.longitude if where else None,
                "latitude": where.latitude if where else None,
                "seen_at": at,
                "received_at": now,
            },
        )
        pictures.keep(shots, now=now)
    return "accepted" if made else "duplicate", {"report": report.pk}


def _berth(item: Item, user: User, *, needed: bool = False) -> Berth | None:
    code = item.text("berth", limit=32, needed=needed)
    if not code:
        return None
    berth = Berth.objects.select_related("road").filter(code=code).first()
    if berth is None or not duties.allowed(user, [berth.road.code]):
        raise Wrong("unknown_berth", _("没有这个泊位"), "berth")
    return berth


_KINDS: dict[str, Callable[[Item, User, datetime], tuple[str, dict[str, Any]]]] = {
    "shift_start": _shift_start,
    "shift_end": _shift_end,
    "slip": _slip,
    "report": _report,
}


def slip_token(slip: NoticeSlip) -> str:
    """What the slip's code holds: whoever scans it knows that the slip is ours, and nothing of the car."""
    return signing.dumps(slip.pk, salt=_SLIP_SALT)


def slip_of(token: str) -> NoticeSlip | None:
    """The slip behind a scanned code; None for a forged one."""
    try:
        pk = signing.loads(token, salt=_SLIP_SALT)
    except signing.BadSignature:
        return None
    return NoticeSlip.objects.select_related("berth__road").filter(pk=pk).first()
