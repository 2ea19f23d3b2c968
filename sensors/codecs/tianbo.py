"""天泊 concentrator over raw TCP: LF, JSON, CR; keep-alives in single quotes; no login, no time and no state.

The server decides: the change of the magnetic field against the empty berth and the infrared distance are weighed into
a score of 0 to 1000, and 500 means a car. The empty field is learnt, because the first raw field is no change.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from parking.domain.events import Kind
from sensors.codecs.fields import event_id, fingerprint, number, parse, record, rows, text, text_of, whole
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import Reply

__all__ = ["Memory", "answer", "decode", "score"]

LINE_LIMIT = 1024
OCCUPIED_FROM = 500
_FREE_CM = 100  # nothing stands above the sensor at this infrared distance
_FOLLOW = 0.1  # how much of a vacant berth's field moves the remembered one

# Knots of the vendor's two curves: field change in raw units, and distance in cm, each to per cent of "occupied".
_BY_FIELD = ((0, 1), (10, 1), (40, 10), (120, 83), (150, 98), (200, 99), (300, 99))
_BY_DISTANCE = ((0, 99), (10, 99), (30, 98), (40, 80), (65, 10), (75, 3), (100, 1), (110, 1))
_FIELD_WEIGHT, _DISTANCE_WEIGHT = 55, 45

_KINDS = {
    (True, True): Kind.ARRIVAL,
    (False, True): Kind.DEPARTURE,
    (True, False): Kind.OCCUPIED,
    (False, False): Kind.VACANT,
}

Field = tuple[float, float, float]


def score(*, change: int, distance_cm: int) -> int:
    """0 to 1000 from the field's change (raw units) and the infrared distance; `OCCUPIED_FROM` and above is a car."""
    weighed = _curve(_BY_FIELD, change) * _FIELD_WEIGHT + _curve(_BY_DISTANCE, distance_cm) * _DISTANCE_WEIGHT
    return (weighed + 5) // 10


def _curve(knots: tuple[tuple[int, int], ...], at: int) -> int:
    """Straight lines between knots, in whole numbers cut towards the knot before, as the vendor computes."""
    if at >= knots[-1][0]:
        return knots[-1][1]
    for (left, low), (right, high) in pairwise(knots):
        if at <= right:
            return low + math.trunc(max(at - left, 0) * (high - low) / (right - left))
    return knots[-1][1]


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """Telemetry of the concentrator and its sensors.

    With `base.<ID>=x,y,z` (the empty field) in the query also each sensor's state, and with `was.<ID>=0|1` (its state
    before) the change when it differs; a `Memory` keeps both. Each line is a message.
    """
    found: list[Reading | CodecError] = []
    for line in text_of(body).replace("\r", "\n").split("\n"):
        if not line.strip():
            continue
        try:
            found.extend(_message(line.strip(), received_at, query))
        except CodecError as error:
            found.append(error)
    return batch(found)


def _message(line: str, received_at: datetime, query: Mapping[str, str]) -> list[Reading]:
    if len(line) > LINE_LIMIT:
        raise CodecError("too_long", f"a line is longer than {LINE_LIMIT} characters")
    data = record(parse(line if '"' in line else line.replace("'", '"')), "")
    hour = int(received_at.timestamp()) // 3600
    found: list[Reading] = []
    concentrator = text(data, "CID", limit=40)
    if concentrator and concentrator != "-1":
        volts = number(data, "V")
        found.append(
            Reading(
                device=concentrator,
                event_id=event_id(concentrator, fingerprint(data, hour)),
                sequence=whole(data, "N"),
                battery_v=volts / 100 if volts else None,
                detail=f"error {code}" if (code := text(data, "Err")) else "",
                extra={"path": text(data, "PATH"), "relay_signal": number(data, "SQ")},
            )
        )
    sensors = rows(data["MAG"], "MAG") if data.get("MAG") is not None else []
    found.extend(_sensor(record(item, "MAG"), hour, query) for item in sensors)
    return found


