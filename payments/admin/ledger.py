"""The ledger: append-only, here as in PostgreSQL."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from payments.admin.reading import ReadingAdmin, ReadingInline
from payments.domain.money import yuan
from payments.models import Entry, Leg


class EntryLegInline(ReadingInline):
    """Both sides."""

    model = Leg
    fields = ["account", "amount_fen", "charge"]


@admin.register(Entry)
class EntryAdmin(ReadingAdmin):
    """Entries with their legs."""

    list_display = ["id", "at", "cause", "cause_key", "total"]
    list_filter = ["cause"]
    search_fields = ["=cause_key"]
    ordering = ["-id"]
    inlines = [EntryLegInline]

    @admin.display(description=_("金额（元）"))
    def total(self, entry: Entry) -> str:
        """The sum of the debits."""
        return yuan(sum(leg.amount_fen for leg in entry.legs.all() if leg.amount_fen > 0))


@admin.register(Leg)
class LegAdmin(ReadingAdmin):
    """By account."""

    list_display = ["entry", "account", "yuan", "charge"]
    list_filter = ["account"]
    search_fields = ["=charge__number"]
    list_select_related = ["entry", "charge"]
    ordering = ["-id"]
