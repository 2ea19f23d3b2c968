"""A driver's home: the cars that stand somewhere now, what is owed, and the cars themselves."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking import fees, holders, notices, vehicles
from parking.domain import plate
from parking.models import ParkingSession, User, Vehicle
from parking.pages import orders, states
from parking.pages.forms import PlateForm
from parking.pages.requests import driver_of
from payments import charges


def _now_context(user: User, now: datetime) -> dict[str, object]:
    vehicles = list(Vehicle.objects.filter(user=user).order_by("bound_at", "pk"))
    proved = [vehicle for vehicle in vehicles if vehicle.verified_at is not None]
    parked = list(holders.sessions_of(proved).filter(status=ParkingSession.Status.PARKED, left_at__isnull=True)[:20])
    running = fees.running(parked, now=now)
    told = notices.standing(now=now, road_ids={session.road_id for session in parked}) if parked else {}
    cards = [
        {
            "order": order,
            "notice": told.get(order.session.road_id),
            "fee": running.get(order.number),
            "lines": orders.lines_of(running[order.number].lines) if order.number in running else [],
        }
        for order in orders.orders_of(parked, now=now)
    ]
    standing = {session.plate for session in parked}
    unpaid = charges.unpaid_for_plates(sorted({vehicle.plate for vehicle in vehicles}))
    colors = {(vehicle.plate, vehicle.plate_color) for vehicle in vehicles}
    owed = [each for each in unpaid if (each.plate, each.plate_color) in colors or each.plate_color == "unknown"]
    latest = holders.sessions_of(proved).exclude(status=ParkingSession.Status.PARKED)[:3]
    return {
        "vehicles": vehicles,
        "cards": cards,
        "idle": [vehicle for vehicle in proved if vehicle.plate not in standing],
        "unproved": [vehicle for vehicle in vehicles if vehicle.verified_at is None],
        "owed_fen": sum(each.due_fen for each in owed),
        "owed_count": len(owed),
        "latest": orders.orders_of(latest, now=now),
        "payable": states.PAYABLE,
        "now": now,
    }


@never_cache
@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Is my car parked, since when, how much so far, why, and when does it next rise."""
    return render(request, "driver/home.html", _now_context(driver_of(request), timezone.now()))


@never_cache
@login_required
@require_safe
def now(request: HttpRequest) -> HttpResponse:
    """The part of the home page that changes by itself."""
    return render(request, "driver/_now.html", _now_context(driver_of(request), timezone.now()))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def vehicle_add(request: HttpRequest) -> HttpResponse:
    """Bind a plate: it counts at once for paying; its stays are shown when its holder is proved."""
    user = driver_of(request)
    form = PlateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number, color = form.cleaned_data["plate"], form.cleaned_data["color"]
        try:
            vehicles.bind(user=user, plate=number, color=color, now=timezone.now())
        except vehicles.Refused as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, gettext("已绑定 %(plate)s。") % {"plate": number})
            return redirect("pages:driver")
    context = {"form": form, "provinces": plate.PROVINCES}
    return render(request, "driver/vehicle_add.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def vehicle_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Unbind a car. Its orders stay; they are only no longer shown here."""
    vehicle = get_object_or_404(Vehicle, pk=pk, user=driver_of(request))
    number = vehicle.plate
    vehicles.unbind(vehicle)
    messages.success(request, gettext("已解绑 %(plate)s。") % {"plate": number})
    return redirect("pages:account")
