"""`/city/`: the city sees itself, live."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parking import live as living
from parking import passes, tokens
from parking.models import Road, User
from parking.pages import figures, kerb

_RIGHT = "see_sessions"


class SignIn(LoginView):
    """Name and password, for people who work here."""

    template_name = "city/sign_in.html"

    def get_default_redirect_url(self) -> str:
        """To the live page."""
        return reverse("pages:city")


def refused(request: HttpRequest) -> HttpResponse | None:
    """Where to send somebody who may not see the city's figures; None for who may."""
    if not isinstance(request.user, User):
        return redirect(f"{reverse('pages:city-sign-in')}?{urlencode({'next': request.get_full_path()})}")
    if _RIGHT not in tokens.rights(request.user):
        return render(request, "403.html", status=403)
    return None


def _stream_url(request: HttpRequest) -> str:
    """Where this browser finds the stream of events; empty where there is none."""
    if settings.STREAM_URL:
        return str(settings.STREAM_URL)
    if not settings.STREAM_PORT:
        return ""
    # The name by which this browser reached us, at the stream's own port.
    host = urlsplit(f"//{request.get_host()}").hostname or "127.0.0.1"
    return f"{request.scheme}://{f'[{host}]' if ':' in host else host}:{settings.STREAM_PORT}/city/stream/"


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The page."""
    turned_away = refused(request)
    if turned_away is not None:
        return turned_away
    now = timezone.now()
    roads = list(kerb.open_roads())
    stream = _stream_url(request)
    script: dict[str, Any] = {
        "shapes": {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {"code": road.code}, "geometry": road.geometry}
                for road in roads
                if road.geometry
            ],
        },
        "names": {road.code: kerb.name_of(road) for road in roads},
        "words": {step: str(word) for step, word in kerb.LEVEL_WORDS.items()} | {"closed": str(kerb.CLOSED_WORD)},
        "stream": f"{stream}?{urlencode({'pass': passes.make()})}" if stream else "",
        "snapshot": living.snapshot(now=now),
    }
    answer = render(
        request,
        "city/live.html",
        {"city": figures.city(now=now), "script": script, "level_words": kerb.LEVEL_WORDS, "roads": roads},
    )
    if stream.startswith("http"):
        parts = urlsplit(stream)
        answer._csp_update = {"connect-src": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return answer


@never_cache
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """Curves, anomalies and the table of roads, drawn anew; asked for once a minute."""
    if refused(request) is not None:
        # A fragment can't show a sign-in page: htmx is told to leave for one.
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("pages:city-sign-in")})
    return render(request, "city/_now.html", {"city": figures.city(now=timezone.now()), "swap": True})


@never_cache
@require_safe
def now_json(request: HttpRequest) -> HttpResponse:
    """What the stream would tell, for a page that can't hear it."""
    if refused(request) is not None:
        return JsonResponse({"code": "signed_out"}, status=401)
    return JsonResponse(living.snapshot(now=timezone.now()))


@never_cache
@require_safe
def road(request: HttpRequest, code: str) -> HttpResponse:
    """One road's strip of berths, to stand beside the map."""
    if refused(request) is not None:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("pages:city-sign-in")})
    found = kerb.open_roads().filter(code=code).first()
    if found is None:
        raise Http404
    at = timezone.now()
    context = {
        "road": kerb.roads_now(Road.objects.filter(pk=found.pk), now=at)[0],
        "berths": kerb.strip(found),
        "key": kerb.key(),
        "at": at,
    }
    return render(request, "city/_road.html", context)
