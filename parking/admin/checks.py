"""What must always hold: each invariant in words, when it was checked, and what breaks it."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from parking.admin.readonly import ReadOnlyAdmin
from parking.domain.invariants import WORDS
from parking.models import InvariantBreak, InvariantCheck


def in_words(name: str) -> str:
    """What the invariant says, in the reader's language."""
    zh, en = WORDS.get(name, ("", ""))
    return en if (get_language() or "").startswith("en") else zh


@admin.register(InvariantCheck)
class InvariantCheckAdmin(ReadOnlyAdmin):
    """All fourteen on one page."""

    list_display = ["name", "says", "checked_at", "standing", "took_ms", "error"]
    list_display_links = None
    list_per_page = 50

    @admin.display(description=_("内容"))
    def says(self, check: InvariantCheck) -> str:
        """The invariant in words."""
        return in_words(check.name)

    @admin.display(description=_("结果"))
    def standing(self, check: InvariantCheck) -> SafeString | str:
        """Whether it holds; else a link to what breaks it."""
        if check.error:
            return str(_("未能检查"))
        if not check.breaks:
            return str(_("✓ 成立"))
        address = reverse("admin:parking_invariantbreak_changelist")
        query = f"?name__exact={check.name}&gone_at__isempty=1"
        return format_html('<a href="{}">{}</a>', address + query, _("✗ %(n)d 处不符") % {"n": check.breaks})


@admin.register(InvariantBreak)
class InvariantBreakAdmin(ReadOnlyAdmin):
    """What broke, from when to when, and where to look."""

    list_display = ["name", "says", "words", "where", "subject_at", "first_seen_at", "last_seen_at", "gone_at"]
    list_filter = ["name", ("gone_at", admin.EmptyFieldListFilter)]
    ordering = ["-first_seen_at", "-id"]
    show_full_result_count = False

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """The newest first."""
        return ["-first_seen_at", "-id"]

    @admin.display(description=_("规则"))
    def says(self, found: InvariantBreak) -> str:
        """The invariant in words."""
        return in_words(found.name)

    @admin.display(description=_("查看"))
    def where(self, found: InvariantBreak) -> SafeString | str:
        """A link to what breaks it."""
        app, _dot, model = found.model.partition(".")
        try:
            if found.object_id:
                address = reverse(f"admin:{app}_{model}_change", args=[found.object_id])
            else:
                address = reverse(f"admin:{app}_{model}_changelist")
        except NoReverseMatch:
            return found.key
        return format_html('<a href="{}">{}</a>', address, found.key)
