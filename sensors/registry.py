"""The register of devices as a table: who stands where and since when, out as CSV and in again, line by line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from parking.domain.events import Witness
from parking.models import Berth
from parking.permits.registering import Refused, Registered
from sensors.codecs import CODECS
from sensors.models import Device, Installation, Source

COLUMNS = ("device", "kind", "codec", "source", "active", "channel", "berth", "installed_at", "removed_at")
EXAMPLE = """device,kind,codec,source,active,channel,berth,installed_at,removed_at
70b3d5e75e000001,geomagnetic,tts,lora,yes,,XA01-001,2026-11-23T08:00:00+08:00,
CAM-0012,high_camera,signaltone,posts,yes,3,XA01-002,,"""
_KINDS = (Witness.GEOMAGNETIC, Witness.HIGH_CAMERA, Witness.LOW_CAMERA, Witness.PATROL, Witness.UNKNOWN)
_YES, _NO = {"", "yes", "true", "1", "是"}, {"no", "false", "0", "否"}
_EVER = datetime.max.replace(tzinfo=UTC)


class _Wrong(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


@dataclass(slots=True)
class _Book:
    """The register in memory: what stood, what the lines so far made of it, and what must be written."""

    now: datetime
    devices: dict[str, Device]
    sources: dict[str, Source]
    berths: dict[str, Berth]
    stays: dict[str, list[Installation]]
    told: dict[str, int] = field(default_factory=dict)
    added: list[Device] = field(default_factory=list)
    changed: dict[str, Device] = field(default_factory=dict)
    installed: list[Installation] = field(default_factory=list)
    ended: list[Installation] = field(default_factory=list)

    def enter(self, line: int, row: Mapping[str, str]) -> bool:
        """Take one line in; whether it changed anything. Raises _Wrong, and then nothing of it was taken."""
        said = {name: (row.get(name) or "").strip() for name in COLUMNS}
        device = self._device(line, said)
        stay = self._stay(said, device)
        known = self.devices.get(device.code)
        before = len(self.installed) + len(self.ended)
        if stay is not None:
            self._place(stay, known or device)
        self.told.setdefault(device.code, line)
        if known is None:
            self.devices[device.code] = device
            self.added.append(device)
            return True
        fresh = _differs(known, device)
        if fresh:
            known.kind, known.codec, known.source, known.active = (
                device.kind, device.codec, device.source, device.active,
            )  # fmt: skip
            if known.pk:
                self.changed[known.code] = known
        return fresh or len(self.installed) + len(self.ended) > before

    def _device(self, line: int, said: dict[str, str]) -> Device:
        code, kind, codec = said["device"], said["kind"], said["codec"]
        if not code or len(code) > 64 or not code.isprintable():
            raise _Wrong("device", _("缺失、超过 64 个字符或含有控制字符"))
        if kind not in _KINDS:
            raise _Wrong("kind", _("应为其中之一：%s") % ", ".join(_KINDS))
        if codec and codec not in CODECS:
            raise _Wrong("codec", _("应为其中之一：%s") % ", ".join(sorted(CODECS)))
        source = self.sources.get(said["source"])
        if said["source"] and source is None:
            raise _Wrong("source", _("没有这个数据来源，请先建立"))
        if said["active"].lower() not in _YES | _NO:
            raise _Wrong("active", _("应为 yes 或 no"))
        device = Device(code=code, kind=kind, codec=codec, source=source, active=said["active"].lower() in _YES)
        first = self.told.get(code)
        if first is not None and _differs(self.devices[code], device):
            raise _Wrong("device", _("与第 %d 行对同一设备的说明不一致") % first)
        return device

    def _stay(self, said: dict[str, str], device: Device) -> Installation | None:
        if not said["berth"]:
            for name in ("channel", "installed_at", "removed_at"):
                if said[name]:
                    raise _Wrong("berth", _("填写了 %s，但没有泊位") % name)
            return None
        berth = self.berths.get(said["berth"])
        if berth is None:
            raise _Wrong("berth", _("没有这个泊位"))
        if device.kind == Witness.PATROL:
            raise _Wrong("berth", _("巡检车不固定在泊位"))
        if len(said["channel"]) > 32:
            raise _Wrong("channel", _("超过 32 个字符"))
        installed_at, removed_at = _moment(said, "installed_at"), _moment(said, "removed_at")
        if removed_at and removed_at <= (installed_at or self.now):
            raise _Wrong("removed_at", _("早于或等于安装时间"))
        return Installation(
            channel=said["channel"], berth=berth, installed_at=installed_at or self.now, removed_at=removed_at
        )

    def _place(self, stay: Installation, device: Device) -> None:
        """One period more, or the end of one; a sensor that now lies elsewhere has left its old place then."""
        stays = self.stays.setdefault(device.code, [])
        beside = [each for each in stays if each.channel == stay.channel]
        here = [each for each in beside if each.berth_id == stay.berth_id]
        for each in here:
            if (each.installed_at, each.removed_at) == (stay.installed_at, stay.removed_at):
                return
            if each.removed_at is None and stay.installed_at in (each.installed_at, self.now):
                if stay.removed_at is not None:
                    if stay.removed_at <= each.installed_at:
                        raise _Wrong("removed_at", _("早于或等于安装时间"))
                    self._end(each, stay.removed_at)
                return
        single = device.kind == Witness.GEOMAGNETIC or bool(stay.channel)
        leaving = []
        for each in beside if single else here:
            if not _overlap(each, stay):
                continue
            if each.removed_at is None and each.installed_at < stay.installed_at and each.berth_id != stay.berth_id:
                leaving.append(each)
                continue
            raise _Wrong(
                "installed_at",
                _("与该设备在泊位 %(berth)s 的安装期间（自 %(since)s）重叠")
                % {"berth": each.berth.code, "since": each.installed_at.isoformat()},
            )
        for each in leaving:
            self._end(each, stay.installed_at)
        stay.device = device
        stays.append(stay)
        self.installed.append(stay)

    def _end(self, stay: Installation, at: datetime) -> None:
        stay.removed_at = at
        if stay.pk:
            self.ended.append(stay)

    def write(self) -> None:
        """Store what the lines came to: a handful of statements."""
        Device.objects.bulk_create(self.added)
        Device.objects.bulk_update(list(self.changed.values()), ["kind", "codec", "source", "active"], batch_size=500)
        Installation.objects.bulk_update(self.ended, ["removed_at"], batch_size=500)
        for stay in self.installed:
            stay.device = self.devices[stay.device.code]
        Installation.objects.bulk_create(self.installed)


def load(rows: Iterable[tuple[int, Mapping[str, str]]], *, now: datetime) -> Registered:
    """Enter (line, row) in the register, in one transaction; a refused line spares the others and says why.

    `installed_at` is now where a line says nothing. A magnetometer, or a channel, that a line puts at another berth
    leaves its old one at that moment: what it told before stays told there. The same table twice changes nothing.
    """
    lines = list(rows)
    result = Registered()
    with transaction.atomic():
        book = _open(lines, now)
        for line, row in lines:
            try:
                fresh = book.enter(line, row)
            except _Wrong as wrong:
                result.refused.append(Refused(line, wrong.column, wrong.reason))
                continue
            if fresh:
                result.added += 1
            else:
                result.unchanged += 1
        book.write()
    return result


def _open(lines: list[tuple[int, Mapping[str, str]]], now: datetime) -> _Book:
    def said(name: str) -> set[str]:
        return {(row.get(name) or "").strip() for _line, row in lines}

    devices = {each.code: each for each in Device.objects.select_for_update().filter(code__in=said("device"))}
    stays: dict[str, list[Installation]] = {}
    history = Installation.objects.filter(device__code__in=said("device")).select_related("device", "berth")
    for each in history.order_by("installed_at"):
        stays.setdefault(each.device.code, []).append(each)
    return _Book(
        now=now,
        devices=devices,
        sources={each.name: each for each in Source.objects.filter(name__in=said("source"))},
        berths={each.code: each for each in Berth.objects.filter(code__in=said("berth"))},
        stays=stays,
    )


def rows() -> Iterator[dict[str, str]]:
    """The whole register in the form that `load` takes: a line for each installation, past ones too."""
    devices = Device.objects.select_related("source").prefetch_related("installations__berth").order_by("code")
    for device in devices.iterator(chunk_size=2000):
        about = {
            "device": device.code,
            "kind": device.kind,
            "codec": device.codec,
            "source": device.source.name if device.source else "",
            "active": "yes" if device.active else "no",
        }
        stays = sorted(device.installations.all(), key=lambda each: (each.installed_at, each.pk))
        for stay in stays:
            yield about | {
                "channel": stay.channel,
                "berth": stay.berth.code,
                "installed_at": stay.installed_at.isoformat(),
                "removed_at": stay.removed_at.isoformat() if stay.removed_at else "",
            }
        if not stays:
            yield about | dict.fromkeys(("channel", "berth", "installed_at", "removed_at"), "")


def _moment(said: dict[str, str], name: str) -> datetime | None:
    if not said[name]:
        return None
    try:
        at = parse_datetime(said[name])
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise _Wrong(name, _("应为带时区的 RFC 3339 时间"))
    return at


def _overlap(one: Installation, other: Installation) -> bool:
    return one.installed_at < (other.removed_at or _EVER) and other.installed_at < (one.removed_at or _EVER)


def _differs(one: Device, other: Device) -> bool:
    return any(getattr(one, name) != getattr(other, name) for name in ("kind", "codec", "source_id", "active"))
