"""Patrol vehicles: CSV rows as scan cars export them, and JSON batches. A read is a state seen, never a change.

CSV columns are found by name, whatever their number and order (Amsterdam's grew from 14 to 24 in two years). The bay
that the vehicle itself chose stands in its own column or, in a feed whose columns are shifted, under `GPS_Vehicle`; it
differs from the bay matched by geometry in one row of nine, so a read where the two differ is told with little trust.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from parking.domain.events import PLATE_COLORS, Kind
from sensors.codecs import clock
from sensors.codecs.fields import (
    BERTH_SIZE,
    DEVICE_SIZE,
    confidence,
    event_id,
    fingerprint,
    links,
    parse,
    part,
    plate,
    record,
    rows,
    text,
    text_of,
)
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]

LIMIT = 10_000
_ID = ("scan_id", "scanid", "id", "event_id")
_TIME = ("scan_moment", "scnmoment", "seen_at", "time", "observed_at")
_DEVICE = ("device_id", "device", "devcode")
_BERTH = ("berth", "parkeervak_id", "location_parkingbay")
_CHOSEN = ("gps_vehicle_col24_holds_bay_id", "chosen_berth", "gps_vehicle")
_PLATE = ("plate", "kenteken", "registration_number")
_SURE = ("plate_confidence", "reliability_anpr", "confidence")
_TWO_BERTHS = 0.5  # trust in the place of a read that two methods put in different bays
_BAY = re.compile(r"[0-9A-Za-z_-]{1,32}").fullmatch
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)").fullmatch
_TOO_FAR = "DISTANCE"
_AGAIN = "DOUBLESCAN"


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """One state per row. `?offset=+01:00` is the zone of times without one (Shanghai if not given), `?device=` the
    vehicle where the rows don't say; a row that is wrong is its CodecError with the line."""
    zone = _zone(query.get("offset", ""))
    written = text_of(body)
    is_json = written.lstrip()[:1] in ("{", "[")
    lines = _objects(parse(written)) if is_json else _table(written)
    if len(lines) > LIMIT:
        raise CodecError("too_many_events", f"more than {LIMIT} rows")
    found: list[Reading | CodecError] = []
    for number, line in lines:
        try:
            if isinstance(line, CodecError):
                raise line
            found.append(_row(line, zone, query))
        except CodecError as error:
            found.append(CodecError(error.code, f"line {number}: {error.message}", error.field))
    return found


def _table(written: str) -> list[tuple[int, dict[str, object] | CodecError]]:
    head = written.partition("\n")[0]
    reader = csv.reader(io.StringIO(written), delimiter=";" if head.count(";") > head.count(",") else ",")
    try:
        names = [name.strip().lower() for name in next(reader)]
        if not set(names) & set(_TIME) or not set(names) & set(_ID):
            raise CodecError("bad_header", "the first line names no id and no time")
        found: list[tuple[int, dict[str, object] | CodecError]] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(names):
                wrong = CodecError("bad_row", f"{len(row)} columns where the header has {len(names)}")
                found.append((reader.line_num, wrong))
            else:
                found.append((reader.line_num, dict(zip(names, row, strict=True))))
    except StopIteration:
        raise CodecError("bad_header", "the body is empty") from None
    except csv.Error as reason:
        raise CodecError("bad_csv", f"the body is not CSV: {str(reason)[:80]}") from None
    return found


def _objects(data: object) -> list[tuple[int, dict[str, object] | CodecError]]:
    if isinstance(data, dict):
        top = record(data, "")
        data = next((top[key] for key in ("scans", "events", "reads") if key in top), [top])
    found: list[tuple[int, dict[str, object] | CodecError]] = []
    for number, item in enumerate(rows(data, "scans"), start=1):
        try:
            found.append((number, {key.lower(): value for key, value in record(item, "scans").items()}))
        except CodecError as error:
            found.append((number, error))
    return found


def _row(row: dict[str, object], zone: timezone, query: Mapping[str, str]) -> Reading:
    moment = clock.local(text(row, *_TIME) or None, "time", zone=zone)
    verdict = text(row, "qualcode")
    berth = text(row, *_BERTH, limit=BERTH_SIZE)
    chosen = text(row, *_CHOSEN)
    chosen = chosen if _BAY(chosen) else ""
    berth = berth or chosen[:BERTH_SIZE]
    device = text(row, *_DEVICE, limit=DEVICE_SIZE) or query.get("device", "")[:DEVICE_SIZE]
    kind: Kind | None = Kind.VACANT if row.get("empty") is True or text(row, "state") == "vacant" else Kind.OCCUPIED
    if verdict == _TOO_FAR:
        kind = None
    elif not berth:
        raise CodecError("missing", "the row names no berth", "berth")
    read = plate(row, *_PLATE)
    sure = next((value for key in _SURE if (value := confidence(row, key))), None)
    color = text(row, "plate_color").lower()
    place = part(row, "location") if isinstance(row.get("location"), dict) else row
    extra: dict[str, object] = {
        name: found.replace(",", ".")
        for name, keys in (("lon", ("lon", "longitude", "scnlongitude")), ("lat", ("lat", "latitude", "scnlatitude")))
        if (found := text(place, *keys))
    }
    if chosen:
        extra["chosen_berth"] = chosen
    return Reading(
        device=device,
        event_id=event_id(text(row, *_ID, limit=80), fingerprint(device, berth, moment.isoformat(), read)[:12]),
        kind=kind,
        berth=berth,
        heartbeat=kind is not None,
        observed_at=moment,
        plate=read,
        plate_color=color if color in PLATE_COLORS else "unknown",
        plate_confidence=sure,
        action_confidence=_TWO_BERTHS if chosen and chosen != berth else None,
        pictures=links(row.get("pictures")) if isinstance(row.get("pictures"), list) else (),
        detail={_TOO_FAR: "too far from the bay", _AGAIN: "the same car again"}.get(verdict, verdict.lower()),
        extra=extra,
    )


def _zone(offset: str) -> timezone:
    if not offset:
        return clock.SHANGHAI
    # A plus sign in an address is a blank unless it is escaped.
    found = _OFFSET(offset.strip() if offset[0] in "+-" else "+" + offset.strip())
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        raise CodecError("bad_value", "offset must look like +08:00", "offset")
    span = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(span if found[1] == "+" else -span)
