"""Reading typed values out of what vendors send: JSON objects, sloppy numbers, identifiers, plates, confidences."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import NoReturn

from parking.domain import plate as plates
from sensors.codecs.reading import CodecError

EVENT_ID_SIZE = 128
DEVICE_SIZE = 64
BERTH_SIZE = 32
PLATE_SIZE = 16
PICTURES = 20
PICTURE_SIZE = 1024

_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]").search
_MISSING = frozenset({"undefined", "null", "none", "nan"})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse(body: bytes | str) -> object:
    """The JSON value of a body in UTF-8 (or, from older cameras, GB 18030); a byte order mark is dropped."""
    try:
        text = body if isinstance(body, str) else text_of(body)
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as reason:
        raise CodecError("bad_json", f"the body is not JSON: {str(reason)[:120]}") from None


def text_of(body: bytes) -> str:
    """A body as text: UTF-8, else GB 18030."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return body.decode("gb18030")
    except UnicodeDecodeError:
        raise CodecError("bad_text", "the body is neither UTF-8 nor GB 18030") from None


def parse_object(body: bytes | str) -> dict[str, object]:
    """The JSON object of a body."""
    return record(parse(body), "")


def record(value: object, field: str) -> dict[str, object]:
    """The value as a JSON object, keys without the blanks some vendors leave at their ends."""
    if not isinstance(value, dict):
        raise CodecError("bad_type", f"{field or 'the body'} must be an object", field)
    if any(key != key.strip() for key in value):
        return {key.strip(): item for key, item in value.items()}
    return value


def part(data: Mapping[str, object], key: str) -> dict[str, object]:
    """The object under a key; an empty one where it is missing or null."""
    value = data.get(key)
    return {} if value is None else record(value, key)


def rows(value: object, field: str) -> list[object]:
    """The value as a list."""
    if not isinstance(value, list):
        raise CodecError("bad_type", f"{field or 'the body'} must be a list", field)
    return value


def text(data: Mapping[str, object], *keys: str, limit: int = 256) -> str:
    """The first of the keys that holds a text or a number, as text without blanks around; "" when none does."""
    for key in keys:
        value = data.get(key)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise CodecError("bad_type", f"{key} must be a text", key)
        found = str(value).strip()
        if len(found) > limit:
            raise CodecError("too_long", f"{key} is longer than {limit} characters", key)
        if _UNSTORABLE(found):
            raise CodecError("bad_text", f"{key} holds control characters", key)
        if found.lower() not in _MISSING:
            return found
    return ""


def needed(data: Mapping[str, object], *keys: str, limit: int = 256) -> str:
    """As `text`, refusing an empty one."""
    found = text(data, *keys, limit=limit)
    if not found:
        raise CodecError("missing", f"{keys[0]} is missing", keys[0])
    return found


def number(data: Mapping[str, object], *keys: str) -> float | None:
    """The first of the keys that holds a finite number (or its digits); None when none does."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            continue
        try:
            found = float(value)
        except (ValueError, OverflowError):
            continue
        if math.isfinite(found):
            return found
    return None


def whole(data: Mapping[str, object], *keys: str) -> int | None:
    """The first of the keys that holds a whole number (or its digits) of at most 63 bits; None when none does."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return value
    return None


def confidence(data: Mapping[str, object], key: str) -> float | None:
    """A confidence as 0..1, from 0..1 or from percent; None where it is absent or outside both."""
    found = number(data, key)
    if found is None or not 0 <= found <= 100:
        return None
    return found if found <= 1 else found / 100


def plate(data: Mapping[str, object], *keys: str) -> str:
    """The plate under the first key that has one, normalised; "" for none."""
    return plates.normalise(text(data, *keys, limit=64))[:PLATE_SIZE]


def links(value: object, field: str = "pictures") -> tuple[str, ...]:
    """A vendor's picture references: a list of texts, or one text; empty ones are dropped."""
    if value is None or value == "":
        return ()
    items = value if isinstance(value, list) else [value]
    return tuple(text({field: item}, field, limit=PICTURE_SIZE) for item in items[:PICTURES] if item not in (None, ""))


def fingerprint(*parts: object) -> str:
    """A short, stable digest of the parts, for an event that carries no id of its own."""
    return hashlib.blake2b(
        json.dumps(parts, sort_keys=True, default=str).encode("utf-8", "replace"), digest_size=12
    ).hexdigest()


def event_id(*parts: object) -> str:
    """Parts joined by ":" into an event id; digested where that would be too long or unprintable."""
    joined = ":".join(str(item) for item in parts if item != "")
    if len(joined) <= EVENT_ID_SIZE and joined.isprintable():
        return joined
    return "h:" + fingerprint(*parts)
