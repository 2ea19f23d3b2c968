"""The driver's account: messages and how they come, consents, one's own data, the end."""

from dataclasses import dataclass

from django.contrib import messages as toasts
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking import accounts, consents, masking, messages
from parking.models import Consent, Message, MessageChoice, Vehicle
from parking.models.drivers import Topic
from parking.pages.requests import driver_of
from parking.wording import english

PAGE = 40


@dataclass(frozen=True, slots=True)
class Told:
    """A message in the reader's language."""

    row: Message
    title: str
    text: str
    order: str


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """My cars, my settings and the way out."""
    user = driver_of(request)
    context = {
        "vehicles": Vehicle.objects.filter(user=user).order_by("bound_at", "pk"),
        "masked": masking.phone(user.phone or "") or gettext("微信用户"),
        "unread": Message.objects.filter(user=user, read_at=None).count(),
    }
    return render(request, "driver/account.html", context)


@never_cache
@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What I was told, newest first. Looking is reading."""
    user = driver_of(request)
    rows = Message.objects.filter(user=user).order_by("-id")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: PAGE + 1])
    told = [
        Told(row, messages.title(row), messages.body(row, english=english()), messages.order_of(row))
        for row in page[:PAGE]
    ]
    messages.read(user=user, ids=[row.pk for row in page[:PAGE]], now=timezone.now())
    older = page[PAGE - 1].pk if len(page) > PAGE else None
    return render(request, "driver/messages.html", {"told": told, "older": older})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """Which way to hear of what."""
    user = driver_of(request)
    if request.method == "POST":
        try:
            for topic in Topic.values:
                channel = request.POST.get(topic, "")
                if channel in MessageChoice.Channel.values:
                    messages.choose(user=user, topic=topic, channel=channel)
            toasts.success(request, gettext("已保存。"))
        except ValueError as error:
            toasts.error(request, str(error))
        return redirect("pages:message-choices")
    chosen = messages.choices(user)
    rows = [(topic, label, chosen[topic]) for topic, label in Topic.choices]
    context = {"rows": rows, "channels": MessageChoice.Channel.choices, "phone": masking.phone(user.phone or "")}
    return render(request, "driver/message_choices.html", context)


@never_cache
@login_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """What I agreed to, what is kept of me, and the end of the account."""
    user = driver_of(request)
    context = {
        "whereabouts": Consent.Purpose.WHEREABOUTS in consents.standing(user),
        "history": user.consents.order_by("-given_at")[:20],
        "owed_fen": accounts.owed_fen(user),
    }
    return render(request, "driver/privacy.html", context)


@login_required
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Give or take back the showing of whereabouts."""
    given = request.POST.get("given") == "yes"
    act = consents.give if given else consents.withdraw
    act(user=driver_of(request), purpose=Consent.Purpose.WHEREABOUTS, now=timezone.now())
    toasts.success(request, gettext("已恢复显示。") if given else gettext("已撤回。账号里不再显示停车的时间和地点。"))
    return redirect("pages:my-privacy")


@never_cache
@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """All that is kept of me, as a zip."""
    response = HttpResponse(accounts.export(driver_of(request), now=timezone.now()), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="openberth-account.zip"'
    return response


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Delete my account; what the law keeps was said on the page before."""
    try:
        accounts.end(driver_of(request), now=timezone.now())
    except ValueError:
        toasts.error(request, gettext("工作账号请由管理员注销。"))
        return redirect("pages:my-privacy")
    logout(request)
    toasts.success(request, gettext("账号已注销，您的信息已删除。"))
    return redirect("pages:home")
