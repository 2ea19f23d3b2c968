"""`/healthz`, `/readyz`, `/metrics`: for those who watch over the machines."""

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from parking import gauges, pulse
from payments import charges


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers: no look at anything else."""
    return JsonResponse({"status": "ok", "installation": pulse.installation()})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Database, broker, worker heartbeat and the oldest event that waits; 503 when one of them is wrong."""
    now = timezone.now()
    report: dict[str, object] = {"database": True, "broker": True, "worker": False, "oldest_unprocessed_s": None}
    ready = True
    try:
        read = pulse.read(now=now)
    except DatabaseError:
        report["database"] = ready = False
    else:
        report["worker"] = read.worker_at is not None and now - read.worker_at < pulse.WORKER_IS_SILENT_AFTER
        report["backlog"] = read.backlog
        if read.oldest_due_at is not None:
            report["oldest_unprocessed_s"] = round((now - read.oldest_due_at).total_seconds(), 1)
        ready = read.ready(now=now)
        money = charges.backlog(now=now)
        report["payments"] = {
            "due_to_collect": money.due_to_collect,
            "in_flight": money.in_flight,
            "unknown": money.unknown,
            "oldest_unknown_s": round((now - money.oldest_unknown_at).total_seconds(), 1)
            if money.oldest_unknown_at
            else None,
            "notifications": money.notifications,
            "refunds_for_people": money.refunds_for_people,
            "suspense": money.suspense,
            "differences": money.differences,
            "resting_gateways": list(money.resting_gateways),
            "drifting_gateways": list(money.drifting_gateways),
        }
    try:
        cache.get("readyz")
    except Exception:  # the cache's client raises many kinds; each of them means that the broker is out of reach
        report["broker"] = ready = False
    return JsonResponse({"status": "ready" if ready else "not ready", **report}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. With METRICS_TOKEN set, only for who brings it as a bearer token."""
    token = settings.METRICS_TOKEN
    if token and request.headers.get("Authorization") != f"Bearer {token}":
        return HttpResponse(status=401)
    return HttpResponse(gauges.text(now=timezone.now()), content_type="text/plain; version=0.0.4; charset=utf-8")
