"""The devices' door in the OpenAPI schema: its views are no REST framework views, so they are described by hand."""

from typing import Any

from parking.domain.events import PLATE_COLORS
from sensors import callers, codecs

_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["event_id", "kind", "observed_at"],
    "properties": {
        "event_id": {"type": "string", "maxLength": 128, "description": "unique within the source"},
        "device": {"type": "string", "maxLength": 64, "description": "may be left out where `berth` is given"},
        "berth": {"type": "string", "maxLength": 32, "description": "may be left out where the device tells it"},
        "kind": {"type": "string", "enum": ["arrival", "departure", "occupied", "vacant", "revoked"]},
        "observed_at": {"type": "string", "format": "date-time", "description": "the device's clock, with an offset"},
        "platform_at": {"type": "string", "format": "date-time", "nullable": True},
        "plate": {"type": "string", "nullable": True},
        "plate_color": {"type": "string", "enum": list(PLATE_COLORS)},
        "plate_confidence": {"type": "number", "minimum": 0, "maximum": 1, "nullable": True},
        "action_confidence": {"type": "number", "minimum": 0, "maximum": 1, "nullable": True},
        "sequence": {"type": "integer", "minimum": 0, "nullable": True},
        "visit": {"type": "string", "nullable": True, "description": "pairs an arrival with its departure"},
        "revokes": {"type": "string", "nullable": True, "description": "the event that is taken back"},
        "pictures": {"type": "array", "maxItems": 20, "items": {"type": "string"}},
    },
}
_EXAMPLE = {
    "events": [
        {
            "event_id": "c1-000017",
            "device": "CAM-0012",
            "berth": "XA01-001",
            "kind": "arrival",
            "observed_at": "2026-11-23T08:01:12+08:00",
            "plate": "鄂L12345",
            "plate_color": "blue",
            "plate_confidence": 0.98,
            "sequence": 17,
        }
    ]
}
_TAKEN = {
    "type": "object",
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "index": {"type": "integer"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "field": {"type": "string"},
                },
            },
        },
    },
}
_ERRORS = {
    "400": ("the body is no batch of events", "bad_json"),
    "401": ("key or signature: unknown_key, bad_signature, stale_signature, replayed", "unknown_key"),
    "403": ("the source may not call from this address", "address_not_allowed"),
    "413": ("more than 1,000 events or too many bytes", "too_many_events"),
    "429": ("over the source's rate; come again after Retry-After seconds", "too_many_requests"),
    "503": ("not stored; send it again after Retry-After seconds", "store_unavailable"),
}
_ERROR = {
    "type": "object",
    "properties": {
        "code": {"type": "string"},
        "message": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def describe(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Drf-spectacular's postprocessing hook: the two addresses that devices post to, and how one signs in there."""
    schemes = result.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["sourceKey"] = {"type": "http", "scheme": "bearer", "description": "a source's key (`create_source`)"}
    schemes["sourceKeyInAddress"] = {"type": "apiKey", "in": "query", "name": "key"}
    schemes["sourceSignature"] = {
        "type": "apiKey",
        "in": "header",
        "name": callers.SIGNATURE,
        "description": f"HMAC-SHA256, with {callers.KEY}, {callers.TIME} and {callers.NONCE}; see docs/devices.md",
    }
    security: list[dict[str, list[str]]] = [{"sourceKey": []}, {"sourceSignature": []}]
    result["paths"]["/api/v1/ingest/events/"] = {
        "post": {
            "operationId": "ingest_events",
            "description": "At most 1,000 events. Answered once they are durable; a bad event never stops the others.",
            "tags": ["ingest"],
            "security": security,
            "requestBody": _body({"application/json": {"schema": _batch(), "example": _EXAMPLE}}),
            "responses": {
                "202": {
                    "description": "stored",
                    "content": _json(_TAKEN, {"accepted": 1, "duplicates": 0, "rejected": []}),
                },
                **_errors(),
            },
        }
    }
    result["paths"]["/api/v1/ingest/{codec}/"] = {
        "post": {
            "operationId": "ingest_vendor",
            "description": "A vendor platform's own push, in its own form. A body that can't be read is kept with its "
            "reason and answered with 200 all the same; the answer has the form that the vendor expects.",
            "tags": ["ingest"],
            "security": [*security, {"sourceKeyInAddress": []}],
            "parameters": [
                {
                    "name": "codec",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "enum": sorted(codecs.CODECS)},
                }
            ],
            "requestBody": _body({"*/*": {"schema": {"type": "string", "format": "binary"}}}),
            "responses": {
                "200": {"description": "stored, in the vendor's form"},
                "404": _error("no codec has this name", "unknown_codec"),
                **{status: error for status, error in _errors().items() if status != "400"},
            },
        }
    }
    return result


def _batch() -> dict[str, Any]:
    events = {"type": "array", "maxItems": 1000, "items": _EVENT}
    return {"type": "object", "required": ["events"], "properties": {"events": events}}


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": content}


def _json(schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"application/json": {"schema": schema, "example": example}}


def _errors() -> dict[str, Any]:
    return {status: _error(words, code) for status, (words, code) in _ERRORS.items()}


def _error(words: str, code: str) -> dict[str, Any]:
    return {"description": words, "content": _json(_ERROR, {"code": code, "message": words, "fields": {}})}
