"""The desk's door: a second proof beside the password, and out after a while of doing nothing."""

import base64
import time
from collections.abc import Callable

import segno
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import login, user_has_device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from parking.models import User

PREFIX = "/admin/"
_SEEN = "desk_seen"
# Written once a minute, not at each click.
_GRAIN_S = 60
RECOVERY_CODES = 10


class DeskDoor:
    """Lets nobody into the desk without a second proof, and signs out who was idle for `DESK_IDLE_MINUTES`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The page, or the way to what is missing."""
        if not request.path.startswith(PREFIX) or not isinstance(request.user, User) or not request.user.is_staff:
            return self.get_response(request)
        now = time.time()
        seen = request.session.get(_SEEN, now)
        if now - seen > settings.DESK_IDLE_MINUTES * 60:
            logout(request)
            messages.info(request, _("您有一段时间没有操作，已自动退出，请重新登录。"))
            return redirect(f"{reverse('admin:login')}?{urlencode({'next': request.path})}")
        if now - seen > _GRAIN_S or _SEEN not in request.session:
            request.session[_SEEN] = now
        open_to_all = (reverse("second-factor"), reverse("admin:logout"), reverse("admin:login"))
        if settings.SECOND_FACTOR and request.path not in open_to_all and not request.user.is_verified():  # type: ignore[attr-defined]
            return redirect(f"{reverse('second-factor')}?{urlencode({'next': request.get_full_path()})}")
        return self.get_response(request)


@never_cache
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the person's device, or set one up the first time; recovery codes are shown once.

    In the demo, which nobody has an app for, the page shows the code that the app would.
    """
    user = request.user
    if not isinstance(user, User) or not user.is_staff:
        raise PermissionDenied
    target = request.POST.get("next") or request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = reverse("admin:index")
    if user.is_verified():  # type: ignore[attr-defined]
        return redirect(target)
    known = user_has_device(user, confirmed=True)
    device = TOTPDevice.objects.filter(user=user, confirmed=known).order_by("id").first()
    if device is None and not known:
        device = TOTPDevice.objects.create(user=user, name="app", confirmed=False)
    error = ""
    if request.method == "POST":
        token = "".join(request.POST.get("token", "").split())
        proof = _proved(user, device, token, known=known)
        if proof is not None:
            login(request, proof)
            request.session.cycle_key()
            if known:
                return redirect(target)
            return _page(request, {"codes": _recovery(user), "next": target})
        error = _("验证码不对或已用过，请等下一个。连续输错会越等越久。")
    context = {
        "next": target,
        "known": known,
        "error": error,
        "secret": "" if known or device is None else base64.b32encode(device.bin_key).decode(),
        "picture": ""
        if known or device is None
        else segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=2),
        "shown": _now(device) if settings.DEMO and device is not None else "",
    }
    return _page(request, context, status=422 if error else 200)


def _page(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    whole = admin.site.each_context(request) | context | {"title": _("第二重验证")}
    return render(request, "admin/second_factor.html", whole, status=status)


@transaction.atomic
def _proved(user: User, device: TOTPDevice | None, token: str, *, known: bool) -> TOTPDevice | StaticDevice | None:
    """The device that the token is of; a recovery code counts once, and only for one who has a device."""
    others = StaticDevice.objects.filter(user=user, confirmed=True) if known else ()
    for candidate in (device, *others):
        if candidate is None:
            continue
        locked = type(candidate).objects.select_for_update().get(pk=candidate.pk)
        if locked.verify_is_allowed()[0] and locked.verify_token(token):
            if not known:
                locked.confirmed = True
                locked.save(update_fields=["confirmed"])
            return locked
    return None


def _recovery(user: User) -> list[str]:
    device, _made = StaticDevice.objects.get_or_create(user=user, name="recovery")
    device.token_set.all().delete()
    codes = [StaticToken.random_token() for _number in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def _now(device: TOTPDevice) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time()
    return f"{totp.token():0{device.digits}d}"
