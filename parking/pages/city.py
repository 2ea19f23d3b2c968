"""`/city/`: the city sees itself, live."""

from typing import Any

from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parking import tokens
from parking.models import User
from parking.pages import figures, kerb

_RIGHT = "see_sessions"


class SignIn(LoginView):
    """Name and password, for people who work here."""

    template_name = "city/sign_in.html"

    def get_default_redirect_url(self) -> str:
        """To the live page."""
        return reverse("pages:city")


def _refused(request: HttpRequest) -> HttpResponse | None:
    if not isinstance(request.user, User):
        return redirect(f"{reverse('pages:city-sign-in')}?{urlencode({'next': request.get_full_path()})}")
    if _RIGHT not in tokens.rights(request.user):
        return render(request, "403.html", status=403)
    return None


def _context() -> dict[str, Any]:
    city = figures.city(now=timezone.now())
    words = gettext("%(name)s：%(occupied)d / %(berths)d，%(word)s")
    levels = {
        each.now.code: {
            "level": each.now.level,
            "words": words
            % {
                "name": each.now.name,
                "occupied": each.now.occupied,
                "berths": each.now.berths,
                "word": str(each.now.word),
            },
        }
        for each in city.roads
    }
    return {"city": city, "levels": levels, "level_words": kerb.LEVEL_WORDS}


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The page."""
    refused = _refused(request)
    if refused is not None:
        return refused
    shapes = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"code": road.code}, "geometry": road.geometry}
            for road in kerb.open_roads()
            if road.geometry
        ],
    }
    return render(request, "city/live.html", {**_context(), "shapes": shapes})


@never_cache
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself; asked for every ten seconds."""
    refused = _refused(request)
    if refused is not None:
        # A fragment can't show a sign-in page: htmx is told to leave for one.
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("pages:city-sign-in")})
    return render(request, "city/_now.html", {**_context(), "swap": True})
