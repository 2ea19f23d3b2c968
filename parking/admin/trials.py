"""Past periods priced again, and what demand would propose."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from parking import tasks, trials
from parking.models import User, WhatIfRun


class RunForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which version, which period."""

    class Meta:
        model = WhatIfRun
        fields = ["version", "from_at", "to_at"]
        widgets = {"version": UnfoldAdminSelectWidget}

    def clean(self) -> dict[str, Any]:
        """A period with a beginning before its end."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("from_at") and said.get("to_at") and said["from_at"] >= said["to_at"]:
            self.add_error("to_at", _("应晚于起始时间"))
        return said


@admin.register(WhatIfRun)
class WhatIfRunAdmin(ModelAdmin):
    """Ask for a comparison; read it when it is done."""

    form = RunForm
    list_display = ["version", "from_at", "to_at", "asked_by", "asked_at", "done", "total", "finished_at"]
    list_select_related = ["version", "asked_by"]
    actions_list = ["show_proposals"]

    @action(description=_("按占用率调价的建议"), url_path="to-proposals", icon="trending_up")  # type: ignore[untyped-decorator]
    def show_proposals(self, request: HttpRequest) -> HttpResponse:
        """To the page below."""
        return redirect("admin:parking_whatifrun_proposals")

    def has_delete_permission(self, request: HttpRequest, obj: WhatIfRun | None = None) -> bool:
        """Kept."""
        return False

    def get_urls(self) -> list[Any]:
        """With the proposals."""
        guard = self.admin_site.admin_view
        own = [path("proposals/", guard(self.proposals_view), name="parking_whatifrun_proposals")]
        return own + list(super().get_urls())

    def save_model(self, request: HttpRequest, obj: WhatIfRun, form: Any, change: bool) -> None:
        """Stored as asked for; the worker is woken."""
        obj.asked_by = request.user if isinstance(request.user, User) else None
        obj.asked_at = timezone.now()
        obj.save()
        transaction.on_commit(tasks.run_trials.delay)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The result, or how far it is."""
        run = self.get_object(request, object_id)
        if not self.has_view_permission(request, run):
            raise PermissionDenied
        if run is None:
            return super().change_view(request, object_id, form_url, extra_context)  # type: ignore[no-any-return]
        context = {
            **self.admin_site.each_context(request),
            "title": _("试算：%s") % run,
            "opts": self.model._meta,
            "run": run,
            "rows": _rows(run.result),
            "percent": run.done * 100 // run.total if run.total else 0,
        }
        return TemplateResponse(request, "admin/parking/trial.html", context)

    def proposals_view(self, request: HttpRequest) -> HttpResponse:
        """What the rule of San Francisco would propose."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        english = (get_language() or "").startswith("en")
        rows = [
            {
                "one": one,
                "band": one.band_en if english else one.band,
                "reason": one.proposal.reason_en if english else one.proposal.reason,
                "price": f"{one.price / 100:.2f}",
                "new": f"{one.proposal.price / 100:.2f}",
                "change": f"{one.proposal.change / 100:+.2f}" if one.proposal.change else "",
            }
            for one in trials.proposals(now=timezone.now())
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("按占用率调价的建议"),
            "opts": self.model._meta,
            "rows": rows,
            "back": reverse("admin:parking_whatifrun_changelist"),
        }
        return TemplateResponse(request, "admin/parking/proposals.html", context)


def _rows(result: dict[str, Any]) -> list[dict[str, Any]]:
    if not result:
        return []
    named = [(_("合计"), result["total"]), *result["by_road"].items()]
    named += [(f"{hour:02}:00", one) for hour, one in enumerate(result["by_hour"]) if one["stays"]]
    return [
        {
            "name": name,
            "stays": one["stays"],
            "more": one["more"],
            "less": one["less"],
            "old": f"{one['old_fen'] / 100:,.2f}",
            "new": f"{one['new_fen'] / 100:,.2f}",
            "change": f"{(one['new_fen'] - one['old_fen']) / 100:+,.2f}",
        }
        for name, one in named
    ]
