"""Pictures at the desk: beside their order, and by themselves with what was refused or altered."""

from collections.abc import Sequence

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from parking.admin.readonly import ReadOnlyAdmin
from parking.models import Picture, PictureAlarm
from parking.pictures import Shown, Side

SIDES = {Side.ENTRY: _("驶入"), Side.EXIT: _("驶离"), Side.BETWEEN: _("其间")}


def side_by_side(shown: Sequence[Shown]) -> SafeString | str:
    """Entry to the left, exit to the right, what was seen meanwhile below; each opens large in a tab of its own."""
    if not shown:
        return "—"
    columns = [(side, [each for each in shown if each.side is side]) for side in Side]
    return format_html(
        '<div class="evidence">{}</div>',
        format_html_join(
            "",
            '<section class="evidence-{}"><h4>{}</h4>{}</section>',
            ((side.value, SIDES[side], _thumbs(found)) for side, found in columns if found),
        ),
    )


def _thumbs(found: Sequence[Shown]) -> SafeString:
    return format_html_join(
        "",
        '<a href="{}" target="_blank" rel="noopener"><img src="{}" alt="{} {}" loading="lazy" width="240"></a>',
        (
            (each.large, each.small, SIDES[each.side], f"{timezone.localtime(each.taken_at):%m-%d %H:%M:%S}")
            for each in found
        ),
    )


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    """Every picture that was named or came: what became of it, never the picture itself."""

    list_display = ["received_at", "source", "role", "state", "size", "taken_at", "expired_at"]
    list_filter = ["role", "refused", ("stored_at", admin.EmptyFieldListFilter)]
    search_fields = ["=event_id", "=sha256"]
    show_full_result_count = False
    ordering = ["-received_at"]

    @admin.display(description=_("状态"))
    def state(self, picture: Picture) -> str:
        """Stored, waiting, only named, refused with the reason, or gone."""
        if picture.refused:
            return str(_("拒收：%s")) % picture.refused
        if picture.expired_at:
            return str(_("已到期清除"))
        if picture.stored_at:
            return str(_("已入库"))
        return str(_("待处理") if picture.sha256 else _("只有地址"))


@admin.register(PictureAlarm)
class PictureAlarmAdmin(ReadOnlyAdmin):
    """Stored copies that were not what was stored."""

    list_display = ["last_at", "picture", "which", "expected", "found", "times"]
    list_select_related = ["picture"]
    ordering = ["-last_at"]
