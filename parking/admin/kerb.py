"""Zones, roads, berths."""

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from parking.admin.readonly import ReadOnlyAdmin, RoadScoped
from parking.models import Berth, BerthState, Heartbeat, Road, StaleBerth, Zone


@admin.register(Zone)
class ZoneAdmin(ModelAdmin):
    """Zones and what they are called."""

    list_display = ["code", "name", "name_en"]
    search_fields = ["code", "name"]


@admin.register(Road)
class RoadAdmin(RoadScoped):
    """Roads with their berths counted."""

    road_lookup = ""
    list_display = ["code", "name", "zone", "phase", "berth_count", "opened"]
    list_filter = ["phase", "opened", "zone"]
    search_fields = ["code", "name", "name_en"]
    list_select_related = ["zone"]

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
