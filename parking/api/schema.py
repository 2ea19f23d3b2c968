"""What drf-spectacular can't see by itself: how one signs in, which refusals every view may give, an example of each.

Every operation leaves here with a summary, each of its refusals with its code, and an example of what goes in and out;
`tests/parking/api/test_schema.py` holds them against their own shapes.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from parking.api.examples import example

JSON: Final = "application/json"
_INGEST: Final = "/api/v1/ingest/"
_ERRORS: Final[Mapping[str, tuple[str, str]]] = {
    "304": ("not_modified", ""),
    "400": ("invalid", "有字段不正确。"),
    "401": ("not_authenticated", "请先登录。"),
    "403": ("permission_denied", "没有权限。"),
    "404": ("not_found", "没有找到。"),
    "409": ("conflict", "与之前收到的不一致。"),
    "413": ("too_many", "一次太多了。"),
    "415": ("unsupported_media_type", "不支持这种内容类型。"),
    "429": ("throttled", "请求太频繁。"),
}
# Refusals of single views beside those that follow from their place and form.
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "/api/v1/city/figures/": ("404",),
    "/api/v1/public/quote/": ("404",),
    "/api/v1/public/ngsi/parking-spots/": ("404",),
    "/api/v1/inspector/scans/": ("413",),
    "/api/v1/inspector/faults/": ("409",),
    "/api/v1/inspector/reports/": ("409",),
}
_KEPT_FOR_SECONDS: Final = (
    "/api/v1/public/roads/",
    "/api/v1/public/ngsi/on-street-parking/",
    "/api/v1/public/cds/curbs/zones/",
)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Our tokens, for drf-spectacular."""

    target_class = "parking.api.permissions.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """`Authorization: Bearer <token>`."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A driver's token comes from sign-in; staff's from `manage.py create_token`.",
        }


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Drf-spectacular's postprocessing hook."""
    components = result.setdefault("components", {}).setdefault("schemas", {})
    for path, operation in _operations(result):
        operation.setdefault("summary", _first_sentence(operation.get("description", "")))
        if not path.startswith(_INGEST):
            for status in _expected(path, operation):
                operation["responses"].setdefault(status, _refusal(status))
        bodies = [*operation["responses"].values(), operation.get("requestBody") or {}]
        for media_type, content in (pair for body in bodies for pair in body.get("content", {}).items()):
            shown = "example" in content or "examples" in content
            if not shown and "json" in media_type and "schema" in content:
                content["example"] = example(content["schema"], components)
    return result


def _operations(result: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in result["paths"].items():
        for operation in methods.values():
            yield path, operation


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.:;])\s", text.strip(), maxsplit=1)[0].rstrip(".:;")[:120]


def _expected(path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    where = {parameter["in"] for parameter in operation.get("parameters", ())}
    body = "requestBody" in operation
    if body or "query" in where:
        yield "400"
    if body:
        yield "415"
    if "path" in where:
        yield "404"
    if operation.get("security") and {} not in operation["security"]:
        yield "401"
        if not path.startswith("/api/v1/driver/"):
            yield "403"
    if path.startswith(("/api/v1/public/", "/api/v1/driver/")):
        yield "429"
    if path in _KEPT_FOR_SECONDS:
        yield "304"
    yield from _MORE.get(path, ())


def _refusal(status: str) -> dict[str, Any]:
    code, message = _ERRORS[status]
    if status == "304":
        return {"description": "nothing has changed since the ETag that was sent"}
    told = {"code": code, "message": message, "fields": {}}
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}, "example": told}}
    return {"description": f"`{code}`", "content": content}
