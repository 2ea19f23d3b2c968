"""Users, vehicles, tokens."""

from typing import Any, cast

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from parking import masking
from parking.admin.readonly import ReadOnlyAdmin
from parking.models import ApiToken, PlateTrace, RoleGrant, SignInCode, User, Vehicle

for _model in (Group, TOTPDevice, StaticDevice):
    admin.site.unregister(_model)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Roles."""


@admin.register(User)
class UserAdmin(DjangoUserAdmin[User], ModelAdmin):
    """People; phones are masked in the list."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "masked_phone", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["username"]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only a superuser makes superusers or hands out single permissions; nobody changes their own roles."""
        fixed = [] if request.user.is_superuser else ["is_superuser", "user_permissions"]
        mine = ["is_staff", "is_active", "groups"] if obj is not None and obj.pk == request.user.pk else []
        return [*super().get_readonly_fields(request, obj), *fixed, *mine]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's account is touched by superusers only."""
        above = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not above and bool(super().has_change_permission(request, obj))

    @admin.display(description=_("手机号"))
    def masked_phone(self, user: User) -> str:
        """138****5678."""
        return masking.phone(user.phone or "")


@admin.register(RoleGrant)
class RoleGrantAdmin(ModelAdmin):
    """Roles for a time or for some roads. Never deleted: one that must end gets an end."""

    list_display = ["user", "group", "where", "valid_from", "valid_to", "granted_by", "reason"]
    list_filter = ["group"]
    list_select_related = ["user", "group", "granted_by"]
    search_fields = ["user__username"]
    autocomplete_fields = ["user"]
    filter_horizontal = ["roads"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[RoleGrant]":
        """With their roads, in one more query."""
        found: QuerySet[RoleGrant] = super().get_queryset(request).prefetch_related("roads")
        return found

    def has_delete_permission(self, request: HttpRequest, obj: RoleGrant | None = None) -> bool:
        """Never."""
        return False

    def get_form(self, request: HttpRequest, obj: RoleGrant | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Nobody grants a role to themselves."""
        form = super().get_form(request, obj, change, **kwargs)

        def clean_user(self: Any) -> User:
            user: User = self.cleaned_data["user"]
            if user.pk == request.user.pk and not request.user.is_superuser:
                raise ValidationError(_("不能给自己授权，请由另一位管理员办理。"))
            return user

        return type(form.__name__, (form,), {"clean_user": clean_user})

    def save_model(self, request: HttpRequest, obj: RoleGrant, form: Any, change: bool) -> None:
        """Who granted it stays with it."""
        if not change:
            obj.granted_by = cast(User, request.user)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("路段"))
    def where(self, grant: RoleGrant) -> str:
        """The roads, or the whole city."""
        return "、".join(road.name for road in grant.roads.all()) or gettext("全市")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Failed sign-ins by name and address; removing the row unlocks."""

    list_display = ["attempt_time", "username", "ip_address", "failures_since_start"]
    search_fields = ["=username", "=ip_address"]
    fields = ["attempt_time", "username", "ip_address", "failures_since_start", "user_agent"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may unlock."""
        return request.user.has_perm("axes.delete_accessattempt")


@admin.register(TOTPDevice)
class SecondFactorAdmin(ReadOnlyAdmin):
    """Who has bound an app; removing the row makes them bind one anew. The secret is shown to nobody."""

    list_display = ["user", "confirmed", "created_at", "last_used_at", "throttling_failure_count"]
    list_select_related = ["user"]
    fields = ["user", "confirmed", "created_at", "last_used_at", "throttling_failure_count"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may reset, never for themselves."""
        return request.user.has_perm("otp_totp.delete_totpdevice") and (obj is None or obj.user_id != request.user.pk)


@admin.register(Vehicle)
class VehicleAdmin(ReadOnlyAdmin):
    """Which plates drivers bound."""

    list_display = ["masked_plate", "plate_color", "bound_at", "verified_at"]
    list_filter = ["plate_color", ("verified_at", admin.EmptyFieldListFilter)]
    search_fields = ["plate"]
    fields = ["masked_plate", "plate_color", "bound_at", "verified_at"]

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, vehicle: Vehicle) -> str:
        """鄂L1**45."""
        return masking.plate(vehicle.plate)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens by their holders; the tokens themselves are known to nobody."""

    list_display = ["user", "created_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]


@admin.register(SignInCode)
class SignInCodeAdmin(ReadOnlyAdmin):
    """Codes that were sent."""

    list_display = ["masked_phone", "sent_at", "tries", "used_at"]
    fields = ["masked_phone", "sent_at", "expires_at", "tries", "used_at"]

    @admin.display(description=_("手机号"))
    def masked_phone(self, code: SignInCode) -> str:
        """138****5678."""
        return masking.phone(code.phone)


@admin.register(PlateTrace)
class PlateTraceAdmin(ReadOnlyAdmin):
    """Who saw whole plates."""

    list_display = ["at", "by", "through", "rows", "reason"]
    list_filter = ["through"]
    search_fields = ["by", "reason"]
