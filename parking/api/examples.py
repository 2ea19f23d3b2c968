"""Examples made from the shapes: a known word for each field that people read, else the least the shape allows."""

from collections.abc import Mapping
from typing import Any, Final

_MORNING: Final = "2026-11-23T09:00:00+08:00"
_NOON: Final = "2026-11-23T12:00:00+08:00"

# By the field's name; the street, the plate and the amounts are those of the tests.
_WORDS: Final[Mapping[str, Any]] = {
    "account": "",
    "address": "",
    "amount_fen": 300,
    "answer": "",
    "arrived_at": _MORNING,
    "bank": "",
    "berth": "A01",
    "berths": ["A01", "A02"],
    "charge": "P2611230000001",
    "charges": ["P2611230000001"],
    "code": "A",
    "codec": "platform",
    "client_id": "tablet-7-000123",
    "currency": "CNY",
    "device": "CAM-0012",
    "due_at": "2026-12-23T00:00:00+08:00",
    "due_fen": 300,
    "email": "name@example.com",
    "end": "08:00",
    "fee_fen": 300,
    "from": _MORNING,
    "from_at": _MORNING,
    "gateway": "wechat",
    "id": 17,
    "invoice": "I2611230000001",
    "left_at": _NOON,
    "message": "有字段不正确。",
    "name": "李四",
    "name_en": "",
    "next": None,
    "number": "P2611230000001",
    "order": "P2611230000001",
    "phone": "13800000000",
    "place": "甲路 A01",
    "place_en": "A Street A01",
    "plate": "鄂L12345",
    "plate_color": "blue",
    "plates": ["鄂L12345"],
    "price_fen": 10_000,
    "product": "night",
    "road": "A",
    "roads": ["A"],
    "rule": "每半小时一元",
    "rule_en": "One yuan a half hour",
    "serial": "I2611230000001",
    "start": "19:00",
    "tariff": "flat",
    "tax_number": "",
    "ticket": "WyLphIJMMTIzNDUiXQ:1xVbKg:w-f9nVh",
    "to": _NOON,
    "token": "q3Jr0X0lB2bC9m7c",
    "total_fen": 300,
    "url": "https://pay.example/…",
    "vehicle": "patrol-1",
    "vehicles": [17],
    "words": "",
    "zone": "A",
}
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_BY_FORMAT: Final = {"date-time": _MORNING, "date": "2026-11-23", "email": "name@example.com", "uuid": "0" * 8}


def example(schema: Mapping[str, Any], components: Mapping[str, Any], name: str = "") -> Any:
    """A value of that shape."""
    if "$ref" in schema:
        return example(components[schema["$ref"].rpartition("/")[2]], components, name)
    for way in ("allOf", "oneOf", "anyOf"):
        if way in schema:
            return example(schema[way][0], components, name)
    kind = schema.get("type", "string")
    if "enum" in schema:
        return schema["enum"][0]
    if name in _WORDS and _fits(_WORDS[name], kind, schema):
        return _WORDS[name]
    if kind == "array":
        return [example(schema.get("items", {}), components, name.removesuffix("s"))]
    if kind == "object":
        return {
            key: example(inner, components, key)
            for key, inner in schema.get("properties", {}).items()
            if not inner.get("writeOnly")
        }
    if kind in ("integer", "number"):
        return max(int(schema.get("minimum", 0)), 0)
    if kind == "boolean":
        return False
    return _BY_FORMAT.get(schema.get("format", ""), "x" * int(schema.get("minLength", 0)))


def _fits(value: Any, kind: str, schema: Mapping[str, Any]) -> bool:
    if value is None:
        return bool(schema.get("nullable"))
    if not isinstance(value, _TYPES.get(kind, object)):
        return False
    return not (
        isinstance(value, list) and value and not isinstance(value[0], _TYPES[schema["items"].get("type", "object")])
    )