def _sensor(data: dict[str, object], hour: int, query: Mapping[str, str]) -> Reading:
    device = text(data, "ID", limit=40)
    if not device:
        raise CodecError("missing", "a sensor without ID", "ID")
    axes = [number(data, axis) for axis in ("X", "Y", "Z")]
    distance = number(data, "D")
    volts = number(data, "V")
    extra: dict[str, object] = {"quality": number(data, "Q"), "distance_cm": distance}
    kind: Kind | None = None
    changed = False
    if distance is not None and None not in axes:
        now = (axes[0] or 0.0, axes[1] or 0.0, axes[2] or 0.0)
        extra["field"] = list(now)
        empty = _given(query.get(f"base.{device}", ""))
        if empty is not None:
            points = score(change=math.floor(math.dist(now, empty)), distance_cm=max(0, int(distance)))
            extra["score"] = points
            occupied = points >= OCCUPIED_FROM
            changed = query.get(f"was.{device}") == str(int(not occupied))
            kind = _KINDS[occupied, changed]
    return Reading(
        device=device,
        event_id=event_id(device, text(data, "N"), fingerprint(axes, distance, hour)[:12]),
        kind=kind,
        heartbeat=kind is not None and not changed,
        sequence=whole(data, "N"),
        battery_v=volts / 100 if volts else None,
        detail=f"error {code}" if (code := text(data, "Err")) else "",
        extra=extra,
    )


def _given(written: str) -> Field | None:
    try:
        x, y, z = (float(item) for item in written.split(","))
    except ValueError:
        return None
    return x, y, z


@dataclass(slots=True)
class Memory:
    """What a listener remembers of its sensors: the empty field of each, and its last state.

    The empty field is taken when infrared sees nothing above the sensor, and follows slowly while the berth is vacant.
    """

    empty: dict[str, Field] = field(default_factory=dict)
    occupied: dict[str, bool] = field(default_factory=dict)

    def query(self, found: Iterable[Reading | CodecError]) -> dict[str, str]:
        """What `decode` must be told to judge a message, whose bare readings these are. Learns empty fields."""
        told: dict[str, str] = {}
        for reading in found:
            if isinstance(reading, CodecError):
                continue
            axes, distance = reading.extra.get("field"), reading.extra.get("distance_cm")
            if not isinstance(axes, list) or not isinstance(distance, float):
                continue
            if reading.device not in self.empty and distance >= _FREE_CM:
                self.empty[reading.device] = (axes[0], axes[1], axes[2])
            if reading.device in self.empty:
                told[f"base.{reading.device}"] = ",".join(str(axis) for axis in self.empty[reading.device])
            if reading.device in self.occupied:
                told[f"was.{reading.device}"] = str(int(self.occupied[reading.device]))
        return told

    def learn(self, found: Iterable[Reading | CodecError]) -> None:
        """Take over the states of judged readings, once they are stored."""
        for reading in found:
            if isinstance(reading, CodecError):
                continue
            axes = reading.extra.get("field")
            if reading.kind is None or not isinstance(axes, list):
                continue
            self.occupied[reading.device] = reading.kind in (Kind.ARRIVAL, Kind.OCCUPIED)
            if not self.occupied[reading.device]:
                x, y, z = self.empty.get(reading.device, (axes[0], axes[1], axes[2]))
                self.empty[reading.device] = (
                    x + (axes[0] - x) * _FOLLOW,
                    y + (axes[1] - y) * _FOLLOW,
                    z + (axes[2] - z) * _FOLLOW,
                )


def answer(ok: bool, error: CodecError | None) -> Reply:
    """`OK`, as the concentrator expects; nothing when it was not stored, so that it sends again."""
    return Reply(200, "text/plain", b"OK") if ok or error is not None else Reply(503, "text/plain", b"")
