"""Tariffs from files become law at once: for setting up, and for who holds the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from parking.domain import tariff as engine
from parking.models import TariffVersion, Zone
from parking.tariffs.clashes import clashing


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one document of a file."""

    code: str
    version: int
    state: str  # created, unchanged, refused
    reason: str = ""
    path: str = ""
    zone: str = ""


def load(documents: Sequence[Any], *, now: datetime) -> list[Loaded]:
    """Store tariff documents as approved versions: a changed document becomes the next version, an equal one nothing.

    Each document is taken or refused by itself; a refusal has the path of the field and the reason in both languages.
    """
    return [_load(document, index, now) for index, document in enumerate(documents)]


def _load(document: Any, index: int, now: datetime) -> Loaded:
    if not isinstance(document, dict):
        return Loaded("", 0, "refused", "计费规则应为 JSON 对象 (a tariff must be an object)", f"[{index}]")
    body = engine.explicit(document)
    code = str(body.get("code", ""))
    try:
        tariff = engine.parse(body)
    except engine.TariffError as error:
        return Loaded(code, 0, "refused", f"{error.reason_zh} ({error.reason_en})", error.path)
    with transaction.atomic():
        zone: Zone | None = None
        if tariff.zone:
            zone, _ = Zone.objects.get_or_create(code=tariff.zone, defaults={"name": tariff.zone})
        same = TariffVersion.objects.filter(
            code=code, zone=zone, document=body, status=TariffVersion.Status.APPROVED
        ).first()
        if same is not None:
            return Loaded(code, same.version, "unchanged", zone=tariff.zone)
        newest = TariffVersion.objects.filter(code=code).aggregate(Max("version"))["version__max"] or 0
        made = TariffVersion(
            code=code,
            version=newest + 1,
            zone=zone,
            name=tariff.name.zh[:128],
            status=TariffVersion.Status.APPROVED,
            in_force_from=tariff.in_force_from or now,
            vehicle_classes=sorted(tariff.document.for_classes),
            document=body,
            approved_at=now,
        )
        other = clashing(made)
        if other is not None:
            transaction.set_rollback(True)
            reason = f"同一区域、同一时刻已有 {other} 生效 ({other} comes into force in this zone at the same instant)"
            return Loaded(code, 0, "refused", reason, "in_force_from")
        made.save()
    return Loaded(code, made.version, "created", zone=tariff.zone)
