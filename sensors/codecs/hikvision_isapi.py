"""Hikvision ISAPI event push: ANPR and parking spaces, XML or JSON, bare or in a multipart with pictures.

Element names are read without their namespace, of which the field shows three and a prefix. Cameras send the same event
again and count it in `activePostCount`; the UUID stays.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from parking.domain.events import STATE_REPORT, Kind
from sensors.codecs import cameras, clock, multipart, xmltree
from sensors.codecs.fields import (
    DEVICE_SIZE,
    confidence,
    event_id,
    fingerprint,
    parse_object,
    part,
    plate,
    record,
    text,
)
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode", "pictures"]

COLORS = {
    "blue": "blue",
    "yellow": "yellow",
    "white": "white",
    "black": "black",
    "green": "green",
    "newenergygreen": "green",
    "newenergyyellowgreen": "yellow_green",
    "yellowgreen": "yellow_green",
    "civilaviationblack": "black",
    "civilaviationgreen": "green",
}
_PLATES = ("licensePlate", "plate", "plateNumber", "originalLicensePlate")
_DEVICES = ("deviceUUID", "serialNumber", "macAddress", "deviceID", "ipAddress")
_PARKED = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}


def pictures(body: bytes, *, content_type: str) -> list[multipart.Part]:
    """The picture parts of a multipart push; their file names are what a reading's `pictures` name."""
    return [item for item in multipart.parts(body, content_type=content_type) if _is_picture(item)]


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """A sighting per ANPR event (`?phase=` as for all cameras), a state per parking space; other alarms give none."""
    names: tuple[str, ...] = ()
    if multipart.boundary(content_type, body):
        found = multipart.parts(body, content_type=content_type)
        names = tuple(item.filename or item.name for item in found if _is_picture(item))
        documents = [item.body for item in found if not _is_picture(item) and item.body.lstrip()[:1] in (b"<", b"{")]
        if not documents:
            raise CodecError("missing", "no part of the body is an event")
        body = documents[0]
    if body.lstrip()[:1] == b"{":
        event = parse_object(body)
        event = part(event, "EventNotificationAlert") or event
    else:
        event = xmltree.parse(body)[1]
    if text(event, "eventState") == "inactive":
        return []
    if "PackingSpaceRecognition" in event or "PackingSpaceRecognition" in text(event, "eventType"):
        return _spaces(event, query, names)
    anpr = _anpr(event)
    if anpr is None:
        return []
    return [_sighting(event, anpr, query, names)]


def _anpr(event: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(event.get("ANPR"), dict):
        return record(event["ANPR"], "ANPR")
    return event if any(isinstance(event.get(name), str) for name in _PLATES) else None


def _device(event: dict[str, Any], query: Mapping[str, str]) -> str:
    return query.get("device", "")[:DEVICE_SIZE] or text(event, *_DEVICES, limit=DEVICE_SIZE)


def _sighting(event: dict[str, Any], anpr: dict[str, Any], query: Mapping[str, str], names: tuple[str, ...]) -> Reading:
    device = _device(event, query)
    moment = text(event, "dateTime")
    read = plate(anpr, *_PLATES)
    lane = text(anpr, "line") or text(event, "channelID")
    uuid = text(event, "UUID")
    identity = uuid if len(uuid) >= 8 else fingerprint(moment, lane, read, anpr)
    listed = [text(item, "fileName") for item in _dicts(part(anpr, "pictureInfoList").get("pictureInfo"))]
    return Reading(
        device=device,
        event_id=event_id(device, identity) if uuid != identity else event_id(uuid),
        kind=cameras.sighting(query),
        channel=text(anpr, "line", limit=32),
        observed_at=clock.local(moment, "dateTime") if moment else None,
        plate=read,
        plate_color=COLORS.get(text(anpr, "plateColor").lower(), "unknown"),
        plate_confidence=confidence(anpr, "confidenceLevel"),
        pictures=names or tuple(name for name in listed if name),
        extra={
            key: found
            for key in ("direction", "plateCharBelieve", "plateType", "vehicleType")
            if (found := text(anpr, key))
        },
    )


def _spaces(event: dict[str, Any], query: Mapping[str, str], names: tuple[str, ...]) -> Sequence[Reading | CodecError]:
    """One state per space. The nested shape of the vendor's guide and the flat one seen in the field are both read."""
    device = _device(event, query)
    recognised = event.get("PackingSpaceRecognition")
    blocks = _dicts(recognised)
    moment = next((text(block, "alarmStartTime") for block in blocks if text(block, "alarmStartTime")), "")
    moment = moment or text(event, "dateTime")
    spaces: list[dict[str, Any]] = []
    for block in blocks:
        if "isParked" in block:
            spaces.append(block)
        for region in _dicts(block.get("RegionInfo")):
            spaces.extend(_dicts(region.get("PackingSpace")))
        spaces.extend(_dicts(block.get("PackingSpace")))
    if not spaces:
        raise CodecError("missing", "the event names no parking space", "PackingSpace")
    found: list[Reading | CodecError] = []
    for space in spaces:
        parked = _PARKED.get(text(space, "isParked").lower())
        number = text(space, "absoulteParkingNum", "absoluteParkingNum", "virtualParkingNum", limit=32)
        if parked is None or not number:
            found.append(CodecError("bad_value", "a space without number or state", "isParked"))
            continue
        found.append(
            Reading(
                device=device,
                event_id=event_id(device, number, fingerprint(moment, parked, text(event, "UUID"))),
                kind=Kind.OCCUPIED if parked else Kind.VACANT,
                channel=number,
                observed_at=clock.local(moment, "alarmStartTime") if moment else None,
                plate=plate(space, *_PLATES),
                pictures=names,
                detail=STATE_REPORT,
            )
        )
    return batch(found)


def _dicts(value: object) -> list[dict[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [record(item, "") for item in items if isinstance(item, dict)]


def _is_picture(item: multipart.Part) -> bool:
    return item.content_type.lower().startswith("image/") or item.body[:3] == b"\xff\xd8\xff"
