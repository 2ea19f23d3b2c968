"""A list that also takes a table: CSV pasted or uploaded, the good rows taken, the bad ones named by line."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from parking.models import User
from parking.permits.registering import Registered

MOST_BYTES = 2_000_000


class CsvForm(forms.Form):
    """The table, pasted or as a file."""

    table = forms.CharField(label=_("粘贴表格（CSV）"), required=False, widget=forms.Textarea(attrs={"rows": 10}))
    file = forms.FileField(label=_("或选择文件"), required=False)
    dry_run = forms.BooleanField(label=_("只检查，不保存"), required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two, in UTF-8 or GB 18030, as Chinese spreadsheets write."""
        said: dict[str, Any] = super().clean() or {}
        file = said.get("file")
        if file is not None and file.size > MOST_BYTES:
            raise forms.ValidationError(_("文件超过 2 MB，请分批导入。"))
        text = said.get("table") or ""
        if file is not None:
            body = file.read()
            try:
                text = body.decode("utf-8-sig")
            except UnicodeDecodeError:
                text = body.decode("gb18030", errors="replace")
        if not text.strip():
            raise forms.ValidationError(_("请粘贴表格或选择文件。"))
        said["text"] = text
        return said


class CsvAdmin(ModelAdmin):
    """With a page that imports rows. Subclasses say the columns and what to do with the rows."""

    csv_columns: tuple[str, ...] = ()
    csv_example = ""
    actions_list = ["import_csv"]

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Store (line, row)."""
        raise NotImplementedError

    @action(description=_("导入表格"), url_path="import-list", permissions=["add"], icon="upload")  # type: ignore[untyped-decorator]
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        """To the page below."""
        return redirect(reverse(f"admin:{self._name()}_import"))

    def _name(self) -> str:
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"

    def get_urls(self) -> list[Any]:
        """With the import's page."""
        own = [path("import/", self.admin_site.admin_view(self.import_view), name=f"{self._name()}_import")]
        return own + list(super().get_urls())

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Show the form; on a post take the table and say what became of each row that was refused."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = CsvForm(request.POST or None, request.FILES or None)
        done: Registered | None = None
        if request.method == "POST" and form.is_valid():
            reader = csv.DictReader(io.StringIO(form.cleaned_data["text"].strip()))
            names = [(name or "").strip() for name in reader.fieldnames or ()]
            unknown = [name for name in names if name not in self.csv_columns]
            if unknown or not names:
                form.add_error(None, _("不认识的列：%s") % ", ".join(unknown))
            else:
                reader.fieldnames = names
                rows = ((line, row) for line, row in enumerate(reader, start=2) if any(row.values()))
                with transaction.atomic():
                    done = self.load(rows, by=request.user if isinstance(request.user, User) else None)
                    transaction.set_rollback(bool(form.cleaned_data["dry_run"]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("导入：%s") % self.model._meta.verbose_name_plural,
            "opts": self.model._meta,
            "form": form,
            "done": done,
            "dry_run": done is not None and form.cleaned_data["dry_run"],
            "columns": self.csv_columns,
            "example": self.csv_example,
            "back": reverse(f"admin:{self._name()}_changelist"),
        }
        return TemplateResponse(request, "admin/parking/import.html", context)
