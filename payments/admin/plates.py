"""Mandates and entries at the gateways."""

from django.contrib import admin

from payments.admin.reading import ReadingAdmin
from payments.models import Mandate, PlateEntry


@admin.register(Mandate)
class MandateAdmin(ReadingAdmin):
    """Which plates may be debited."""

    list_display = ["masked_plate", "plate_color", "gateway", "state", "detail", "told_at", "ended_at", "first"]
    list_filter = ["state", "gateway"]
    search_fields = ["=plate"]
    exclude = ["plate"]
    readonly_fields = ["masked_plate"]


@admin.register(PlateEntry)
class PlateEntryAdmin(ReadingAdmin):
    """The entries gateways keep of plates."""

    list_display = ["number", "masked_plate", "gateway", "status", "blocked", "reason", "stay", "spot", "from_at"]
    list_filter = ["status", "gateway", "blocked"]
    search_fields = ["=number", "=stay", "=plate", "=reference"]
    ordering = ["-id"]
    exclude = ["plate"]
    readonly_fields = ["masked_plate"]
