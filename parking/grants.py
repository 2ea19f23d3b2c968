"""What a person's roles allow: those held as groups and those granted for a time or for some roads."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from parking.models import RoleGrant, User


class RoleBackend(ModelBackend):
    """Django's own, which also counts the grants in force. On which roads they hold, `User.road_codes` says."""

    def _get_group_permissions(self, user_obj: User) -> "QuerySet[Permission]":
        granted = RoleGrant.current().filter(user=user_obj).values("group")
        return Permission.objects.filter(Q(group__user=user_obj) | Q(group__in=granted)).distinct()


def within(found: "QuerySet[Any]", *, user: User, permission: str, road: str) -> "QuerySet[Any]":
    """Only the rows on roads where this person holds the permission; `road` leads from a row to its road.

    "" means that the row is the road itself.
    """
    codes = user.road_codes(permission)
    if codes is None:
        return found
    return found.filter(**{f"{road}__code__in" if road else "code__in": sorted(codes)})
