"""The HTTP door for devices and their platforms."""

import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from parking import pictures
from sensors import callers, codecs, evidence, ingest
from sensors.callers import Caller, Stranger
from sensors.codecs.reading import CodecError
from sensors.ingest import Receipt
from sensors.keys import Speaker

log = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["POST"])
def events(request: HttpRequest) -> HttpResponse:
    """`POST /api/v1/ingest/events/`: the neutral door of the contract."""
    now = timezone.now()
    body = _body(request, codecs.NEUTRAL, now)
    if isinstance(body, HttpResponse):
        return body
    caller = _caller(request, body, codecs.NEUTRAL, now)
    if isinstance(caller, HttpResponse):
        return caller
    receipt = _receive(request, caller, codecs.NEUTRAL, body, now)
    if isinstance(receipt, HttpResponse):
        return receipt
    if receipt.error:
        status = 413 if receipt.error.code == "too_many_events" else 400
        return _error(status, receipt.error.code, receipt.error.message, receipt.error.field)
    rejected = [rejection.as_dict() for rejection in receipt.rejected]
    return JsonResponse(
        {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "rejected": rejected}, status=202
    )


@csrf_exempt
@require_http_methods(["POST", "GET"])
def vendor(request: HttpRequest, codec: str) -> HttpResponse:
    """`POST /api/v1/ingest/<codec>/`: a vendor platform's own push, answered in the vendor's form."""
    now = timezone.now()
    if codec not in codecs.CODECS:
        return _error(404, "unknown_codec", f"no codec is called {codec[:32]}", "codec")
    body = _body(request, codec, now)
    if isinstance(body, HttpResponse):
        return body
    caller = _caller(request, body, codec, now)
    if isinstance(caller, HttpResponse):
        return caller
    if request.method == "GET":
        greeting = codecs.greeting(codec, request.GET.dict(), token=settings.ONENET_TOKEN)
        if greeting is None:
            return _error(400, "no_greeting", "this address takes POST; its check is missing or signed wrongly", "")
        return HttpResponse(greeting.body, status=greeting.status, content_type=greeting.content_type)
    if not codecs.genuine(codec, body, token=settings.ONENET_TOKEN):
        ingest.refuse(codec=codec, body=body, received_at=now, reason="bad_signature", speaker=caller.speaker)
        return _error(401, "bad_signature", "the message's signature is wrong", "msg_signature")
    receipt = _receive(request, caller, codec, body, now)
    if isinstance(receipt, HttpResponse):
        return receipt
    reply = codecs.answer(codec, receipt.error)
    return HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)


_UPLOADED = {
    pictures.Outcome.ACCEPTED: 202,
    pictures.Outcome.DUPLICATE: 202,
    pictures.Outcome.CONFLICT: 409,
    pictures.Outcome.REFUSED: 422,
}


