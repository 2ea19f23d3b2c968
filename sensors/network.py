"""Bringing a whole network from a file: roads and berths through parking, then sources, devices and installations."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import connection, transaction

from parking import network
from parking.domain.events import Witness
from parking.domain.network import BerthRow, DeviceRow, Refusal, RoadRow, Row, read
from parking.network import Count
from sensors.codecs import CODECS
from sensors.models import Device, Installation, Source

KINDS = {Witness.GEOMAGNETIC, Witness.HIGH_CAMERA, Witness.LOW_CAMERA, Witness.PATROL}
# Nobody wrote down when a device of the first file was installed; events from before the load must find it.
EVER = datetime(2010, 1, 1, tzinfo=UTC)
_INSTALL = """
INSERT INTO sensors_installation (device_id, berth_id, installed_at, channel)
SELECT t.*, '' FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS t(device_id, berth_id, installed_at)
"""
_LIMITS = {"device": 64, "source": 64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One device as a row tells it; `berth` is empty for a patrol vehicle, which stands at none."""

    line: int
    device: str
    kind: Witness
    codec: str
    source: str
    berth: str = ""


@dataclass(slots=True, kw_only=True)
class Report:
    """What became of a file, by kind of thing, with every refused row in order of line."""

    rows: int = 0
    counts: dict[str, Count] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    new_sources: list[str] = field(default_factory=list)


def load(content: bytes, *, now: datetime, gcj02: bool = False, dry_run: bool = False) -> Report:
    """Load a CSV or GeoJSON network (see docs/network.md) in one transaction; the same file twice changes nothing.

    `gcj02` says in which datum the file's places are. A `dry_run` reports and writes nothing. Raises NetworkFileError
    when the file can't be read at all.
    """
    report = Report()
    with transaction.atomic():
        watches: dict[int, list[Watch]] = {}
        rows = _taken(read(content), report, watches)
        loaded = network.load(network.in_wgs84(row) for row in rows) if gcj02 else network.load(rows)
        report.refused.extend(loaded.refused)
        report.refused.sort(key=lambda refusal: refusal.line)
        bad = {refusal.line for refusal in loaded.refused}
        good = [watch for line, found in watches.items() if line not in bad for watch in found]
        report.counts = {"zones": loaded.zones, "roads": loaded.roads, "berths": loaded.berths_count}
        _load_devices(good, loaded.berths, report, now)
        if dry_run:
            transaction.set_rollback(True)
    return report


def _taken(rows: Iterable[Row], report: Report, watches: dict[int, list[Watch]]) -> Iterator[RoadRow | BerthRow]:
    """Hand on the rows whose device columns are right; what they say of devices is gathered in `watches` by line."""
    first: dict[str, Watch] = {}
    for row in rows:
        report.rows += 1
        if isinstance(row, Refusal):
            report.refused.append(row)
            continue
        if isinstance(row, RoadRow):
            yield row
            continue
        found = _watches(row, first)
        if isinstance(found, Refusal):
            report.refused.append(found)
            continue
        for watch in found:
            first.setdefault(watch.device, watch)
        watches[row.line] = found
        if isinstance(row, BerthRow):
            yield row


def _watches(row: BerthRow | DeviceRow, first: dict[str, Watch]) -> list[Watch] | Refusal:
    said = (row.watch,) if isinstance(row, DeviceRow) else row.watches
    berth = row.code if isinstance(row, BerthRow) else ""
    found = []
    for each in said:
        watch = _watch(row.line, berth, **each)
        if isinstance(watch, Refusal):
            return watch
        refusal = _contradicts(watch, first.get(watch.device))
        if refusal is not None:
            return refusal
        found.append(watch)
    return found


