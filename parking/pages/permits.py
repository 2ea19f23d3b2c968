"""Permits and coupons: what is held, what can be had, paid like any charge, renewed, given back."""

from datetime import date, datetime, time
from typing import Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking import holders, permits
from parking.domain.plate import usual_color
from parking.models import Coupon, Vehicle
from parking.pages import orders, paying
from parking.pages.kerb import in_language
from parking.pages.requests import driver_of
from parking.pages.states import State
from parking.permits import Held, NotSold, Offer, RefundView, words
from payments import charges

_STATES: Final = {
    "ordered": State("ordered", _("待支付"), "pay", "warn", 0, _("付款后立即生效。")),
    "active": State("active", _("有效"), "done", "good", 1, _("停在适用的路段和时段不另收费。")),
    "coming": State("coming", _("未开始"), "clock", "brand", 2, _("已付款，到开始时间自动生效。")),
    "ended": State("ended", _("已到期"), "left", "muted", 3, _("到期后的停车按路段价格收费。")),
    "revoked": State("revoked", _("已退"), "void", "muted", 4, _("不再有效。")),
}


def _shown(permit: Held) -> dict[str, object]:
    """A permit with its words."""
    return {
        "permit": permit,
        "state": _STATES[permit.state],
        "name": in_language(permit.name, permit.name_en),
        "place": in_language(permit.place, permit.place_en),
        "covers": words.covers(permit.days, permit.start, permit.end),
        "plates": [(number, usual_color(number)) for number in permit.plates],
    }


def _offered(offer: Offer) -> dict[str, object]:
    return {
        "offer": offer,
        "name": in_language(offer.name, offer.name_en),
        "place": in_language(offer.place, offer.place_en),
        "covers": words.covers(offer.days, offer.start, offer.end),
    }


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """My permits, those that want something first, and what can be had."""
    user, now = driver_of(request), timezone.now()
    cars = holders.proven(user)
    found = permits.visible(user, plates=[car.plate for car in cars], now=now)
    found.sort(key=lambda each: _STATES[each.state].rank)
    mine = [{**_shown(each), "own": each.holder_id == user.pk} for each in found]
    offers = [_offered(each) for each in permits.offers(now=now)]
    return render(request, "driver/permits.html", {"mine": mine, "offers": offers, "cars": cars})


