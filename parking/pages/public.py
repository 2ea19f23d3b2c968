"""Pages for anyone: what this is, paying by plate, help, privacy."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from parking import limits, paying
from parking.domain import plate
from parking.pages import kerb
from parking.pages import paying as paying_pages
from parking.pages.forms import PlateForm
from payments import charges

_GUEST: Final = "guest_plate"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What this is, pay by plate, where there is room."""
    roads = kerb.roads_now(now=timezone.now())
    context = {
        **plate_fields(PlateForm()),
        "roads": sorted(roads, key=lambda road: -road.free)[:6],
        "road_count": len(roads),
        "berths": sum(road.berths for road in roads),
        "free": sum(road.free for road in roads),
        "told_at": max((road.told_at for road in roads if road.told_at), default=None),
    }
    return render(request, "public/home.html", context)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How it works and what to do when something is wrong."""
    return render(request, "public/help.html")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What is kept about whom, why and for how long."""
    return render(request, "public/privacy.html")


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """What search engines may read."""
    rules = (
        "User-agent: *",
        "Disallow: /driver/",
        "Disallow: /plate/",
        "Disallow: /b/",
        "Disallow: /paying/",
        "Disallow: /admin/",
    )
    where = f"Sitemap: {settings.PUBLIC_URL.rstrip('/')}{reverse('pages:sitemap')}"
    return HttpResponse("\n".join((*rules, where)) + "\n", content_type="text/plain")


@require_GET
def sitemap(request: HttpRequest) -> HttpResponse:
    """Every page for anyone, each road's too, with its address in either language (sitemaps.org, hreflang)."""
    base = settings.PUBLIC_URL.rstrip("/")
    paths = [reverse(f"pages:{name}") for name in ("home", "roads", "help", "privacy")]
    codes = kerb.open_roads().order_by("code").values_list("code", flat=True)
    paths += [reverse("pages:road", args=[code]) for code in codes]
    context = {"addresses": [base + path for path in paths]}
    return render(request, "public/sitemap.xml", context, content_type="application/xml")


def plate_question(request: HttpRequest) -> tuple[PlateForm, HttpResponse | None]:
    """The form in which a guest names a plate, and where a good answer leads.

    The plate travels in the body and the session, never in an address that is logged.
    """
    form = PlateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number, color = form.cleaned_data["plate"], form.cleaned_data["color"]
        if limits.may_ask_plate(address=limits.address_of(request), plate=number):
            request.session[_GUEST] = [number, color]
            return form, redirect("pages:plate-due")
        form.add_error(None, gettext("查询次数太多了，请一小时后再试；也可以登录后查看自己的车。"))
    return form, None


def plate_fields(form: PlateForm) -> dict[str, object]:
    """What a template needs to show the form with its keyboard."""
    return {"form": form, "provinces": plate.PROVINCES}


@never_cache
@require_http_methods(["GET", "POST"])
def plate_ask(request: HttpRequest) -> HttpResponse:
    """A guest names a plate."""
    form, answer = plate_question(request)
    if answer is not None:
        return answer
    return render(request, "public/plate.html", plate_fields(form), status=422 if form.errors else 200)


def _owed(request: HttpRequest) -> tuple[str, str, list[charges.ChargeView]] | None:
    """The guest's plate and its unpaid charges, None when no plate was named."""
    kept = request.session.get(_GUEST)
    if not kept:
        return None
    number, color = kept
    return number, color, paying.owed_by_plate(number, color)


@never_cache
@require_safe
def plate_due(request: HttpRequest) -> HttpResponse:
    """What a plate owes, in one sum: not how often, where or when it stood."""
    found = _owed(request)
    if found is None:
        return redirect("pages:plate")
    number, color, unpaid = found
    context = {"plate": number, "color": color, "due_fen": sum(each.due_fen for each in unpaid)}
    return render(request, "public/plate_due.html", context)


@require_POST
def plate_pay(request: HttpRequest) -> HttpResponse:
    """Pay all that the plate owes."""
    found = _owed(request)
    if found is None:
        return redirect("pages:plate")
    numbers = [each.number for each in found[2] if each.due_fen > 0]
    if not numbers:
        return redirect("pages:plate-due")
    return paying_pages.begin(
        request, numbers, gateway=request.POST.get("gateway", ""), back="pages:plate-due", now=timezone.now()
    )
