"""Zones, roads, berths."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from parking import policies, stale
from parking.admin import berth_codes
from parking.admin.policies import RULES, RoadForm
from parking.admin.readonly import ReadOnlyAdmin, RoadScoped
from parking.models import Berth, BerthState, Heartbeat, Road, StaleBerth, User, Zone
from payments import printing


@admin.register(Zone)
class ZoneAdmin(ModelAdmin):
    """Zones and what they are called."""

    list_display = ["code", "name", "name_en"]
    search_fields = ["code", "name"]


@admin.register(Road)
class RoadAdmin(RoadScoped):
    """Roads with their berths counted, and the rules by which their stays are judged."""

    road_lookup = ""
    form = RoadForm
    list_display = ["code", "name", "zone", "phase", "berth_count", "opened"]
    list_filter = ["phase", "opened", "zone"]
    search_fields = ["code", "name", "name_en"]
    list_select_related = ["zone"]
    actions = ["print_codes"]

    @admin.action(description=_("打印泊位二维码（PDF）"), permissions=["view"])
    def print_codes(self, request: HttpRequest, queryset: "QuerySet[Road]") -> HttpResponse | None:
        """A sheet to print, cut and put on the kerb: a signed code for each open berth of the chosen roads."""
        berths = list(Berth.objects.filter(road__in=queryset, opened=True).select_related("road").order_by("code"))
        if not 0 < len(berths) <= berth_codes.MOST:
            told = gettext("一次可打印 1 到 %(most)d 个泊位，现在选了 %(n)d 个。请换几个路段。")
            messages.error(request, told % {"most": berth_codes.MOST, "n": len(berths)})
            return None
        try:
            body = berth_codes.sheet(berths, title=gettext("泊位二维码"))
        except printing.CannotPrint:
            messages.error(request, gettext("服务器缺少打印组件（libpango），不能生成 PDF。"))
            return None
        headers = {"Content-Disposition": 'attachment; filename="berth-codes.pdf"'}
        return HttpResponse(body, content_type="application/pdf", headers=headers)

    def get_fieldsets(self, request: HttpRequest, obj: Road | None = None) -> Any:
        """The road, then its rules on a tab of their own."""
        names = ["code", "name", "name_en", "zone", "district", "phase", "geometry", "opened"]
        road = (None, {"fields": names})
        return [road] if obj is None else [road, (_("判定规则"), RULES)]

    def save_model(self, request: HttpRequest, obj: Road, form: Any, change: bool) -> None:
        """The road; a change of its rules is kept with who made it and why."""
        rules = (form.cleaned_data.get("mix", obj.mix), form.rules()) if change and form.changes_rules() else None
        if change:
            obj.mix = Road.objects.values_list("mix", flat=True).get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        if rules is not None and isinstance(request.user, User):
            policies.change(
                obj.pk, mix=rules[0], policy=rules[1], by=request.user, reason=form.cleaned_data["policy_reason"],
                now=timezone.now(),
            )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Road]":
        """With the number of berths, counted once for the page."""
        found: QuerySet[Road] = super().get_queryset(request)
        return found.annotate(berth_total=Count("berths"))

    @admin.display(description=_("泊位数"), ordering="berth_total")
    def berth_count(self, road: Road) -> int:
        """How many berths the road has."""
        return int(getattr(road, "berth_total", 0))


@admin.register(Berth)
class BerthAdmin(RoadScoped):
    """Berths and whether a car stands there."""

    list_display = ["code", "full_code", "road", "occupied", "opened"]
    list_filter = ["opened", "road"]
    search_fields = ["code", "full_code"]
    list_select_related = ["road", "state"]
    autocomplete_fields = ["road"]

    @admin.display(description=_("占用"), boolean=True)
    def occupied(self, berth: Berth) -> bool:
        """Whether a car stands there now."""
        state = getattr(berth, "state", None)
        return bool(state and state.occupied)


@admin.register(BerthState)
class BerthStateAdmin(ReadOnlyAdmin, RoadScoped):
    """What is known of each berth; those set aside show why."""

    road_lookup = "berth__road"
    list_display = ["berth", "occupied", "occupied_since", "last_event_at", "reconciled_at", "set_aside_at"]
    list_filter = ["occupied", ("set_aside_at", admin.EmptyFieldListFilter)]
    search_fields = ["berth__code"]
    list_select_related = ["berth"]
    actions = ["try_again"]
    exclude = ["failure"]
    readonly_fields = ["traceback"]

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        """Who may change what is known of a berth."""
        return request.user.has_perm("parking.change_berthstate")

    @admin.display(description=_("失败原因"))
    def traceback(self, state: BerthState) -> SafeString | str:
        """Where the fold failed."""
        return format_html("<pre>{}</pre>", state.failure) if state.failure else "—"

    @admin.action(description=_("重试搁置的泊位"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: "QuerySet[BerthState]") -> None:
        """Take the chosen berths back: the next sweep folds them."""
        count = stale.try_again(list(queryset.values_list("berth_id", flat=True)), now=timezone.now())
        messages.success(request, gettext("%(n)d 个泊位将重试。") % {"n": count})


@admin.register(StaleBerth)
class StaleBerthAdmin(ReadOnlyAdmin):
    """What waits for its fold."""

    list_display = ["berth", "since_at", "due_at"]
    list_select_related = ["berth"]
    show_full_result_count = False


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When our processes were last heard."""

    list_display = ["name", "at"]