def _watch(line: int, berth: str, *, device: str, device_kind: str, codec: str, source: str) -> Watch | Refusal:
    if not device:
        return Refusal(line, "device", "is empty, but its kind, codec or source is given")
    for name, value in (("device", device), ("source", source)):
        if len(value) > _LIMITS[name] or not value.isprintable():
            return Refusal(line, name, f"is longer than {_LIMITS[name]} signs or holds a control character")
    if device_kind not in KINDS:
        known = ", ".join(sorted(KINDS))
        return Refusal(line, "device_kind", f"{device_kind[:40]!r} is unknown (known: {known})")
    if codec and codec not in CODECS:
        return Refusal(line, "codec", f"{codec[:40]!r} is unknown (known: {', '.join(sorted(CODECS))})")
    kind = Witness(device_kind)
    if not berth and kind is not Witness.PATROL:
        return Refusal(line, "berth", "is empty: only a patrol vehicle stands at no berth")
    if kind is Witness.PATROL:
        berth = ""
    return Watch(line=line, device=device, kind=kind, codec=codec, source=source or codec or "neutral", berth=berth)


def _contradicts(watch: Watch, known: Watch | None) -> Refusal | None:
    if known is None:
        return None
    for name, value, before in (
        ("device_kind", watch.kind, known.kind),
        ("codec", watch.codec, known.codec),
        ("source", watch.source, known.source),
    ):
        if value != before:
            return Refusal(watch.line, name, f"device {watch.device} has {before!s} since line {known.line}")
    if watch.kind is Witness.GEOMAGNETIC and watch.berth != known.berth:
        reason = f"sensor {watch.device} lies in berth {known.berth} since line {known.line}; it can watch only one"
        return Refusal(watch.line, "device", reason)
    return None


def _load_devices(watches: list[Watch], berths: dict[str, int], report: Report, now: datetime) -> None:
    sources = _sources({watch.source: watch for watch in watches}, report, now)
    devices = Count()
    report.counts["devices"] = devices
    wanted = {
        watch.device: {"kind": watch.kind.value, "codec": watch.codec, "source_id": sources[watch.source]}
        for watch in watches
    }
    ids = network.upsert(Device, ("kind", "codec", "source_id"), wanted, devices)
    report.counts["installations"] = _install([watch for watch in watches if watch.berth], ids, berths, now)


def _sources(wanted: dict[str, Watch], report: Report, now: datetime) -> dict[str, int]:
    """The ids of the sources, made where missing: they have no key until `create_source` gives them one."""
    known = dict(Source.objects.filter(name__in=wanted).values_list("name", "id"))
    fresh = [
        Source(name=name, codec=watch.codec, witness=watch.kind.value, created_at=now)
        for name, watch in sorted(wanted.items())
        if name not in known
    ]
    Source.objects.bulk_create(fresh)
    report.new_sources = [source.name for source in fresh]
    report.counts["sources"] = Count(created=len(fresh), unchanged=len(known))
    return known | {source.name: source.pk for source in fresh}


def _install(watches: list[Watch], devices: dict[str, int], berths: dict[str, int], now: datetime) -> Count:
    """Say which device watches which berth from when on. A magnetic sensor found at another berth has moved there."""
    count = Count()
    standing: dict[int, dict[int, int]] = {}
    before: set[int] = set()
    history = Installation.objects.filter(device_id__in=list(devices.values()))
    for installation_id, device_id, berth_id, removed_at in history.values_list(
        "id", "device_id", "berth_id", "removed_at"
    ):
        before.add(device_id)
        if removed_at is None:
            standing.setdefault(device_id, {})[berth_id] = installation_id
    fresh: list[tuple[int, int, datetime]] = []
    moved: list[int] = []
    for device, berth, kind in dict.fromkeys((watch.device, watch.berth, watch.kind) for watch in watches):
        device_id, berth_id = devices[device], berths[berth]
        here = standing.get(device_id, {})
        if berth_id in here:
            count.unchanged += 1
            continue
        if kind is Witness.GEOMAGNETIC:
            moved.extend(here.values())
        fresh.append((device_id, berth_id, now if device_id in before else EVER))
    Installation.objects.filter(id__in=moved).update(removed_at=now)
    with connection.cursor() as cursor:
        cursor.execute(_INSTALL, [list(column) for column in zip(*fresh, strict=True)] if fresh else [[], [], []])
    count.created, count.updated = len(fresh), len(moved)
    return count
