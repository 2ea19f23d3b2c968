"""Tariff versions and the calendar."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from parking.domain import tariff as engine
from parking.models import CalendarDay, CalendarYear, ParkingSession, TariffVersion, WhatIfRun


class TariffForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a document that the engine can't read, with the path of the field."""

    class Meta:
        model = TariffVersion
        fields = ["code", "version", "zone", "name", "status", "in_force_from", "document"]

    def clean_document(self) -> Any:
        """The document, once it is a tariff."""
        document = self.cleaned_data["document"]
        try:
            engine.parse(document)
        except engine.TariffError as error:
            raise forms.ValidationError(f"{error.path}: {error.reason_zh}") from error
        return document


@admin.register(TariffVersion)
class TariffVersionAdmin(ModelAdmin):
    """Versions; one that has billed can't be edited."""

    form = TariffForm
    list_display = ["code", "version", "zone", "status", "in_force_from"]
    list_filter = ["status", "zone"]
    search_fields = ["code", "name"]
    list_select_related = ["zone"]

    def has_change_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        """Not once a session was billed by it: an old fee must stay explained."""
        if obj is not None and ParkingSession.objects.filter(tariff=obj).exists():
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: TariffVersion | None = None) -> bool:
        """As for changing."""
        return self.has_change_permission(request, obj) and bool(super().has_delete_permission(request, obj))


@admin.register(CalendarDay)
class CalendarDayAdmin(ModelAdmin):
    """Holidays and make-up workdays."""

    list_display = ["date", "kind", "name"]
    list_filter = ["kind"]
    date_hierarchy = "date"
    search_fields = ["name"]


@admin.register(CalendarYear)
class CalendarYearAdmin(ModelAdmin):
    """Which years' holidays are published."""

    list_display = ["year", "announced_at", "source", "rerated_at"]


@admin.register(WhatIfRun)
class WhatIfRunAdmin(ModelAdmin):
    """Past periods priced again under a draft."""

    list_display = ["version", "from_at", "to_at", "asked_at", "finished_at"]
    list_select_related = ["version"]
