"""Acts on orders: what was done, and what waits for a second person."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from parking import corrections, masking
from parking.admin.readonly import ReadOnlyAdmin, RoadScoped
from parking.admin.session_amend import in_words, limit_of
from parking.corrections import Undecidable, Wish
from parking.models import ParkingSession, SessionAct, User

PERMISSION = "parking.change_sessionact"


@admin.register(SessionAct)
class SessionActAdmin(ReadOnlyAdmin, RoadScoped):
    """Newest first; one that waits is agreed to or refused on its page."""

    road_lookup = "session__road"
    list_display = ["requested_at", "kind", "session", "status", "reason", "requested_by", "decided_by"]
    list_filter = ["status", "kind"]
    list_select_related = ["session", "requested_by", "decided_by"]
    search_fields = ["=session__number"]
    show_full_result_count = False
    ordering = ["-id"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What is wished, why, what it would do now, and the answer."""
        act = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        if act is None:
            raise Http404
        user = request.user
        if not isinstance(user, User) or not self.has_view_permission(request, act):
            raise PermissionDenied
        error = ""
        if request.method == "POST":
            if not user.has_perm(PERMISSION):
                raise PermissionDenied
            error = self._decide(request, act, user)
            if not error:
                return redirect(reverse("admin:parking_sessionact_changelist"))
            act.refresh_from_db()
        context = self.admin_site.each_context(request) | _page(act, user) | {"title": str(act.get_kind_display())}
        context["error"] = error or context["error"]
        return render(request, "admin/parking/sessionact/decide.html", context, status=422 if error else 200)

    def _decide(self, request: HttpRequest, act: SessionAct, user: User) -> str:
        agree = request.POST.get("answer") == "agree"
        try:
            corrections.decide(
                act.pk,
                agree=agree,
                answer=request.POST.get("words", "")[:200],
                by=user,
                roads=user.road_codes(PERMISSION),
                limit_fen=limit_of(user),
                agreed=request.POST.get("mark", ""),
                now=timezone.now(),
            )
        except Undecidable as refused:
            return refused.message
        messages.success(request, _("已执行。") if agree else _("已退回。"))
        return ""


def _page(act: SessionAct, user: User) -> dict[str, Any]:
    found = ParkingSession.objects.filter(number__in=act.numbers).select_related("berth").order_by("arrived_at", "id")
    shown: dict[str, Any] = {
        "act": act,
        "orders": [(each, masking.plate(each.plate)) for each in found],
        "parts": [part | {"plate": masking.plate(part["plate"])} for part in act.wish["into"]],
        "lines": in_words(act.effect),
        "error": "",
        "may": False,
        "mark": "",
    }
    if act.status != SessionAct.Status.REQUESTED:
        return shown
    try:
        effect = corrections.preview(
            Wish.from_act(act), by=act.requested_by, roads=None, now=timezone.now(), waiting=act.pk
        )
    except Undecidable as error:
        return shown | {"error": error.message, "lines": [], "may": False, "stuck": True}
    return shown | {
        "lines": in_words(effect.as_data()),
        "mark": effect.mark,
        "may": act.requested_by_id != user.pk and user.has_perm(PERMISSION),
        "own": act.requested_by_id == user.pk,
        "too_much": effect.moved_fen > limit_of(user),
    }
