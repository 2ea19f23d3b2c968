"""Bearer tokens of people and systems, and the rights that roles give."""

import hashlib
import secrets
from datetime import datetime

from django.contrib.auth.models import Group
from django.db.models import Q

from parking.models import ApiToken, RoleGrant, User

# What a role may do in the API. The desk's own permissions hang on the same groups.
ROLES: dict[str, frozenset[str]] = {
    "driver": frozenset(),
    "inspector": frozenset({"inspect"}),
    "service": frozenset({"see_sessions", "see_plates"}),
    "maintenance": frozenset({"see_sessions"}),
    "user_admin": frozenset(),
    "security_admin": frozenset(),
    "auditor": frozenset(),
    "city": frozenset({"see_sessions", "see_exchange"}),
    "department": frozenset({"apply_for_data"}),
    "data_steward": frozenset({"see_exchange"}),
    "data_officer": frozenset({"see_exchange"}),
    "operator": frozenset({"see_sessions", "see_plates", "inspect"}),
    "reviewer": frozenset({"see_sessions", "see_plates"}),
    "finance": frozenset({"see_sessions"}),
    "manager": frozenset({"see_sessions", "see_plates", "inspect", "see_exchange"}),
    "system": frozenset({"see_sessions", "see_plates"}),
}


def digest(token: str) -> str:
    """SHA-256 of a token, hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def create_token(*, username: str, role: str = "", now: datetime) -> str:
    """A new token of that person or system, made if missing; shown once. Raises ValueError for an unknown role."""
    if role and role not in ROLES:
        raise ValueError(f"unknown role {role}: one of {', '.join(sorted(ROLES))}")
    user, made = User.objects.get_or_create(username=username)
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if role:
        group, _ = Group.objects.get_or_create(name=role)
        user.groups.add(group)
    return issue(user=user, now=now)


def issue(*, user: User, now: datetime, expires_at: datetime | None = None) -> str:
    """A new token of this user; only its digest is kept."""
    token = secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, digest=digest(token), created_at=now, expires_at=expires_at)
    return token


def revoke(token: str, *, now: datetime) -> None:
    """End a token."""
    ApiToken.objects.filter(digest=digest(token), revoked_at__isnull=True).update(revoked_at=now)


def holder(token: str, *, now: datetime) -> User | None:
    """Whose token it is; None when it is unknown, revoked or past its end."""
    found = (
        ApiToken.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now))
        .filter(digest=digest(token), revoked_at__isnull=True, user__is_active=True)
        .select_related("user")
        .first()
    )
    return found.user if found else None


def roles(user: User) -> frozenset[str]:
    """The roles the user holds now, as groups or by a grant in force."""
    held = Group.objects.filter(Q(user=user) | Q(pk__in=RoleGrant.current().filter(user=user).values("group")))
    return frozenset(held.values_list("name", flat=True))


def rights(user: User) -> frozenset[str]:
    """All that the user's roles allow; a superuser may do what any role may."""
    names = set(ROLES) if user.is_superuser else roles(user)
    return frozenset().union(*(ROLES.get(name, frozenset()) for name in names))


def roads(user: User, right: str) -> frozenset[str] | None:
    """The roads (codes) on which the user's roles give this right; None is every road."""
    if user.is_superuser:
        return None
    names = [name for name, given in ROLES.items() if right in given]
    return RoleGrant.road_codes(user, Group.objects.filter(name__in=names))
