"""Correcting, splitting, merging orders and rating them again: the form, the effect before it is done, the deed."""

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from parking import corrections, grants, masking, tokens
from parking.admin import words
from parking.corrections import Effect, Part, Undecidable, Wish
from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS
from parking.models import ParkingSession, SessionAct, User
from payments import charges
from payments.domain.money import yuan

PERMISSION = "parking.correct_parkingsession"
_K = SessionAct.Kind
_COLOR_WORDS = {
    "blue": gettext_lazy("蓝"),
    "green": gettext_lazy("绿"),
    "yellow": gettext_lazy("黄"),
    "black": gettext_lazy("黑"),
    "white": gettext_lazy("白"),
    "yellow_green": gettext_lazy("黄绿"),
    "unknown": gettext_lazy("不知道"),
}
_COLORS = [("", gettext_lazy("不改")), *((name, _COLOR_WORDS[name]) for name in PLATE_COLORS)]


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )


def _plate(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=16,
        help_text=gettext_lazy("不改就留空"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )


class AmendForm(forms.Form):
    """What all acts ask for."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=80, widget=forms.Textarea(attrs={"rows": 2}), strip=True
    )

    def __init__(self, *given: Any, session: ParkingSession, **more: Any) -> None:
        super().__init__(*given, **more)
        self.session = session
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def part(self, *, arrived_at: datetime, left_at: datetime, plate: str = "", **more: str) -> Part:
        """A part that differs from the order only where something was filled in."""
        return Part(
            berth=more.get("berth") or self.session.berth.code,
            arrived_at=arrived_at,
            left_at=left_at,
            plate=plates.normalise(plate) or self.session.plate,
            plate_color=more.get("plate_color") or self.session.plate_color,
        )

    def parts(self) -> tuple[Part, ...]:
        """What is to stand."""
        left_at = self.session.left_at or self.session.arrived_at
        return (self.part(arrived_at=self.session.arrived_at, left_at=left_at),)

    def numbers(self) -> tuple[str, ...]:
        """The orders it is about."""
        return (self.session.number,)


class CorrectForm(AmendForm):
    """Times, plate, berth."""

    plate = _plate(gettext_lazy("号牌号码"))
    plate_color = forms.ChoiceField(label=gettext_lazy("号牌颜色"), choices=_COLORS, required=False)
    arrived_at = _moment(gettext_lazy("驶入时间"))
    left_at = _moment(gettext_lazy("驶离时间"))
    berth = forms.CharField(label=gettext_lazy("泊位"), max_length=32)

    def __init__(self, *given: Any, session: ParkingSession, **more: Any) -> None:
        first = {"arrived_at": session.arrived_at, "left_at": session.left_at, "berth": session.berth.code}
        super().__init__(*given, session=session, initial=first, **more)

    def parts(self) -> tuple[Part, ...]:
        """The order as it should be. A moment the browser cut to the second is not another one."""
        said = self.cleaned_data
        return (
            self.part(
                arrived_at=_same(said["arrived_at"], self.session.arrived_at),
                left_at=_same(said["left_at"], self.session.left_at),
                plate=said["plate"],
                plate_color=said["plate_color"],
                berth=said["berth"].strip(),
            ),
        )


class SplitForm(AmendForm):
    """Where the first car left and the second came."""

    left_at = _moment(gettext_lazy("前一辆驶离时间"))
    arrived_at = _moment(gettext_lazy("后一辆驶入时间"))
    plate_before = _plate(gettext_lazy("前一辆号牌"))
    plate_after = _plate(gettext_lazy("后一辆号牌"))

    def parts(self) -> tuple[Part, ...]:
        """Two stays within the old one."""
        said = self.cleaned_data
        end = self.session.left_at or said["arrived_at"]
        return (
            self.part(arrived_at=self.session.arrived_at, left_at=said["left_at"], plate=said["plate_before"]),
            self.part(arrived_at=said["arrived_at"], left_at=end, plate=said["plate_after"]),
        )


class MergeForm(AmendForm):
    """With which order of the same berth, and whose car it was."""

    other = forms.ChoiceField(label=gettext_lazy("与哪一单合并"))
    plate = _plate(gettext_lazy("号牌号码"))

    def __init__(self, *given: Any, session: ParkingSession, **more: Any) -> None:
        super().__init__(*given, session=session, **more)
        self.near = {each.number: each for each in corrections.neighbours(session)}
        choices = [(number, _in_words(each)) for number, each in self.near.items()]
        field = self.fields["other"]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
        field.help_text = "" if choices else _("同一泊位前后 24 小时内没有别的订单。")

    def parts(self) -> tuple[Part, ...]:
        """One stay over both."""
        both = [self.session, self.near[self.cleaned_data["other"]]]
        ends = [each.left_at for each in both if each.left_at]
        return (
            self.part(
                arrived_at=min(each.arrived_at for each in both), left_at=max(ends), plate=self.cleaned_data["plate"]
            ),
        )

    def numbers(self) -> tuple[str, ...]:
        """Both."""
        return (self.session.number, self.cleaned_data["other"])


_FORMS: Mapping[str, tuple[Any, Callable[..., AmendForm]]] = {
    _K.CORRECT: (gettext_lazy("更正订单"), CorrectForm),
    _K.SPLIT: (gettext_lazy("拆成两单"), SplitForm),
    _K.MERGE: (gettext_lazy("合并订单"), MergeForm),
    _K.RERATE: (gettext_lazy("重新计费"), AmendForm),
}
TITLES = {what: title for what, (title, _form) in _FORMS.items()}


def possible(session: ParkingSession) -> list[str]:
    """What may be done to an order as it stands; whether it can be is told when it is tried."""
    if session.status == "void" or session.left_at is None or session.contested:
        return []
    return [_K.CORRECT, _K.SPLIT, _K.MERGE, *([_K.RERATE] if session.status == "billed" else [])]


def limit_of(user: User) -> int:
    """How much money this person may move without a second one, in fen."""
    return sys.maxsize if user.is_superuser else charges.refund_limit(tokens.roles(user))


def in_words(effect: Mapping[str, Any], *, alone: bool | None = None) -> list[str]:
    """The effect as sentences; `effect` as the row keeps it."""
    told = []
    if effect["off_fen"]:
        told.append(_("不再收取未付的 %(yuan)s 元") % {"yuan": yuan(effect["off_fen"])})
    if effect["back_fen"]:
        told.append(_("沿原路退回已付的 %(yuan)s 元") % {"yuan": yuan(effect["back_fen"])})
    for serial in effect["reversed_invoices"]:
        told.append(_("发票 %(serial)s 会自动红冲，剩余部分重开") % {"serial": serial})
    for made in effect["made"]:
        period = f"{_clock(made['arrived_at'])} – {_clock(made['left_at'])}"
        if made["fee_fen"] is None:
            holds = "；".join(words.hold(each) for each in made["holds"])
            told.append(_("%(period)s 的订单待核实：%(why)s") % {"period": period, "why": holds})
        else:
            told.append(_("%(period)s 出账 %(yuan)s 元") % {"period": period, "yuan": yuan(made["fee_fen"])})
    if alone is not None:
        told.append(_("在您的权限内，立即生效") if alone else _("超过您的权限，须另一位有权限的人复核后才生效"))
    return told


@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, session_id: int, what: str) -> HttpResponse:
    """Ask what should stand and why, show the effect, then do it or leave it to a second person."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(PERMISSION):
        raise PermissionDenied
    mine = grants.within(ParkingSession.objects.all(), user=user, permission=PERMISSION, road="road")
    session = mine.select_related("berth", "road").filter(pk=session_id).first()
    if session is None or what not in _FORMS:
        raise Http404
    back = reverse("admin:parking_parkingsession_change", args=[session_id])
    if what not in possible(session):
        messages.error(request, _("这个订单现在不能这样处理。"))
        return redirect(back)
    title, make = _FORMS[what]
    form = make(request.POST or None, session=session)
    effect: Effect | None = None
    if request.method == "POST" and form.is_valid():
        wish = Wish(kind=what, numbers=form.numbers(), into=form.parts(), reason=form.cleaned_data["reason"])
        told: dict[str, Any] = {"by": user, "roads": user.road_codes(PERMISSION), "now": timezone.now()}
        try:
            effect = corrections.preview(wish, **told)
            if request.POST.get("sure") == effect.mark:
                act = corrections.carry_out(wish, limit_fen=limit_of(user), agreed=effect.mark, **told)
                return redirect(_after(request, act, back))
        except Undecidable as error:
            effect = None
            form.add_error(error.field if error.field in form.fields else None, error.message)
    context = admin.site.each_context(request) | {
        "title": title,
        "session": session,
        "masked": masking.plate(session.plate),
        "form": form,
        "effect": effect,
        "changed": bool(effect and request.POST.get("sure")),
        "lines": in_words(effect.as_data(), alone=effect.moved_fen <= limit_of(user)) if effect else [],
        "back": back,
    }
    return render(request, "admin/parking/parkingsession/amend.html", context, status=422 if form.errors else 200)


def _after(request: HttpRequest, act: SessionAct, back: str) -> str:
    if act.status == SessionAct.Status.REQUESTED:
        messages.info(request, _("已提交，等另一位有权限的人复核。"))
        return back
    made = [each["number"] for each in act.effect["made"]]
    messages.success(request, _("已办好。") + (_("新订单：%s") % "、".join(made) if made else ""))
    first = ParkingSession.objects.filter(number__in=made).order_by("arrived_at").first()
    return reverse("admin:parking_parkingsession_change", args=[first.pk]) if first else back


def _same(said: datetime, was: datetime | None) -> datetime:
    return was if was is not None and was.replace(microsecond=0) == said else said


def _in_words(session: ParkingSession) -> str:
    end = session.left_at or session.arrived_at
    return f"{_clock(session.arrived_at.isoformat())} – {_clock(end.isoformat())} {masking.plate(session.plate)}"


def _clock(moment: str) -> str:
    return f"{timezone.localtime(datetime.fromisoformat(moment)):%m-%d %H:%M}" if moment else ""
