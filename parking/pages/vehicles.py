"""One car of the driver's: its proof, who else drives it, how it pays by itself."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_stubs_ext import StrPromise

from parking import limits, paying, vehicles
from parking.models import User, Vehicle
from parking.pages.requests import driver_of
from parking.uploads import Unusable
from payments import charges

TRIES_AN_HOUR = 10
GATEWAY_WORDS: dict[str, StrPromise] = {"wechat": _("微信支付"), "alipay": _("支付宝")}
MANDATE_WORDS: dict[str, StrPromise] = {
    "normal": _("已开通"),
    "blocked": _("已暂停，请到微信或支付宝里查看原因"),
    "none": _("没有开通"),
    "unknown": _("还没有查到"),
}


class JoinForm(forms.Form):
    """The code the holder passed on."""

    code = forms.CharField(
        label=_("邀请码"),
        help_text=_("8 位字母和数字，由车主在“我的车辆”里生成，一天内有效。"),
        max_length=16,
        error_messages={"required": _("请填写邀请码。"), "max_length": _("邀请码是 8 位字母和数字。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


def _own(user: User, pk: int) -> Vehicle:
    return get_object_or_404(Vehicle.objects.select_related("user"), pk=pk, user=user)


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One car."""
    car = _own(driver_of(request), pk)
    holds = car.verified_at is not None and car.shared_by_id is None
    context = {
        "car": car,
        "holds": holds,
        "proof": car.proofs.order_by("-id").first(),
        "shares": car.shares.select_related("user").order_by("bound_at") if holds else [],
    }
    return render(request, "driver/vehicle.html", context)


@login_required
@require_POST
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand in a picture of the licence."""
    car = _own(driver_of(request), pk)
    file = request.FILES.get("picture")
    if file is None:
        messages.error(request, gettext("请先选择行驶证照片。"))
        return redirect("pages:vehicle", pk=pk)
    try:
        vehicles.ask_proof(car, file=file, now=timezone.now())
        messages.success(request, gettext("已提交，工作人员会在两个工作日内核验。"))
    except (vehicles.Refused, Unusable) as error:
        messages.error(request, error.message)
    return redirect("pages:vehicle", pk=pk)


@never_cache
@login_required
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """A code for one more person who drives this car; shown on this answer only."""
    car = _own(driver_of(request), pk)
    try:
        code = vehicles.invite(car, now=timezone.now())
    except vehicles.Refused as error:
        messages.error(request, error.message)
        return redirect("pages:vehicle", pk=pk)
    return render(request, "driver/vehicle_invite.html", {"car": car, "code": code})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """Come to a car by its holder's code."""
    user = driver_of(request)
    form = JoinForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not limits.allowed(what="vehicle-join", who=str(user.pk), times=TRIES_AN_HOUR, seconds=3600):
            form.add_error("code", gettext("试的次数太多了，请一小时后再试。"))
        else:
            try:
                car = vehicles.join(user=user, code=form.cleaned_data["code"], now=timezone.now())
                messages.success(request, gettext("已绑定 %(plate)s。") % {"plate": car.plate})
                return redirect("pages:driver")
            except vehicles.Refused as error:
                form.add_error("code", error.message)
    return render(request, "driver/vehicle_join.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def end_share(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    """Take the car back from one person."""
    if not vehicles.end_share(_own(driver_of(request), pk), share):
        raise Http404
    messages.success(request, gettext("已取消共享。"))
    return redirect("pages:vehicle", pk=pk)


@never_cache
@login_required
@require_safe
def mandates(request: HttpRequest) -> HttpResponse:
    """How each proved car pays by itself: which way first, which not at all."""
    cars = list(
        Vehicle.objects.filter(user=driver_of(request), verified_at__isnull=False, shared_by=None).order_by("bound_at")
    )
    known = {
        (view.plate, view.plate_color, view.gateway): view for view in charges.mandates_of({car.plate for car in cars})
    }
    rows = []
    for car in cars:
        ways = [(gateway, known.get((car.plate, car.plate_color, gateway))) for gateway in paying.GATEWAYS]
        ways.sort(key=lambda way: not (way[1] is not None and way[1].first))
        rows.append(
            {
                "car": car,
                "ways": [
                    {
                        "gateway": gateway,
                        "name": GATEWAY_WORDS[gateway],
                        "word": MANDATE_WORDS.get(view.state if view else "unknown", MANDATE_WORDS["unknown"]),
                        "ended": view is not None and view.ended_at is not None,
                        "first": view is not None and view.first,
                    }
                    for gateway, view in ways
                ],
            }
        )
    return render(request, "driver/mandates.html", {"rows": rows})


@login_required
@require_POST
def mandate(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a gateway first, stop using it, or use it again. Only the proved holder may."""
    car = _own(driver_of(request), pk)
    if car.verified_at is None or car.shared_by_id is not None:
        raise Http404
    key = {"plate": car.plate, "plate_color": car.plate_color, "gateway": request.POST.get("gateway", "")[:16]}
    action, now = request.POST.get("action", ""), timezone.now()
    done = False
    if action == "prefer":
        done = charges.prefer_gateway(**key, now=now)
    elif action in ("end", "resume"):
        done = charges.end_mandate(**key, ended=action == "end", now=now)
    if done:
        words = {
            "prefer": gettext("已设为优先。"),
            "end": gettext("已停用，以后离开不再自动扣款。随时可以恢复。"),
            "resume": gettext("已恢复自动扣款。"),
        }
        messages.success(request, words[action])
    else:
        messages.error(request, gettext("这里没有开通这个支付渠道。"))
    return redirect("pages:mandates")
