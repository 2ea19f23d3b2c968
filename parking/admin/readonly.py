"""Facts are looked at, not edited."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from parking import grants
from parking.models import User


class RoadScoped(ModelAdmin):
    """Only the rows of the roads that the person's roles are for; `road_lookup` leads from the row to its road."""

    road_lookup = "road"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """The rows this person may see: the list, the single page and the actions all start here."""
        found: QuerySet[Any] = super().get_queryset(request)
        if not isinstance(request.user, User):
            return found.none()
        permission = f"{self.opts.app_label}.view_{self.opts.model_name}"
        return grants.within(found, user=request.user, permission=permission, road=self.road_lookup)


class ReadOnlyAdmin(ModelAdmin):
    """No adding, no changing, no removing: the rows are written by the platform alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False
