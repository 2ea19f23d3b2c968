"""Every refusal in one form: `{"code", "message", "fields"}`."""

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.defaults import page_not_found, server_error
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

JSON: Final = "application/json"


class Refusal(exceptions.APIException):
    """A refusal with a stable code, a sentence for people, and the fields it concerns."""

    def __init__(self, code: str, message: str, *, status: int = 400, fields: dict[str, str] | None = None) -> None:
        super().__init__(detail=message, code=code)
        self.status_code = status
        self.fields = fields or {}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's hook: turn what a view raised into the contract's form; None for what is truly a fault."""
    answer = exception_handler(error, context)
    if answer is None:
        return None
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, Refusal):
        code, message, fields = str(error.get_codes()), str(error.detail), error.fields
    elif isinstance(error, exceptions.ValidationError):
        code, message, fields = "invalid", _("有字段不正确。"), _flat(error.detail)
    elif isinstance(error, exceptions.APIException):
        codes = error.get_codes()
        code = codes if isinstance(codes, str) else "invalid"
        message, fields = str(error.detail), {}
    else:
        return answer
    answer.data = {"code": code, "message": message, "fields": fields}
    # Whatever form the good answer would have had (a table, a file): a refusal is JSON.
    answer.content_type = JSON
    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404`: what no address of the API fits is told as the API tells it, all else as a page."""
    if not request.path.startswith("/api/"):
        return page_not_found(request, exception)
    return JsonResponse({"code": "not_found", "message": _("没有找到。"), "fields": {}}, status=404)


def fault(request: HttpRequest) -> HttpResponse:
    """Django's `handler500`: the API's callers get JSON in a fault as well."""
    if not request.path.startswith("/api/"):
        return server_error(request)
    told = {"code": "fault", "message": _("我们这边出了问题，已经记录。请稍后再试。"), "fields": {}}
    return JsonResponse(told, status=500)


def _flat(detail: Any, path: str = "") -> dict[str, str]:
    """Nested details as `a.b[0]: reason`."""
    if isinstance(detail, dict):
        flat: dict[str, str] = {}
        for name, inner in detail.items():
            flat |= _flat(inner, f"{path}.{name}" if path else str(name))
        return flat
    if isinstance(detail, list) and detail and isinstance(detail[0], (dict, list)):
        flat = {}
        for index, inner in enumerate(detail):
            flat |= _flat(inner, f"{path}[{index}]")
        return flat
    text = " ".join(str(part) for part in detail) if isinstance(detail, list) else str(detail)
    return {path or "body": text} if text else {}
