"""Signing in by phone: ask for a code, type it, done."""

from typing import Final

from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from parking import codes, consents, limits
from parking.codes import Refusal
from parking.pages.forms import CodeForm, PhoneForm

_PHONE: Final = "sign_in_phone"
_NEXT: Final = "sign_in_next"
_SHOWN: Final = "sign_in_demo_code"


@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """Step one: the phone."""
    if request.method == "GET":
        request.session[_NEXT] = _safe(request, request.GET.get("next", ""))
        return render(request, "driver/sign_in.html", {"form": PhoneForm()})
    form = PhoneForm(request.POST)
    if form.is_valid():
        number = form.cleaned_data["phone"]
        issued = codes.issue(phone=number, address=limits.address_of(request) or None, now=timezone.now())
        if issued.refusal is Refusal.TOO_SOON:
            seconds = int(issued.wait.total_seconds()) + 1
            form.add_error("phone", gettext("刚刚发过验证码，请 %(n)d 秒后再试。") % {"n": seconds})
        elif issued.refusal is not None:
            form.add_error("phone", codes.WORDS[issued.refusal])
        elif not codes.deliver(phone=number, code=issued.code):
            form.add_error("phone", gettext("短信没有发出去，请一分钟后再试，或拨打服务电话。"))
        else:
            request.session[_PHONE] = number
            request.session[_SHOWN] = issued.code if settings.DEMO else ""
            return redirect("pages:sign-in-code")
    return render(request, "driver/sign_in.html", {"form": form}, status=422)


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Step two: the code. In the demo, which sends no messages, the page shows it."""
    number = request.session.get(_PHONE)
    if not number:
        return redirect("pages:sign-in")
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = codes.redeem(phone=number, code=form.cleaned_data["code"], now=timezone.now())
        if not isinstance(answer, Refusal):
            target = request.session.get(_NEXT) or ""
            consents.give(user=answer, purpose="privacy", now=timezone.now())
            login(request, answer, backend="parking.grants.RoleBackend")
            for key in (_PHONE, _NEXT, _SHOWN):
                request.session.pop(key, None)
            return redirect(target or "pages:driver")
        form.add_error("code", codes.WORDS[answer])
    masked = f"{number[:3]} **** {number[-4:]}"
    shown = request.session.get(_SHOWN, "") if settings.DEMO else ""
    status = 422 if form.errors else 200
    return render(request, "driver/code.html", {"form": form, "masked": masked, "shown": shown}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session on this device."""
    logout(request)
    return redirect("pages:home")


def _safe(request: HttpRequest, target: str) -> str:
    allowed = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return target if allowed else ""
