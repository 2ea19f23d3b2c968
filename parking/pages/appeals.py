"""Objecting to an order: the reason, a picture, the clock, the answer."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking import appeals
from parking.models import Appeal, AppealPicture
from parking.pages import orders
from parking.pages.requests import driver_of
from parking.pages.states import State
from parking.uploads import Unusable
from payments import charges

MOST_LISTED = 100

OPEN = State("open", _("处理中"), "clock", "warn", 0, _("工作人员正在核实，期间不催缴。"))
UPHELD = State("upheld", _("已同意"), "done", "good", 1, _("核实后同意您的申诉。"))
PARTLY = State("partly", _("部分同意"), "done", "good", 1, _("核实后同意了一部分。"))
REFUSED = State("refused", _("未同意"), "late", "bad", 1, _("核实后没有同意，理由见下。"))
WITHDRAWN = State("withdrawn", _("已撤回"), "void", "muted", 2, _("您撤回了这个申诉。"))
# What waits for a second person is still being looked at for the driver.
STATES: dict[str, State] = {
    "open": OPEN, "waits": OPEN, "upheld": UPHELD, "partly": PARTLY, "refused": REFUSED, "withdrawn": WITHDRAWN,
}  # fmt: skip


class AppealForm(forms.Form):
    """Why, in one tap and if need be a few words."""

    reason = forms.ChoiceField(
        label=_("哪里不对"),
        choices=Appeal.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择哪里不对。"), "invalid_choice": _("请从列表里选择。")},
    )
    words = forms.CharField(
        label=_("补充说明（可不填）"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("说明最多 500 个字，请删短一些。")},
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, number: str) -> HttpResponse:
    """Object to one of one's own orders."""
    user = driver_of(request)
    session = orders.find(user, number)
    form = AppealForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            opened = appeals.appeal(
                user=user,
                session=session,
                reason=form.cleaned_data["reason"],
                words=form.cleaned_data["words"],
                files=request.FILES.getlist("picture"),
                now=timezone.now(),
            )
        except (appeals.Refused, Unusable) as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, gettext("已收到。答复前不催缴。"))
            return redirect("pages:appeal", number=opened.number)
    order = orders.orders_of([session], now=timezone.now())[0]
    return render(request, "driver/appeal_new.html", {"form": form, "order": order}, status=422 if form.errors else 200)


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All appeals of this person."""
    rows = appeals.of_user(driver_of(request))[:MOST_LISTED]
    return render(request, "driver/appeals.html", {"appeals": [(row, STATES[row.status]) for row in rows]})


def _own(request: HttpRequest, number: str) -> Appeal:
    found = appeals.of_user(driver_of(request)).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One appeal: what was said, until when it is answered, the answer and what became of the money."""
    row = _own(request, number)
    context = {
        "appeal": row,
        "state": STATES[row.status],
        "decided": row.status not in appeals.PENDING,
        "pictures": row.pictures.all(),
        "refunds": charges.refunds_of([row.session.number]).get(row.session.number, []),
    }
    return render(request, "driver/appeal.html", context)


@login_required
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an open appeal back."""
    if appeals.withdraw(_own(request, number), now=timezone.now()):
        messages.success(request, gettext("已撤回。"))
    else:
        messages.error(request, gettext("已经有答复，不能撤回。"))
    return redirect("pages:appeal", number=number)


@never_cache
@login_required
@require_safe
def picture(request: HttpRequest, pk: int) -> FileResponse:
    """A picture of one's own appeal; nobody else's."""
    row = get_object_or_404(AppealPicture, pk=pk, appeal__user=driver_of(request))
    return FileResponse(row.file.open("rb"), content_type="image/jpeg")
