"""臻识 Vzenith plate cameras: HTTP push `AlarmInfoPlate`, MQTT `ivs_result` and `lanectrl_result` (texts in base64).

The reply to the HTTP push opens a barrier when it says "ok". This platform guards none, so it never does.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sensors.codecs import cameras, clock, multipart
from sensors.codecs.fields import (
    DEVICE_SIZE,
    PLATE_SIZE,
    confidence,
    event_id,
    fingerprint,
    number,
    parse_object,
    part,
    record,
    rows,
    text,
    whole,
)
from sensors.codecs.fields import plate as read_plate
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import Reply, json_reply

__all__ = ["IMAGES", "answer", "decode", "pictures", "plate_result"]

IMAGES = ("imageFile", "imageFragmentFile")
"""The whole picture and the plate, in base64, where the camera is set to send them along."""

COLORS = {
    "0": "unknown",
    "1": "blue",
    "2": "yellow",
    "3": "white",
    "4": "black",
    "5": "green",
    "6": "yellow_green",
    "蓝色": "blue",
    "黄色": "yellow",
    "白色": "white",
    "黑色": "black",
    "绿色": "green",
    "黄绿色": "yellow_green",
}
"""3 is white and 4 is black here, the other way round at Signaltone."""


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """A sighting per plate result (`?phase=` as for all cameras); heartbeats and other messages give none."""
    data = parse_object(body)
    name = text(data, "name")
    if name == "lanectrl_result":
        return _lane(data, query)
    coded = name == "ivs_result"
    alarm = part(part(data, "payload") if coded else data, "AlarmInfoPlate")
    if not alarm:
        return []
    stamp = data.get("timestamp") if coded else None
    platform_at = clock.epoch(stamp, "timestamp") if stamp not in (None, "") else None
    return [plate_result(alarm, query=query, coded=coded, device=text(data, "sn"), platform_at=platform_at)]


def pictures(body: bytes, *, content_type: str) -> list[multipart.Part]:
    """The pictures inside a whole body; none in one that was cut off."""
    try:
        result = part(part(part(parse_object(body), "AlarmInfoPlate"), "result"), "PlateResult")
    except CodecError:
        return []
    found = []
    for name in IMAGES:
        written = result.get(name)
        try:
            image = base64.b64decode(written, validate=True) if isinstance(written, str) else b""
        except (binascii.Error, ValueError):
            continue
        if image:
            found.append(multipart.Part(name, name, "image/jpeg", image))
    return found


def plate_result(
    alarm: dict[str, object],
    *,
    query: Mapping[str, str],
    coded: bool = False,
    device: str = "",
    platform_at: datetime | None = None,
) -> Reading:
    """The sighting of one `AlarmInfoPlate`; `coded` when its texts are base64, `device` for one without `serialno`."""
    result = part(part(alarm, "result"), "PlateResult")
    if not result:
        raise CodecError("missing", "the message holds no PlateResult", "PlateResult")
    serial = text(alarm, "serialno", limit=DEVICE_SIZE) or text(result, "serialno", limit=DEVICE_SIZE) or device
    if not serial:
        raise CodecError("missing", "serialno is missing", "serialno")
    moment = part(part(result, "timeStamp"), "Timeval")
    observed_at = None
    if moment.get("sec") not in (None, "", 0):
        observed_at = clock.epoch(moment["sec"], "sec")
        microseconds = whole(moment, "usec") or 0
        if 0 <= microseconds < 1_000_000:
            observed_at = observed_at.replace(microsecond=0) + timedelta(microseconds=microseconds)
    read = _decoded(result, "license") if coded else read_plate(result, "license")
    counter = whole(result, "plateid")
    second = "" if observed_at is None else int(observed_at.timestamp())
    identity = fingerprint(result) if counter is None else str(counter)
    late = bool(whole(result, "isoffline"))
    return Reading(
        device=serial,
        event_id=event_id(serial, identity, second),
        kind=cameras.sighting(query),
        channel=text(alarm, "channel", limit=32).removeprefix("0"),
        observed_at=observed_at,
        platform_at=platform_at,
        plate=read,
        plate_color=COLORS.get(text(result, "colorType"), "unknown"),
        plate_confidence=confidence(result, "confidence") if number(result, "confidence") != 0 else 0.0,
        sequence=counter,
        pictures=tuple(path for key in ("imagePath", "imageFragmentPath") if (path := text(result, key, limit=1024)))
        + tuple(name for name in IMAGES if isinstance(result.get(name), str) and result[name]),
        detail="sent after an outage" if late else "",
        extra={key: found for key in ("triggerType", "direction", "type") if (found := text(result, key))},
    )


def _lane(data: dict[str, object], query: Mapping[str, str]) -> Sequence[Reading | CodecError]:
    payload = part(data, "payload")
    device = text(data, "sn", limit=DEVICE_SIZE)
    moment = text(payload, "time")
    group = text(payload, "group_id_str") or text(payload, "result_id")
    found: list[Reading | CodecError] = []
    for nth, item in enumerate(rows(payload.get("result"), "result")):
        try:
            entry = record(item, "result")
            result = part(entry, "plate_result")
            found.append(
                Reading(
                    device=device,
                    event_id=event_id(device, "lane", group, fingerprint(moment)[:8], *((nth,) if nth else ())),
                    kind=cameras.sighting(query),
                    channel=text(part(payload, "device_info"), "chn_id", limit=32),
                    observed_at=clock.local(moment, "time") if moment else None,
                    plate=_decoded(result, "license"),
                    plate_color=COLORS.get(_plain(result, "color_type"), "unknown"),
                    plate_confidence=confidence(result, "confidence"),
                    pictures=tuple(
                        path
                        for key, name in (("full_image", "full_image_path"), ("small_image", "small_image_path"))
                        if (path := _plain(part(entry, key), name))
                    ),
                    detail=f"lane event {text(payload, 'event_type')}",
                )
            )
        except CodecError as error:
            found.append(error)
    return batch(found)


def _plain(data: Mapping[str, object], key: str) -> str:
    """A base64 text in UTF-8; the text itself where it is none (firmware differs)."""
    written = text(data, key, limit=2048)
    try:
        plain = base64.b64decode(written, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return written
    return plain if plain.isprintable() else written


def _decoded(data: Mapping[str, object], key: str) -> str:
    return read_plate({key: _plain(data, key)}, key)[:PLATE_SIZE]


def answer(ok: bool, error: CodecError | None) -> Reply:
    """The vendor's form, taken but never "open"; heartbeats look for `status`."""
    if ok or error is not None:
        return json_reply(200, Response_AlarmInfoPlate={"info": "no", "channelNum": 0}, status="ok")
    return json_reply(503, Response_AlarmInfoPlate={"info": "no", "channelNum": 0}, status="error")
