"""Who is sent the reports, and what went out."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from parking.admin.readonly import ReadOnlyAdmin
from parking.models import ReportRecipient, ReportSent


@admin.register(ReportRecipient)
class ReportRecipientAdmin(ModelAdmin):
    """The recipients."""

    list_display = ["email", "name", "daily", "monthly", "language"]
    search_fields = ["email", "name"]


@admin.register(ReportSent)
class ReportSentAdmin(ReadOnlyAdmin):
    """What was sent, to whom, and what went wrong."""

    list_display = ["period", "recipient", "claimed_at", "sent_at", "tries", "error"]
    list_select_related = ["recipient"]
