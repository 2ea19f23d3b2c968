"""How a version becomes law: written, tried, approved by a second person, withdrawn. Each step a conditional UPDATE.

A draft may be edited as often as one likes; editing takes a version back to draft. Trying it out runs its worked
examples. What is approved is frozen (trigger in the database); to change a price one copies the version.
"""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parking.domain import tariff as engine
from parking.domain.tariff import TariffError
from parking.models import TariffVersion, User, Zone
from parking.tariffs.clashes import clashing
from parking.tariffs.days import calendar
from parking.tariffs.versions import parsed

Status = TariffVersion.Status


class NotLaw(Exception):
    """A step that is refused: the field it concerns ("" for the whole) and a sentence for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def in_words(error: TariffError) -> str:
    """The reason in the reader's language."""
    return error.reason_en if (get_language() or "").startswith("en") else error.reason_zh


def write(
    document: dict[str, Any], *, in_force_from: datetime, by: User | None, version_id: int | None = None
) -> TariffVersion:
    """Store a draft: a new version of its code, or the draft with this id anew. Raises NotLaw.

    The zone and the vehicle classes are those the document names; a zone nobody knows yet is refused.
    """
    try:
        document = engine.explicit(document)
        tariff = engine.parse(document)
    except TariffError as error:
        raise NotLaw(error.path, in_words(error)) from error
    zone = None
    if tariff.zone:
        zone = Zone.objects.filter(code=tariff.zone).first()
        if zone is None:
            raise NotLaw("zone", _("没有代码为 %s 的收费区域，请先建立。") % tariff.zone)
    fields: dict[str, Any] = {
        "zone": zone,
        "name": tariff.name.zh[:128],
        "status": Status.DRAFT,
        "in_force_from": in_force_from,
        "vehicle_classes": sorted(tariff.document.for_classes),
        "document": document,
        "written_by": by,
        "tried_at": None,
    }
    with transaction.atomic():
        if version_id is not None:
            code = TariffVersion.objects.filter(pk=version_id).values_list("code", flat=True).first()
            if code != tariff.code:
                raise NotLaw("code", _("代码不能改；请新建计费规则。"))
            open_ones = TariffVersion.objects.filter(pk=version_id, status__in=(Status.DRAFT, Status.TRIED))
            if not open_ones.update(**fields):
                raise NotLaw("", _("该版本已批准或撤回，不能修改；请复制为新版本。"))
            return TariffVersion.objects.get(pk=version_id)
        newest = TariffVersion.objects.filter(code=tariff.code).aggregate(Max("version"))["version__max"] or 0
        return TariffVersion.objects.create(code=tariff.code, version=newest + 1, **fields)


def copy(version_id: int, *, by: User | None, now: datetime) -> TariffVersion:
    """A draft that begins as a copy of a version. Raises NotLaw."""
    source = TariffVersion.objects.get(pk=version_id)
    return write(dict(source.document), in_force_from=max(source.in_force_from, now), by=by)


def try_out(version_id: int, *, now: datetime) -> TariffVersion:
    """Draft to tried, once its worked examples come out as they say. Raises NotLaw."""
    version = TariffVersion.objects.get(pk=version_id)
    wrong = engine.differences(tariff=parsed(version.document), calendar=calendar())
    if wrong:
        first = wrong[0]
        raise NotLaw(
            "examples",
            _("有 %(count)d 个算例与规则不符，如 %(at)s 驶入的一例：应为 %(right)s，算得 %(found)s（最小货币单位）。")
            % {
                "count": len(wrong),
                "at": f"{first.example.arrived_at:%F %H:%M}",
                "right": first.example.amount_fen,
                "found": first.amount_fen,
            },
        )
    if not TariffVersion.objects.filter(pk=version_id, status=Status.DRAFT).update(status=Status.TRIED, tried_at=now):
        raise NotLaw("", _("只有草稿可以试算。"))
    return TariffVersion.objects.get(pk=version_id)


def approve(version_id: int, *, by: User, now: datetime) -> TariffVersion:
    """Tried to approved, by another person than the one who wrote it, for a moment still to come. Raises NotLaw."""
    version = TariffVersion.objects.select_related("zone").get(pk=version_id)
    if version.status != Status.TRIED:
        raise NotLaw("", _("须先试算，再由第二人批准。"))
    if version.written_by_id == by.pk:
        raise NotLaw("approved_by", _("起草人不能批准自己的规则，请由第二人批准。"))
    if version.in_force_from <= now:
        raise NotLaw("in_force_from", _("生效时间已过。已开始的停放按旧规则计费，请改为以后的时间。"))
    other = clashing(version)
    if other is not None:
        raise NotLaw("in_force_from", _("同一区域、同一时刻已有 %s 生效。") % other)
    try:
        with transaction.atomic():
            done = TariffVersion.objects.filter(
                pk=version_id, status=Status.TRIED, written_by=version.written_by, document=version.document
            ).update(status=Status.APPROVED, approved_by=by, approved_at=now)
    except IntegrityError as error:  # somebody else's became law for the same instant just now
        raise NotLaw("in_force_from", _("同一区域、同一时刻已有另一版本生效。")) from error
    if not done:
        raise NotLaw("", _("该版本刚被修改，请重新查看。"))
    return TariffVersion.objects.get(pk=version_id)


def withdraw(version_id: int, *, from_at: datetime, now: datetime) -> TariffVersion:
    """Take a version out of force from a moment on, not before now; a draft at once. Raises NotLaw.

    Stays that arrive from then on are priced by the version before it; what it has billed stays explained by it.
    """
    version = TariffVersion.objects.get(pk=version_id)
    if version.status == Status.APPROVED:
        if from_at < now and version.in_force_from < now:
            raise NotLaw("withdrawn_from", _("失效时间不能早于现在。"))
        end = max(from_at, version.in_force_from)
        done = TariffVersion.objects.filter(pk=version_id, status=Status.APPROVED).update(
            status=Status.WITHDRAWN, withdrawn_from=end
        )
    else:
        done = TariffVersion.objects.filter(pk=version_id, status__in=(Status.DRAFT, Status.TRIED)).update(
            status=Status.WITHDRAWN
        )
    if not done:
        raise NotLaw("", _("该版本已撤回。"))
    return TariffVersion.objects.get(pk=version_id)
