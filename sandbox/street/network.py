"""The street as the simulator needs it: berths in their order along each road, and the devices that watch them.

Reads the same files as the platform's `load_network`, but on its own: nothing here knows the platform.
"""

import csv
import gzip
import io
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

KINDS = ("geomagnetic", "high_camera", "low_camera", "patrol")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device and the berths it watches, in their order along the road; a patrol vehicle watches none for good."""

    code: str
    kind: str
    codec: str
    source: str
    berths: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Street:
    """`roads` lists each road's berths in order; `places` gives (longitude, latitude)."""

    roads: dict[str, list[str]] = field(default_factory=dict)
    devices: list[Device] = field(default_factory=list)
    places: dict[str, tuple[float, float]] = field(default_factory=dict)

    def road_of(self) -> dict[str, str]:
        """The road of each berth."""
        return {berth: road for road, berths in self.roads.items() for berth in berths}

    def only(self, berths: int) -> "Street":
        """A smaller street with about so many berths, some of every road and whole devices only."""
        share = berths / max(1, sum(map(len, self.roads.values())))
        if share >= 1:
            return self
        road_of, taken = self.road_of(), dict.fromkeys(self.roads, 0)
        kept: list[Device] = []
        for device in self.devices:
            if not device.berths:
                kept.append(device)
                continue
            road = road_of[device.berths[0]]
            if taken[road] < max(1, round(len(self.roads[road]) * share)):
                taken[road] += len(device.berths)
                kept.append(device)
        watched = {berth for device in kept for berth in device.berths}
        return self._with(kept, watched)

    def leaving(self, berths: int) -> "Street":
        """The street without the first so many berths of each road: nobody parks there and no device speaks of them."""
        left = {berth for all_ in self.roads.values() for berth in all_[berths:]}
        kept = [replace(device, berths=tuple(b for b in device.berths if b in left)) for device in self.devices]
        patrols = {device.code for device in self.devices if not device.berths}
        return self._with([device for device in kept if device.berths or device.code in patrols], left)

    def _with(self, devices: list[Device], berths: set[str]) -> "Street":
        roads = {road: [berth for berth in all_ if berth in berths] for road, all_ in self.roads.items()}
        return Street(
            roads={road: left for road, left in roads.items() if left},
            devices=devices,
            places={berth: place for berth, place in self.places.items() if berth in berths},
        )


def read_network(path: Path) -> Street:
    """The street of a CSV or GeoJSON file, gzipped or not. Trusts its form: the platform's own loader is the judge."""
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    text = content.decode("utf-8-sig")
    if text.lstrip()[:1] == "{":
        rows = [
            feature["properties"] for feature in json.loads(text)["features"] if _has_something(feature["properties"])
        ]
    else:
        rows = list(csv.DictReader(io.StringIO(text)))
    return _street(rows)


def _has_something(properties: dict[str, object]) -> bool:
    return bool(properties.get("berth") or properties.get("device"))


def _street(rows: list[dict[str, str]]) -> Street:
    street = Street()
    watched: dict[str, list[str]] = {}
    about: dict[str, tuple[str, str, str]] = {}
    for row in rows:
        berth, device = row.get("berth") or "", row.get("device") or ""
        if berth and berth not in street.places:
            street.roads.setdefault(row["road"], []).append(berth)
            street.places[berth] = (float(row["lon"] or 0), float(row["lat"] or 0))
        if device:
            about[device] = (row["device_kind"], row.get("codec") or "", row.get("source") or "")
            seen = watched.setdefault(device, [])
            if berth and row["device_kind"] != "patrol":
                seen.append(berth)
    street.devices = [
        Device(code=code, kind=kind, codec=codec, source=source, berths=tuple(watched[code]))
        for code, (kind, codec, source) in about.items()
    ]
    return street
