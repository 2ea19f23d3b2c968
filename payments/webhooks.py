"""Where gateways tell us. Verified over the raw body, stored, answered; worked off by the queue."""

import logging

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import gateways, inbox, tasks
from payments.gateways.base import Answer, BadNotification, BadSignature, Gateway, SignatureProbe

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024


@csrf_exempt
@require_POST
def notify(request: HttpRequest, gateway: str) -> HttpResponse:
    """A notification of that gateway. The signature is the sender's password; there is no session."""
    if gateway not in gateways.codes():
        return HttpResponse(status=404)
    ours = gateways.gateway(gateway)
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        return HttpResponse(status=400)
    if length > MAX_BODY:
        return HttpResponse(status=413)
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return HttpResponse(status=413)
    now = timezone.now()
    try:
        told = ours.read_notification(headers=dict(request.headers), body=body, now=now)
    except SignatureProbe:
        return _refusal(ours)
    except BadSignature as error:
        log.warning("a notification for %s is not signed by it: %s", gateway, error)
        return _refusal(ours)
    except BadNotification as error:
        log.error("a signed notification of %s can't be read: %s", gateway, error)
        return _refusal(ours)
    try:
        # On its own, so that it is durable before it is answered, whatever wraps the request.
        with transaction.atomic():
            inbox.keep(gateway=gateway, body=body, told=told, now=now)
    except DatabaseError:
        log.exception("a notification of %s could not be stored", gateway)
        return _response(ours.notification_answer(ok=False, message="not stored"), status=503)
    transaction.on_commit(tasks.wake_inbox)
    return _response(ours.notification_answer(ok=True))


def _refusal(gateway: Gateway) -> HttpResponse:
    return _response(gateway.notification_answer(ok=False, message="signature"), status=401)


def _response(answer: Answer, *, status: int | None = None) -> HttpResponse:
    return HttpResponse(answer.body, status=status or answer.status, content_type=answer.content_type)
