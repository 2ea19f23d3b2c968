"""Tariff versions: a form with a live picture, and the steps by which a version becomes law."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from parking import tariffs
from parking.admin import tariff_editor
from parking.admin.tariff_editor import Draft
from parking.models import TariffVersion, User
from parking.tariffs import NotLaw

EDITABLE = (TariffVersion.Status.DRAFT, TariffVersion.Status.TRIED)


@admin.register(TariffVersion)
class TariffVersionAdmin(ModelAdmin):
    """Versions; what is law is looked at, never edited."""

    list_display = ["code", "version", "zone", "status", "in_force_from", "withdrawn_from", "written_by", "approved_by"]
    list_filter = ["status", "zone"]
    search_fields = ["code", "name"]
    list_select_related = ["zone", "written_by", "approved_by"]
    ordering = ["-in_force_from", "code", "-version"]
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        """Drafts are withdrawn, not removed."""
        return False

    def get_urls(self) -> list[Any]:
        """With the picture, the other face of the form, and the steps."""
        guard = self.admin_site.admin_view
        own = [
            path("preview/", guard(require_POST(self.preview_view)), name="parking_tariffversion_preview"),
            path("face/", guard(require_POST(self.face_view)), name="parking_tariffversion_face"),
            path("<int:pk>/step/", guard(require_POST(self.step_view)), name="parking_tariffversion_step"),
        ]
        return own + list(super().get_urls())

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """A new tariff."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._page(request, None)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One version: to edit while it is a draft, to look at and copy afterwards."""
        version = (
            TariffVersion.objects.select_related("zone", "written_by", "approved_by").filter(pk=object_id).first()
            if object_id.isdecimal()
            else None
        )
        if version is None:
            raise Http404
        if not self.has_view_permission(request, version):
            raise PermissionDenied
        return self._page(request, version)

    def _page(self, request: HttpRequest, version: TariffVersion | None) -> HttpResponse:
        now = timezone.now()
        editable = self.has_change_permission(request, version) and (version is None or version.status in EDITABLE)
        draft = tariff_editor.of_version(version) if version else tariff_editor.empty(now)
        if version is None:
            draft.errors.clear()
        if request.method == "POST":
            if not editable:
                raise PermissionDenied
            draft = tariff_editor.of_post(request.POST.dict())
            stored = self._store(request, draft, version, now)
            if stored is not None:
                messages.success(request, _("已存为草稿：%s") % stored)
                return redirect("admin:parking_tariffversion_change", stored.pk)
        title = str(version) if version else _("新建计费规则")
        context = {
            **self.admin_site.each_context(request),
            **tariff_editor.preview(draft, now=now),
            **tariff_editor.form(draft),
            "title": title,
            "opts": self.model._meta,
            "version": version,
            "editable": editable,
            "posted": request.method == "POST",
            "may_change": self.has_change_permission(request, version),
            "own": version is not None and version.written_by_id == request.user.pk,
        }
        return TemplateResponse(request, "admin/parking/tariff.html", context)

    def _store(
        self, request: HttpRequest, draft: Draft, version: TariffVersion | None, now: datetime
    ) -> TariffVersion | None:
        if draft.tariff is None:
            return None
        begin = draft.in_force_from
        if begin is None:
            draft.errors["in_force_from"] = _("请填写生效时间")
            return None
        by = request.user if isinstance(request.user, User) else None
        try:
            return tariffs.write(draft.document, in_force_from=begin, by=by, version_id=version.pk if version else None)
        except NotLaw as error:
            draft.errors[error.field if draft.mode == "form" else "json"] = error.message
            return None

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """The picture of what stands in the form."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        draft = tariff_editor.of_post(request.POST.dict())
        context = {**tariff_editor.preview(draft, now=timezone.now()), "live": True}
        return render(request, "admin/parking/_tariff_preview.html", context)

    def face_view(self, request: HttpRequest) -> HttpResponse:
        """The same tariff as form or as text: what the other face held, carried over."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        post: dict[str, str] = request.POST.dict()
        wanted = post.get("mode", "form")
        draft = tariff_editor.of_post({**post, "mode": "json" if wanted == "form" else "form"})
        if wanted == "form" and "json" in draft.errors and draft.tariff is None and not draft.path:
            wanted = "json"  # text that isn't JSON has no fields
        errors = dict(draft.errors)
        draft = tariff_editor.of_document(draft.document, mode=wanted) if wanted == "form" else draft
        draft.mode = wanted
        draft.errors = draft.errors or errors
        return render(
            request, "admin/parking/_tariff_form.html", {**tariff_editor.form(draft), "editable": True, "version": None}
        )

    def step_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Try, approve, withdraw or copy."""
        if not self.has_change_permission(request) or not isinstance(request.user, User):
            raise PermissionDenied
        if not TariffVersion.objects.filter(pk=pk).exists():
            raise Http404
        now = timezone.now()
        step = request.POST.get("step", "")
        try:
            if step == "try":
                version = tariffs.try_out(pk, now=now)
                messages.success(request, _("试算通过，请由第二人批准。"))
            elif step == "approve":
                version = tariffs.approve(pk, by=request.user, now=now)
                messages.success(
                    request, _("已批准，将于 %s 生效。") % f"{timezone.localtime(version.in_force_from):%F %H:%M}"
                )
            elif step == "withdraw":
                version = tariffs.withdraw(pk, from_at=now, now=now)
                messages.success(request, _("已撤回：%s") % version)
            elif step == "copy":
                version = tariffs.copy(pk, by=request.user, now=now)
                messages.success(request, _("已复制为新草稿：%s") % version)
            else:
                raise Http404
        except NotLaw as error:
            messages.error(request, error.message)
            return redirect("admin:parking_tariffversion_change", pk)
        return redirect(reverse("admin:parking_tariffversion_change", args=[version.pk]))
