"""Looking without touching, and plates that are recognised but not read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from payments.domain import masking
from payments.domain.money import yuan


class Untouched:
    """Rows that the platform alone writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class ReadingAdmin(Untouched, ModelAdmin):
    """A list and a page to read."""

    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, row: Any) -> str:
        """鄂L1**45."""
        return masking.plate(row.plate)

    @admin.display(description=_("金额（元）"), ordering="amount_fen")
    def yuan(self, row: Any) -> str:
        """With two places."""
        return yuan(row.amount_fen)


class ReadingInline(Untouched, TabularInline):
    """Rows under another row."""

    extra = 0
    can_delete = False
    show_change_link = True
    tab = True
