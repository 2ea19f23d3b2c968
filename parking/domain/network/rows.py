"""What a row of a network file may say, and what makes it wrong."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

WATCH_COLUMNS = ("device", "device_kind", "codec", "source")
_LIMITS = {"road": 32, "road_name": 64, "road_name_en": 64, "zone": 32, "berth": 32}
_CODE = re.compile(r"[\w./:-]+")
_FULL_CODE = re.compile(r"[0-9]{14}")
_DISTRICT = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken: the line (CSV) or ordinal of the feature (GeoJSON), the field and the reason."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadRow:
    """What one row says of its road. Empty where it says nothing; `geometry` is GeoJSON in WGS-84."""

    line: int
    code: str
    name: str
    zone: str
    name_en: str = ""
    district: str = ""
    phase: int | None = None
    geometry: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BerthRow:
    """One berth, its road, and the columns that are not the kerb's business (`watches`, a mapping a device)."""

    line: int
    road: RoadRow
    code: str
    longitude: float | None
    latitude: float | None
    full_code: str = ""
    geometry: Mapping[str, object] = field(default_factory=dict)
    watches: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRow:
    """A row with a device and no kerb: a patrol vehicle, which stands at no berth."""

    line: int
    watch: Mapping[str, str]


Row = RoadRow | BerthRow | DeviceRow | Refusal


class Wrong(Exception):
    """What makes a row refused: the field's name and the reason."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name
        self.reason = reason


def row(
    line: int,
    said: Mapping[str, object],
    geometry: Mapping[str, object] | None = None,
    centre: tuple[float, float] | None = None,
) -> Row:
    """The row that a CSV line or a feature's properties come to. A geometry, where there is one, must be checked.

    `centre` is where the geometry's middle lies; without one the columns lon and lat say it.
    """
    try:
        watches = _watches(said)
        if watches and not said.get("road") and not said.get("berth"):
            return DeviceRow(line=line, watch=watches[0])
        road = road_row(line, said, {})
        code = _code(said, "berth")
        place = centre or _place(said)
        full_code = str(said.get("code") or said.get("full_code") or "")
        if full_code and not _FULL_CODE.fullmatch(full_code):
            raise Wrong("code", f"{full_code[:40]!r} is not 14 digits (district, road, berth)")
        return BerthRow(
            line=line,
            road=road,
            code=code,
            longitude=place[0],
            latitude=place[1],
            full_code=full_code,
            geometry=geometry or {},
            watches=watches,
        )
    except Wrong as wrong:
        return Refusal(line, wrong.name, wrong.reason)


def _place(said: Mapping[str, object]) -> tuple[float, float] | tuple[None, None]:
    """The columns lon and lat; both may be empty where nobody has measured the berth yet, one alone may not."""
    if said.get("lon") in (None, "") and said.get("lat") in (None, ""):
        return None, None
    place = (degrees(said, "lon", 180), degrees(said, "lat", 90))
    if place == (0.0, 0.0):
        raise Wrong("lon", "0, 0 is where a receiver without a fix is, not a berth")
    return place


def _watches(said: Mapping[str, object]) -> tuple[Mapping[str, str], ...]:
    listed = said.get("devices")
    entries = listed if isinstance(listed, list) else [said]
    watches = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise Wrong("devices", "must be a list of objects")
        watch = {}
        for name in WATCH_COLUMNS:
            value = entry.get(name)
            if value is not None and not isinstance(value, str):
                raise Wrong(name, f"must be text, not {value!r:.40}")
            watch[name] = (value or "").strip()
        if any(watch.values()):
            watches.append(watch)
    return tuple(watches)


def road_row(line: int, said: Mapping[str, object], geometry: Mapping[str, object]) -> RoadRow:
    """What these columns or properties say of a road; raises Wrong."""
    district, phase = said.get("district") or "", said.get("phase")
    if district and not _DISTRICT.fullmatch(str(district)):
        raise Wrong("district", f"{district!r:.40} is not six digits")
    if phase in (None, ""):
        phase = None
    elif not str(phase).isascii() or not str(phase).isdigit() or int(str(phase)) > 99:
        raise Wrong("phase", f"{phase!r:.40} is not a small whole number")
    return RoadRow(
        line=line,
        code=_code(said, "road"),
        name=_words(said, "road_name"),
        name_en=_words(said, "road_name_en") if said.get("road_name_en") else "",
        zone=_words(said, "zone"),
        district=str(district),
        phase=None if phase is None else int(str(phase)),
        geometry=geometry,
    )


def _words(said: Mapping[str, object], name: str) -> str:
    value = said.get(name)
    if value is None or value == "":
        raise Wrong(name, "is empty")
    if not isinstance(value, str):
        raise Wrong(name, f"must be text, not {value!r:.40}")
    if len(value) > _LIMITS[name]:
        raise Wrong(name, f"is longer than {_LIMITS[name]} signs")
    if not value.isprintable():
        raise Wrong(name, "holds a control character")
    return value


def _code(said: Mapping[str, object], name: str) -> str:
    value = _words(said, name)
    if not _CODE.fullmatch(value):
        raise Wrong(name, f"{value!r} is no code: letters, digits and . / : _ - only")
    return value


def degrees(said: Mapping[str, object], name: str, limit: float) -> float:
    """A number of degrees between minus and plus `limit`; raises Wrong."""
    value = said.get(name)
    if value is None or value == "":
        raise Wrong(name, "is empty")
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Wrong(name, f"{value!r:.40} is not a number of degrees")
    if abs(number) > limit:
        swapped = " (are lon and lat swapped?)" if name == "lat" and abs(number) <= 180 else ""
        raise Wrong(name, f"{number:g} lies outside -{limit:g} to {limit:g}{swapped}")
    return number
