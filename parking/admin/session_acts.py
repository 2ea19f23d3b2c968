"""What a person may do to a billed order: take money off it or give it back, with a reason, the effect shown first."""

from dataclasses import dataclass
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
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from parking import grants, tokens
from parking.models import ParkingSession, User
from payments import charges
from payments.charges import ChargeView, Closed, NotRefunded

WAIVE, REDUCE, VOID, REFUND = "waive", "reduce", "void", "refund"
PERMISSION = "parking.settle_parkingsession"
TITLES = {
    WAIVE: gettext_lazy("免收未付部分"),
    REDUCE: gettext_lazy("减收一部分"),
    VOID: gettext_lazy("作废应收"),
    REFUND: gettext_lazy("退款"),
}
_REFUSED: dict[str, Any] = {
    Closed.UNKNOWN_CHARGE: gettext_lazy("这个订单没有应收。"),
    Closed.NOT_OPEN: gettext_lazy("已经结清或作废，没有可减的金额。"),
    Closed.TOO_MUCH: gettext_lazy("金额超过未付部分。"),
    NotRefunded.NOTHING_PAID: gettext_lazy("没有可退的付款。"),
    NotRefunded.TOO_MUCH: gettext_lazy("金额超过可退部分。"),
    NotRefunded.TOO_OFTEN: gettext_lazy("这笔付款的退款次数已到渠道上限。"),
}


class ActForm(forms.Form):
    """Why, and how much where that is a choice; the amount in yuan as people write it."""

    amount = forms.DecimalField(
        label=gettext_lazy("金额(元)"), min_value=0, max_digits=9, decimal_places=2, widget=UnfoldAdminTextInputWidget
    )
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=80, widget=UnfoldAdminTextareaWidget)

    def __init__(self, *given: Any, act: str, most_fen: int, **more: Any) -> None:
        super().__init__(*given, **more)
        self.most_fen = most_fen
        if act in (WAIVE, VOID):
            del self.fields["amount"]

    def clean_amount(self) -> int:
        """In fen."""
        fen = int(self.cleaned_data["amount"] * 100)
        if not 0 < fen <= self.most_fen:
            raise forms.ValidationError(_("应在 0.01 到 %(most).2f 元之间。") % {"most": self.most_fen / 100})
        return fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the act would change, in fen."""

    due_fen: int
    due_after_fen: int
    back_fen: int
    alone: bool


def possible(view: ChargeView | None) -> list[str]:
    """What can be done to a charge as it stands."""
    if view is None:
        return []
    open_ = view.status == "open" and view.due_fen > 0
    return [*([WAIVE, REDUCE, VOID] if open_ else []), *([REFUND] if view.paid_fen > view.refunded_fen else [])]


@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, session_id: int, what: str) -> HttpResponse:
    """Ask for the reason, show the effect, then do it; above one's own authority a second person must agree."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(PERMISSION):
        raise PermissionDenied
    mine = grants.within(
        ParkingSession.objects.select_related("berth", "road"), user=user, permission=PERMISSION, road="road"
    )
    session = mine.filter(pk=session_id).first()
    if session is None:
        raise Http404
    view = charges.views([session.number]).get(session.number)
    back = reverse("admin:parking_parkingsession_change", args=[session_id])
    if view is None or what not in possible(view):
        messages.error(request, _("这个订单现在不能这样处理。"))
        return redirect(back)
    most = view.paid_fen - view.refunded_fen if what == REFUND else view.due_fen
    form = ActForm(request.POST or None, act=what, most_fen=most, initial={"amount": f"{most / 100:.2f}"})
    limit = most if user.is_superuser else charges.refund_limit(tokens.roles(user))
    sure = request.method == "POST" and form.is_valid()
    amount = form.cleaned_data.get("amount", most) if sure else most
    if sure and request.POST.get("sure"):
        refused = _do(what, session.number, amount, form.cleaned_data["reason"], user, limit)
        if refused is None:
            return redirect(back)
        if refused == "":
            messages.info(request, _("已提交，等另一位有权限的人复核。"))
            return redirect(back)
        form.add_error(None, refused)
        sure = False
    owed = 0 if what in (WAIVE, VOID) else view.due_fen - (amount if what == REDUCE else 0)
    context = admin.site.each_context(request) | {
        "title": TITLES[what],
        "session": session,
        "view": view,
        "form": form,
        "sure": sure,
        "what": what,
        "effect": Effect(
            due_fen=view.due_fen, due_after_fen=owed, back_fen=amount if what == REFUND else 0, alone=amount <= limit
        ),
        "back": back,
    }
    return render(request, "admin/parking/parkingsession/act.html", context, status=422 if form.errors else 200)


def _do(what: str, number: str, amount_fen: int, reason: str, user: User, limit_fen: int) -> str | None:
    """Carry it out: None when done, "" when it waits for a second person, else why not, in words."""
    given: dict[str, Any] = {
        "reason": reason,
        "by": user.get_username(),
        "limit_fen": limit_fen,
        "now": timezone.now(),
    }
    if what == REFUND:
        told = charges.ask_refund(number, amount_fen=amount_fen, **given)
        if isinstance(told, NotRefunded):
            return str(_REFUSED[told])
        return "" if told.waits_for_second else None
    if what == REDUCE:
        done = charges.reduce(number, amount_fen=amount_fen, **given)
    else:
        done = charges.waive(number, **given) if what == WAIVE else charges.void(number, **given)
    if done in (Closed.DONE, Closed.WAITS):
        return None if done is Closed.DONE else ""
    return str(_REFUSED[done])
