"""Appeals near their clock: what the driver says, what was seen, what an answer would do, the answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Value, When
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from parking import appeals, masking, traces
from parking.admin.readonly import RoadScoped
from parking.models import Appeal, AppealPicture, User

_VERDICTS = [
    ("", "—"),
    (appeals.FREE, _("同意：这一单不收费")),
    (appeals.CORRECT, _("时间改为下面填写的，按新时间算费")),
    (appeals.MOVE, _("同意：是另一辆车，改到下面填写的号牌")),
    (appeals.REFUSE, _("不同意，费用不变")),
]


class AnswerForm(forms.Form):
    """The answer; times in the city's clock, only for a corrected stay."""

    verdict = forms.ChoiceField(label=_("结论"), choices=_VERDICTS, widget=UnfoldAdminSelectWidget)
    arrived_at = forms.SplitDateTimeField(
        label=_("改正的驶入时间"), required=False, widget=UnfoldAdminSplitDateTimeWidget
    )
    left_at = forms.SplitDateTimeField(label=_("改正的驶离时间"), required=False, widget=UnfoldAdminSplitDateTimeWidget)
    plate = forms.CharField(
        label=_("真正停车的号牌（只用于改到另一辆车）"),
        required=False,
        max_length=32,
        widget=UnfoldAdminTextInputWidget,
    )
    answer = forms.CharField(
        label=_("答复（车主会看到）"), max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4})
    )

    def decision(self) -> appeals.Decision:
        """What the person decided."""
        said = self.cleaned_data
        return appeals.Decision(
            verdict=said["verdict"],
            answer=said["answer"],
            arrived_at=said["arrived_at"],
            left_at=said["left_at"],
            plate=said["plate"],
        )


@admin.register(Appeal)
class AppealAdmin(RoadScoped):
    """What waits for an answer, nearest to its clock first."""

    road_lookup = "session__road"
    list_display = ["number", "masked_plate", "reason", "status", "opened_at", "clock", "relief", "decided_by"]
    list_filter = ["status", "reason", "session__road"]
    search_fields = ["=number", "=session__number"]
    list_select_related = ["session", "decided_by"]
    show_full_result_count = False

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """Unanswered ones first, nearest to the clock."""
        return [Case(When(status__in=appeals.PENDING, then=Value(0)), default=Value(1)).asc(), "due_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Drivers appeal; nobody does it for them here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Appeal | None = None) -> bool:
        """Never."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """With the pictures, for whoever may see the appeal."""
        own = path("pictures/<int:pk>/", self.admin_site.admin_view(self.picture), name="parking_appeal_picture")
        return [own, *super().get_urls()]

    def picture(self, request: HttpRequest, pk: int) -> FileResponse:
        """A driver's picture."""
        row = AppealPicture.objects.filter(pk=pk, appeal__in=self.get_queryset(request)).first()
        if row is None or not self.has_view_permission(request):
            raise Http404
        return FileResponse(row.file.open("rb"), content_type="image/jpeg")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One appeal: answer it, or as a second person confirm the answer."""
        found = (
            self.get_queryset(request)
            .select_related("session__road", "session__berth", "session__charge", "decided_by")
            .filter(pk=object_id if object_id.isdigit() else 0)
            .first()
        )
        if found is None or not self.has_view_permission(request, found):
            raise Http404
        now = timezone.now()
        traces.plates_seen(by=str(request.user), through="appeal", query=found.number, rows=1, now=now)
        may = bool(self.has_change_permission(request, found))
        form = AnswerForm(request.POST if request.method == "POST" and "verdict" in request.POST else None)
        effect = None
        if request.method == "POST" and may and isinstance(request.user, User):
            done, effect = self._act(request, found, form)
            if done:
                return redirect("admin:parking_appeal_changelist")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"{gettext('申诉')} {found.number}",
            "appeal": found,
            "session": found.session,
            "order_url": reverse("admin:parking_parkingsession_change", args=[found.session_id]),
            "form": form,
            "effect": effect,
            "may": may and found.status == Appeal.Status.OPEN,
            "may_confirm": may and found.status == Appeal.Status.WAITS and found.decided_by_id != request.user.pk,
            "pictures": found.pictures.all(),
            "late": found.status in appeals.PENDING and found.due_at < now,
            **(extra_context or {}),
        }
        return render(request, "admin/appeal.html", context)

    def _act(self, request: HttpRequest, found: Appeal, form: AnswerForm) -> tuple[bool, appeals.Effect | None]:
        """Do what the button says; whether it is done, and the preview if that was asked for."""
        assert isinstance(request.user, User)
        now = timezone.now()
        try:
            if "confirm" in request.POST or "send_back" in request.POST:
                agreed = "confirm" in request.POST
                appeals.confirm(found.number, agreed=agreed, by=request.user, now=now)
                self.message_user(request, gettext("已复核。") if agreed else gettext("已退回重新决定。"))
                return True, None
            if not form.is_valid():
                return False, None
            if "decide" not in request.POST:
                return False, appeals.preview(found, form.decision(), now=now)
            after = appeals.decide(found.number, form.decision(), by=request.user, now=now)
        except appeals.Refused as error:
            if form.is_bound:
                form.add_error(error.field if error.field in form.fields else None, error.message)
            else:
                self.message_user(request, error.message, messages.ERROR)
            return False, None
        waits = after.status == Appeal.Status.WAITS
        self.message_user(request, gettext("超出一个人的权限，等待另一人复核。") if waits else gettext("已答复。"))
        return True, None

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, row: Appeal) -> str:
        """鄂L1**45."""
        return masking.plate(row.session.plate)

    @admin.display(description=_("答复期限"), ordering="due_at")
    def clock(self, row: Appeal) -> str | SafeString:
        """Until when; in words when it is past."""
        shown = f"{timezone.localtime(row.due_at):%m-%d %H:%M}"
        if row.status in appeals.PENDING and row.due_at < timezone.now():
            return format_html("<strong>{} · {}</strong>", shown, gettext("已超时"))
        return shown

    @admin.display(description=_("减免或退款"))
    def relief(self, row: Appeal) -> str:
        """In yuan."""
        return f"{row.relief_fen / 100:.2f}"
