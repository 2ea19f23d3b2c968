"""What every page knows, and the two settings a reader can change: language (Django's own view) and text size."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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
        "section": "driver" if match and match.route.startswith("driver/") else "",
    }


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