@csrf_exempt
@require_http_methods(["POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """`POST /api/v1/ingest/pictures/`: one picture of an event of this source, as form data.

    `event_id` and the file `picture` are needed; `name` (as in the event's `pictures`), `role` and `taken_at` are not.
    The event may come later.
    """
    now = timezone.now()
    body = _body(request, codecs.NEUTRAL, now)
    if isinstance(body, HttpResponse):
        return body
    caller = _caller(request, body, codecs.NEUTRAL, now)
    if isinstance(caller, HttpResponse):
        return caller
    speaker = caller.speaker
    wait = _over_the_rate(speaker, now)
    if wait:
        return _slower(wait)
    try:
        found = pictures.examine(evidence.uploaded(request.POST.dict(), _file(request), source=speaker.name))
        with transaction.atomic():
            callers.use(caller, now=now)
            (kept,) = pictures.keep([found], now=now)
    except CodecError as error:
        return _error(400, error.code, error.message, error.field)
    except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return _error(400, "unreadable_body", "the form data can't be read", "")
    except DatabaseError:
        log.exception("the store did not take a picture of %s", speaker.name)
        return _unavailable()
    except Stranger as stranger:
        return _turn_away(stranger, body, codecs.NEUTRAL, now)
    _spend(speaker, now, 1)
    status = _UPLOADED[kept.outcome]
    if status >= 400:
        return _error(status, kept.code, kept.message, "picture")
    return JsonResponse({"id": kept.id, "duplicate": kept.outcome is pictures.Outcome.DUPLICATE}, status=status)


def _file(request: HttpRequest) -> bytes | None:
    file = request.FILES.get("picture")
    if file is None or file.size is None:
        return None
    # One byte more than is allowed is enough to refuse it.
    return bytes(file.read(settings.EVIDENCE_MAX_BYTES + 1))


def _too_long(request: HttpRequest) -> bool:
    try:
        return int(request.headers.get("Content-Length") or 0) > settings.INGEST_MAX_BODY
    except ValueError:
        return False


def _body(request: HttpRequest, codec: str, now: datetime) -> bytes | HttpResponse:
    try:
        if _too_long(request):
            ingest.refuse(codec=codec, body=b"", received_at=now, reason="body_too_large")
            return _error(413, "body_too_large", f"at most {settings.INGEST_MAX_BODY} bytes", "")
        return request.body
    except RequestDataTooBig:
        ingest.refuse(codec=codec, body=b"", received_at=now, reason="body_too_large")
        return _error(413, "body_too_large", f"at most {settings.INGEST_MAX_BODY} bytes", "")
    except UnreadablePostError:
        return _error(400, "unreadable_body", "the body ended before its announced length", "")


def _caller(request: HttpRequest, body: bytes, codec: str, now: datetime) -> Caller | HttpResponse:
    try:
        return callers.caller(request, body, now=now)
    except DatabaseError:
        return _unavailable(codec)
    except Stranger as stranger:
        return _turn_away(stranger, body, codec, now)


def _turn_away(stranger: Stranger, body: bytes, codec: str, now: datetime) -> HttpResponse:
    ingest.refuse(codec=codec, body=body, received_at=now, reason=stranger.code, speaker=stranger.speaker)
    answer = _error(stranger.status, stranger.code, stranger.message, stranger.field)
    if stranger.status == 401:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


def _receive(request: HttpRequest, caller: Caller, codec: str, body: bytes, now: datetime) -> Receipt | HttpResponse:
    speaker = caller.speaker
    wait = _over_the_rate(speaker, now)
    if wait:
        return _slower(wait)
    try:
        with transaction.atomic():
            callers.use(caller, now=now)
            receipt = ingest.receive(
                speaker=speaker,
                codec=codec,
                body=body,
                received_at=now,
                content_type=request.headers.get("Content-Type", ""),
                query=request.GET.dict(),
            )
    except DatabaseError:
        log.exception("the store did not take a body of %s", speaker.name)
        return _unavailable(codec)
    except Stranger as stranger:
        return _turn_away(stranger, body, codec, now)
    _spend(speaker, now, receipt.accepted + receipt.duplicates + len(receipt.rejected) + 1)
    return receipt


_WINDOW_S = 10


def _window(speaker: Speaker, now: datetime) -> str:
    return f"ingest:{speaker.id}:{int(now.timestamp()) // _WINDOW_S}"


def _over_the_rate(speaker: Speaker, now: datetime) -> int:
    """Seconds to wait, 0 when under the rate. Without its counter the door stays open: events matter more."""
    try:
        spent = cache.get(_window(speaker, now), 0)
    except Exception:  # the cache's client raises many kinds; none of them may close the door
        return 0
    if spent < speaker.events_per_second * _WINDOW_S:
        return 0
    return _WINDOW_S - int(now.timestamp()) % _WINDOW_S


def _spend(speaker: Speaker, now: datetime, events: int) -> None:
    try:
        key = _window(speaker, now)
        if not cache.add(key, events, timeout=2 * _WINDOW_S):
            cache.incr(key, events)
    except Exception:  # as above
        return


def _slower(wait: int) -> HttpResponse:
    answer = _error(429, "too_many_requests", "over the rate of this source", "")
    answer["Retry-After"] = str(wait)
    return answer


def _error(status: int, code: str, message: str, name: str) -> JsonResponse:
    fields: dict[str, Any] = {name: message} if name else {}
    return JsonResponse({"code": code, "message": message, "fields": fields}, status=status)


def _unavailable(codec: str = codecs.NEUTRAL) -> HttpResponse:
    answer: HttpResponse = _error(503, "store_unavailable", "not stored: send it again", "")
    if codec != codecs.NEUTRAL:
        reply = codecs.CODECS[codec].answer(False, None)
        answer = HttpResponse(reply.body, status=reply.status, content_type=reply.content_type)
    answer["Retry-After"] = "5"
    return answer
