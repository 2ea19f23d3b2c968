"""What every page knows, and the two settings a reader can change: language (Django's own view) and text size."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

TEXT_COOKIE = "openberth_text"
_YEAR = 365 * 24 * 3600


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor of all our templates."""
    match = request.resolver_match
    return {
        "large_text": request.COOKIES.get(TEXT_COOKIE) == "large",
        "hotline": settings.HOTLINE,
        "demo": settings.DEMO,
        "canonical": settings.PUBLIC_URL.rstrip("/") + request.path,
        "section": "driver" if match and match.route.startswith("driver/") else "",
    }


def language_by_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: `?lang=en` shows a page in that language and remembers it, so that each language has an address."""

    def middleware(request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("lang", "")
        if wanted not in dict(settings.LANGUAGES):
            return get_response(request)
        with translation.override(wanted):
            request.LANGUAGE_CODE = wanted
            response = get_response(request)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=_YEAR, samesite="Lax")
        return response

    return middleware


@require_POST
def text_size(request: HttpRequest) -> HttpResponse:
    """Switch between normal and large text, and back to the page it was asked from."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    response = HttpResponseRedirect(target)
    size = "large" if request.POST.get("size") == "large" else "normal"
    response.set_cookie(TEXT_COOKIE, size, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response
