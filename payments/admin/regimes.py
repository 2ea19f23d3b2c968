"""The accountant's tables: who issues, which document a road gets from which day on, at which rate.

A line that is in force explains invoices and is changed no more: a new one with a later day takes over.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from payments.models import Regime, Seller, TaxRule
from payments.wire.moments import BEIJING


class SellerForm(forms.ModelForm[Seller]):
    """The issuer must be one that the settings name."""

    class Meta:
        model = Seller
        fields = ["name", "tax_number", "clerk", "issuer", "region", "address", "phone", "bank", "account"]

    def clean_issuer(self) -> str:
        """One of INVOICE_ISSUERS."""
        code = str(self.cleaned_data["issuer"])
        if code not in settings.INVOICE_ISSUERS:
            known = ", ".join(settings.INVOICE_ISSUERS)
            raise ValidationError(_("没有这个开票服务商。可用的是：%(known)s"), params={"known": known})
        return code


class DatedAdmin(ModelAdmin):
    """Lines with a first day: added, changed until that day, then kept."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Before its first day."""
        waits = obj is None or obj.valid_from > timezone.now().astimezone(BEIJING).date()
        return bool(waits and super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Before its first day."""
        waits = obj is not None and obj.valid_from > timezone.now().astimezone(BEIJING).date()
        return bool(waits and super().has_delete_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With the name of who entered it."""
        obj.entered_by = request.user.get_username()
        super().save_model(request, obj, form, change)


@admin.register(Seller)
class SellerAdmin(ModelAdmin):
    """Who issues."""

    form = SellerForm
    list_display = ["name", "tax_number", "clerk", "issuer", "region"]


@admin.register(Regime)
class RegimeAdmin(DatedAdmin):
    """Which document a road gets from which day on."""

    list_display = ["scope", "valid_from", "kind", "seller", "entered_by"]
    list_filter = ["kind", "seller"]
    search_fields = ["=scope"]
    list_select_related = ["seller"]
    fields = ["scope", "valid_from", "kind", "seller"]


@admin.register(TaxRule)
class TaxRuleAdmin(DatedAdmin):
    """At which rate."""

    list_display = ["seller", "valid_from", "method", "rate", "policy", "entered_by"]
    list_filter = ["seller", "method"]
    list_select_related = ["seller"]
    fields = ["seller", "valid_from", "method", "rate", "policy"]
