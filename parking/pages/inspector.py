"""`/inspector/`: the handheld's pages. One page that works offline, and the few addresses it talks to."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST, require_safe

from parking import imaging, masking, tokens, traces
from parking.domain import plate as plates
from parking.inspections import duties, leaving, reading, scans, standing
from parking.inspections.items import Where
from parking.models import NoticeSlip, StreetReport, User
from parking.pages import kerb
from parking.pages.inspector_words import COLORS, words
from parking.pages.requests import driver_of

_RIGHT = "inspect"
_STATIC = (
    "openberth.css",
    "inspector.css",
    "icons.svg",
    "icon.svg",
    "js/page.js",
    "js/plate-keyboard.js",
    "js/inspector/app.js",
)
# Imported by name from one another, so asked for without the hash.
_MODULES = ("js/inspector/store.js", "js/inspector/sync.js", "js/inspector/photos.js", "js/inspector/views.js")
_View = Callable[..., HttpResponse]


class SignIn(LoginView):
    """Name and password, on the handheld."""

    template_name = "city/sign_in.html"

    def get_default_redirect_url(self) -> str:
        """To the handheld's page."""
        return reverse("pages:inspector")


def _inspectors(view: _View) -> _View:
    """Only for those with the right; the rest are sent to sign in, or told that it is not for them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not isinstance(request.user, User):
            if request.headers.get("Accept", "").startswith("application/json"):
                return JsonResponse({"code": "signed_out", "message": _("请重新登录。"), "fields": {}}, status=401)
            return redirect(f"{reverse('pages:inspector-sign-in')}?{urlencode({'next': request.get_full_path()})}")
        if _RIGHT not in tokens.rights(request.user):
            return render(request, "403.html", status=403)
        return view(request, *args, **kwargs)

    return guarded


@never_cache
@require_safe
@_inspectors
@ensure_csrf_cookie
def home(request: HttpRequest) -> HttpResponse:
    """The page: shift, tasks, berths, capture, plate check, reports, queue. Its data comes by `state`."""
    known = {road.code: kerb.name_of(road) for road in kerb.open_roads().order_by("code")}
    roads = [{"code": code, "name": known[code]} for code in duties.allowed(driver_of(request), known)]
    context = {
        "roads": roads,
        "provinces": plates.PROVINCES,
        "words": words(),
        "colors": COLORS,
        "kinds": StreetReport.Kind.choices,
    }
    return render(request, "inspector/home.html", context)


@never_cache
@require_GET
@_inspectors
def state(request: HttpRequest) -> HttpResponse:
    """What the page shows: the shift, its tasks and its berths."""
    shift = duties.shift_of(driver_of(request))
    roads = duties.roads_of(driver_of(request))
    found = duties.tasks(roads=roads, at=_where(request), now=timezone.now())
    return JsonResponse(
        {
            "shift": {"roads": roads, "started_at": shift.started_at.isoformat()} if shift else None,
            "tasks": [task.as_dict() for task in found],
            "strips": duties.strips(roads),
            "at": timezone.now().isoformat(),
        }
    )


@never_cache
@require_POST
@_inspectors
def sync(request: HttpRequest) -> HttpResponse:
    """Take what a handheld has queued: `{"items": [{"type", "client_id", ...}]}`, each told its outcome."""
    try:
        said = json.loads(request.body)
        items = said["items"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return JsonResponse({"code": "invalid", "message": _("有字段不正确。"), "fields": {}}, status=400)
    if not isinstance(items, list) or len(items) > scans.BATCH:
        fields = {"items": _("最多 %d 条") % scans.BATCH}
        return JsonResponse({"code": "too_many", "message": _("有字段不正确。"), "fields": fields}, status=413)
    user, now = driver_of(request), timezone.now()
    kinds = [item.get("type", "") if isinstance(item, dict) else "" for item in items]
    looked = iter(
        scans.record(
            [_bare(item) for item, kind in zip(items, kinds, strict=True) if kind == "scan"], user=user, now=now
        )
    )
    results = [
        next(looked) if kind == "scan" else leaving.take(str(kind), _bare(item), user=user, now=now)
        for item, kind in zip(items, kinds, strict=True)
    ]
    return JsonResponse({"results": [outcome.as_dict() for outcome in results]})


def _bare(item: Any) -> Any:
    return {name: value for name, value in item.items() if name != "type"} if isinstance(item, dict) else item


@never_cache
@require_POST
@_inspectors
def plate(request: HttpRequest) -> HttpResponse:
    """How a plate stands: a word and what is overdue. Leaves a trace."""
    asked = plates.normalise(request.POST.get("plate", "")[:32])
    if not plates.valid(asked):
        fields = {"plate": _("请填写正确的号牌号码，例如 鄂L12345。")}
        return JsonResponse({"code": "invalid", "message": fields["plate"], "fields": fields}, status=422)
    now = timezone.now()
    found = standing.of([asked], now=now)[asked]
    traces.plates_seen(by=str(request.user), through="plate-check", query=asked, rows=1, now=now)
    return JsonResponse({"plate": asked, "result": found.result, "due_fen": found.due_fen})


@never_cache
@require_POST
@_inspectors
def read_plate(request: HttpRequest) -> HttpResponse:
    """A guess at the plate on a picture, for the person to confirm; empty where no reader is configured."""
    file = request.FILES.get("picture")
    body = file.read(settings.EVIDENCE_MAX_BYTES + 1) if file else b""
    try:
        imaging.look(body)
    except imaging.Refused as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message, "fields": {}}, status=422)
    found = reading.guess(body)
    return JsonResponse({"plate": found.plate, "color": found.color, "confidence": found.confidence})


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: it keeps the page and its files for when there is no network."""
    files = [static(name) for name in _STATIC] + [f"{settings.STATIC_URL}{name}" for name in _MODULES]
    # The hashed names change with the contents: then everything is fetched anew.
    contents = "|".join([*files, *(static(name) for name in _MODULES)])
    version = hashlib.sha256(contents.encode()).hexdigest()[:12]
    context = {"files": json.dumps(files), "version": version, "home": reverse("pages:inspector")}
    answer = render(request, "inspector/worker.js", context, content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """So that a phone can put the page on its home screen."""
    home_at = reverse("pages:inspector")
    return JsonResponse(
        {
            "name": _("巡检"),
            "short_name": _("巡检"),
            "start_url": home_at,
            "scope": home_at,
            "display": "standalone",
            "background_color": "#F5F6F8",
            "theme_color": "#FFFFFF",
            "icons": [{"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )


@never_cache
@require_safe
@_inspectors
def slip(request: HttpRequest, client_id: str) -> HttpResponse:
    """One of this person's slips, to be printed: with a code that proves it is ours."""
    found = (
        NoticeSlip.objects.filter(user=driver_of(request), client_id=client_id).select_related("berth__road").first()
    )
    if found is None:
        raise Http404
    address = f"{settings.PUBLIC_URL}{reverse('pages:slip', args=[leaving.slip_token(found)])}"
    scan = segno.make(address, error="m").svg_data_uri(scale=6, border=2)
    return render(request, "inspector/slip.html", {"slip": found, "scan": scan, "place": _place(found)})


@never_cache
@require_safe
def public_slip(request: HttpRequest, token: str) -> HttpResponse:
    """What a scanned slip says to anyone: that it is genuine, where and when. The sum is asked for by plate."""
    found = leaving.slip_of(token)
    if found is None:
        return render(request, "public/slip_unknown.html", status=404)
    context = {"slip": found, "place": _place(found), "masked": masking.plate(found.plate)}
    return render(request, "public/slip.html", context)


def _place(found: NoticeSlip) -> str:
    return f"{kerb.name_of(found.berth.road)} {found.berth.code}"


def _where(request: HttpRequest) -> Where | None:
    try:
        longitude, latitude = float(request.GET["longitude"]), float(request.GET["latitude"])
    except (KeyError, ValueError):
        return None
    return Where(longitude, latitude, None) if abs(longitude) <= 180 and abs(latitude) <= 90 else None