class OrderForm(forms.Form):
    """Which cars, and from which day."""

    cars = forms.MultipleChoiceField(
        label=_("车辆"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("请至少选择一辆车。"),
            "invalid_choice": _("这辆车已不在您的名下，请重新选择。"),
        },
    )
    begin = forms.DateField(
        label=_("开始日期"),
        help_text=_("不填就从现在开始。"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("请按 2026-12-01 的样子填写日期。")},
    )

    def __init__(self, *args: object, cars: list[Vehicle], **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["cars"].choices = [(str(car.pk), car.plate) for car in cars]  # type: ignore[attr-defined]

    def from_at(self, *, now: datetime) -> datetime | None:
        """The beginning of the chosen day; None for now, which today means too."""
        day: date | None = self.cleaned_data["begin"]
        if day is None or day == timezone.localdate(now):
            return None
        return timezone.make_aware(datetime.combine(day, time()))


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def buy(request: HttpRequest, code: str) -> HttpResponse:
    """Choose the cars and the first day; the order is paid at once."""
    user, now = driver_of(request), timezone.now()
    offer = next((each for each in permits.offers(now=now) if each.code == code), None)
    if offer is None:
        raise Http404
    cars = holders.proven(user)
    first = {"cars": [str(car.pk) for car in cars[:1]]}
    form = OrderForm(request.POST if request.method == "POST" else None, cars=cars, initial=first)
    if request.method == "POST" and form.is_valid():
        chosen = [(car.plate, car.plate_color) for car in cars if str(car.pk) in form.cleaned_data["cars"]]
        told = permits.buy(code, plates=chosen, holder=user, now=now, from_at=form.from_at(now=now))
        if isinstance(told, NotSold):
            form.add_error("begin" if told.name.startswith("BEGINS") else "cars", str(words.NOT_SOLD[told]))
        else:
            return _pay(request, told, now=now)
    chosen_cars = {str(value) for value in form["cars"].value() or ()}
    context = {**_offered(offer), "form": form, "cars": cars, "chosen": chosen_cars}
    return render(request, "driver/permit_buy.html", context, status=422 if form.errors else 200)


def _pay(request: HttpRequest, permit: Held, *, now: datetime) -> HttpResponse:
    """Lead to the payer's page; what costs nothing holds already."""
    back = reverse("pages:permit", args=[permit.number])
    if permit.state != "ordered":
        return redirect(back)
    return paying.begin(request, [permit.charge_number], gateway=request.POST.get("gateway", ""), back=back, now=now)


def _mine(request: HttpRequest, number: str, *, now: datetime) -> Held:
    """One's own permit; another's is not found. Raises Http404."""
    found = permits.find(number, holder=driver_of(request), now=now)
    if found is None:
        raise Http404
    return found


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One permit: for which cars, where and when it holds, what became of the money."""
    now = timezone.now()
    permit = _mine(request, number, now=now)
    keys = [permit.charge_number] if permit.charge_number else []
    view = charges.views(keys).get(permit.charge_number)
    story = orders.story(view, charges.refunds_of(keys).get(permit.charge_number, []))
    context = {**_shown(permit), "story": story, "second": permit.refundable_fen > settings.PERMIT_REFUND_LIMIT_FEN}
    return render(request, "driver/permit.html", context)


@login_required
@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Pay an order that was left."""
    now = timezone.now()
    return _pay(request, _mine(request, number, now=now), now=now)


@login_required
@require_POST
def renew(request: HttpRequest, number: str) -> HttpResponse:
    """Order the period that follows, and pay it."""
    now = timezone.now()
    told = permits.renew(number, holder=driver_of(request), now=now)
    if isinstance(told, NotSold):
        messages.error(request, str(words.NOT_SOLD[told]))
        return redirect("pages:permits")
    return _pay(request, told, now=now)


@login_required
@require_POST
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Take back an order that isn't paid."""
    if permits.cancel(number, holder=driver_of(request), now=timezone.now()):
        messages.success(request, gettext("订单已取消，没有扣款。"))
    else:
        messages.error(request, gettext("现在不能取消：它已经付款，或支付还没有结果。请稍后刷新再看。"))
    return redirect("pages:permits")


@login_required
@require_POST
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """End the permit now; the money of its unused days goes back the way it came."""
    told = permits.give_back(number, holder=driver_of(request), now=timezone.now())
    if not isinstance(told, RefundView):
        messages.error(request, str(words.NOT_REFUNDED[told]))
    elif told.waits_for_second:
        messages.success(request, gettext("停车证已退。退款经工作人员复核后原路退回。"))
    else:
        messages.success(request, gettext("停车证已退，退款原路退回。"))
    return redirect("pages:permits")


@never_cache
@login_required
@require_safe
def coupons(request: HttpRequest) -> HttpResponse:
    """The coupons of my cars, and what those that were used took off."""
    now = timezone.now()
    cars = holders.proven(driver_of(request))
    usable = permits.coupons_of([car.plate for car in cars], now=now)
    context = {
        "cars": cars,
        "usable": [_coupon(each) for each in usable],
        "spent": [{**_coupon(each.coupon), "spent": each} for each in permits.spent_on(holders.sessions_of(cars))],
    }
    return render(request, "driver/coupons.html", context)


def _coupon(coupon: Coupon) -> dict[str, object]:
    campaign = coupon.campaign
    zone = campaign.zone
    return {
        "coupon": coupon,
        "color": usual_color(coupon.plate),
        "name": in_language(campaign.name, campaign.name_en),
        "worth": words.worth(campaign),
        "place": in_language(zone.name, zone.name_en) if zone else "",
    }
