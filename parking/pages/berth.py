"""The page behind the code on a berth's sign: where one stands, what it costs, and paying by plate."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from parking import signs
from parking.models import Berth
from parking.pages import kerb, public, roads


@never_cache
@require_http_methods(["GET", "POST"])
def berth(request: HttpRequest, token: str) -> HttpResponse:
    """Anyone who scans the sign pays here by typing a plate. Whether that car stands at this berth is not told."""
    code = signs.berth_of(token)
    found = Berth.objects.filter(code=code).select_related("road__zone").first() if code else None
    if found is None:
        return render(request, "public/berth_unknown.html", status=404)
    form, answer = public.plate_question(request)
    if answer is not None:
        return answer
    now = timezone.now()
    standing = kerb.roads_now(kerb.open_roads().filter(pk=found.road_id), now=now) if found.opened else []
    zone = found.road.zone
    context = {
        "berth": found,
        "road": standing[0] if standing else None,
        "place": kerb.name_of(found.road),
        "prices": roads.prices({zone.pk: kerb.zone_name(zone)}, now=now),
        **public.plate_fields(form),
    }
    return render(request, "public/berth.html", context, status=422 if form.errors else 200)
