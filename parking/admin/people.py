"""Users, vehicles, tokens."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from parking import masking
from parking.admin.readonly import ReadOnlyAdmin
from parking.models import ApiToken, PlateTrace, SignInCode, User, Vehicle

admin.site.unregister(Group)


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

    @admin.display(description=_("手机号"))
    def masked_phone(self, user: User) -> str:
        """138****5678."""
        return masking.phone(user.phone or "")


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
