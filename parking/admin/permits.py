"""Permits, exempt vehicles, campaigns and coupons."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from parking import masking, permits
from parking.admin.importing import CsvAdmin
from parking.admin.readonly import ReadOnlyAdmin
from parking.domain import plate as plates
from parking.domain.tariff import days
from parking.models import Campaign, Coupon, Exemption, Permit, PermitPlate, PermitProduct, User
from parking.permits import registering
from parking.permits.registering import Registered


class ProductForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses hours and days no tariff would know."""

    class Meta:
        model = PermitProduct
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Clock times, words for days, one place."""
        said: dict[str, Any] = super().clean() or {}
        for name in ("start", "end"):
            if said.get(name) and not days.CLOCK.fullmatch(said[name]):
                self.add_error(name, _("应为 HH:MM，如 20:00"))
        wrong = [word for word in said.get("days") or () if not days.known(word)]
        if wrong:
            self.add_error("days", _("不认识的日期词：%s") % ", ".join(wrong))
        if said.get("zone") and said.get("road"):
            self.add_error("road", _("收费区域与路段只能选一个"))
        return said


@admin.register(PermitProduct)
class PermitProductAdmin(ModelAdmin):
    """What can be bought."""

    form = ProductForm
    list_display = ["code", "name", "kind", "zone", "road", "months", "price", "on_sale"]
    list_filter = ["kind", "on_sale"]
    list_select_related = ["zone", "road"]

    @admin.display(description=_("价格(元)"), ordering="price_fen")
    def price(self, product: PermitProduct) -> str:
        """In yuan."""
        return f"{product.price_fen / 100:.2f}"


class PlateInline(TabularInline):
    """The vehicles of a permit."""

    model = PermitPlate
    extra = 0
    can_delete = False
    fields = ["masked", "plate_color"]
    readonly_fields = ["masked", "plate_color"]

    @admin.display(description=_("号牌号码"))
    def masked(self, plate: PermitPlate) -> str:
        """鄂L1**45."""
        return masking.plate(plate.plate)

    def has_add_permission(self, request: HttpRequest, obj: Permit | None = None) -> bool:
        """A permit is ordered or imported whole."""
        return False


@admin.register(Permit)
class PermitAdmin(CsvAdmin):
    """Who holds what; given by import, ordered by drivers."""

    csv_columns = registering.PERMIT_COLUMNS
    csv_example = "product,plates,plate_color,from\nnight-a,鄂L12345 鄂L67890,blue,2026-12-01"
    list_display = ["number", "product", "first_plate", "from_at", "to_at", "paid", "revoked_at"]
    list_filter = ["kind", "product", ("revoked_at", admin.EmptyFieldListFilter)]
    search_fields = ["=number", "=plates__plate"]
    list_select_related = ["product", "charge"]
    show_full_result_count = False
    inlines = [PlateInline]
    exclude = ["holder"]
    actions = ["give_back"]

    def has_change_permission(self, request: HttpRequest, obj: Permit | None = None) -> bool:
        """A permit is never edited: end it and give another."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Permit | None = None) -> bool:
        """Never."""
        return False

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Giving one permit is importing one row."""
        return self.import_view(request)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their plates."""
        return super().get_queryset(request).prefetch_related("plates")

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Give the permits of the table."""
        return registering.register_permits(rows, by=by, now=timezone.now())

    @admin.display(description=_("号牌号码"))
    def first_plate(self, permit: Permit) -> str:
        """鄂L1**45 and how many more."""
        found = [masking.plate(each.plate) for each in permit.plates.all()]
        return f"{found[0]} +{len(found) - 1}" if len(found) > 1 else "".join(found)

    @admin.display(description=_("付款"))
    def paid(self, permit: Permit) -> str:
        """What the charge says; without one it was given."""
        return str(permit.charge.get_status_display()) if permit.charge else str(_("免费发放"))

    @admin.action(description=_("退证并退款"), permissions=["add"])
    def give_back(self, request: HttpRequest, queryset: Any) -> None:
        """End the permits and ask for the unused days' money; a second person agrees to every refund."""
        for permit in queryset:
            told = permits.refund(
                permit.number, by=request.user.get_username(), reason="退证", limit_fen=0, now=timezone.now()
            )
            good = isinstance(told, permits.RefundView)
            text = _("已退证，退款待复核：%s") if good else _("不能退：%s")
            words = permit.number if good else f"{permit.number} {told}"
            self.message_user(request, text % words, messages.SUCCESS if good else messages.ERROR)


class ExemptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """A plate in the form the cameras read."""

    class Meta:
        model = Exemption
        fields = ["plate", "plate_color", "kind", "berths", "from_at", "to_at", "proof"]

    def clean_plate(self) -> str:
        """The plate, tidied."""
        found = plates.normalise(self.cleaned_data["plate"])
        if not plates.valid(found):
            raise forms.ValidationError(_("不是有效的号牌号码"))
        return found


@admin.register(Exemption)
class ExemptionAdmin(CsvAdmin):
    """Exempt and favoured plates with period and proof."""

    form = ExemptionForm
    csv_columns = registering.EXEMPTION_COLUMNS
    csv_example = "plate,plate_color,kind,from,to,proof\n鄂L0001警,white,police,2026-01-01,,公安局函〔2026〕3 号"
    list_display = ["masked", "kind", "from_at", "to_at", "proof", "noted_by"]
    list_filter = ["kind"]
    search_fields = ["=plate", "proof"]
    list_select_related = ["noted_by"]

    @admin.display(description=_("号牌号码"))
    def masked(self, exemption: Exemption) -> str:
        """鄂L1**45."""
        return masking.plate(exemption.plate)

    def save_model(self, request: HttpRequest, obj: Exemption, form: Any, change: bool) -> None:
        """With who noted it and when."""
        if not change and isinstance(request.user, User):
            obj.noted_by, obj.noted_at = request.user, timezone.now()
        super().save_model(request, obj, form, change)

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Register the table's rows."""
        return registering.register_exemptions(rows, by=by, now=timezone.now())


@admin.register(Campaign)
class CampaignAdmin(CsvAdmin):
    """Coupons are given by importing plates."""

    csv_columns = ("campaign", "plate")
    csv_example = "campaign,plate\nautumn,鄂L12345"
    list_display = ["code", "name", "kind", "value", "zone", "from_at", "to_at", "most", "given", "used", "left"]
    list_select_related = ["zone"]
    actions = ["stop"]

    @admin.display(description=_("已发放"))
    def given(self, campaign: Campaign) -> int:
        """How many were given."""
        return int(getattr(campaign, "coupon_total", 0))

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their coupons counted."""
        used = Count("coupons", filter=Q(coupons__session__isnull=False))
        return super().get_queryset(request).annotate(coupon_total=Count("coupons"), coupon_used=used)

    @admin.display(description=_("已使用"))
    def used(self, campaign: Campaign) -> int:
        """How many took something off an order."""
        return int(getattr(campaign, "coupon_used", 0))

    @admin.display(description=_("还可发放"))
    def left(self, campaign: Campaign) -> int:
        """How many may still be given; none once it has ended."""
        return max(campaign.most - self.given(campaign), 0) if campaign.to_at > timezone.now() else 0

    @admin.action(description=_("停止发放"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: Any) -> None:
        """End the campaigns now: nothing more is given. Coupons that were given hold until their own end."""
        now = timezone.now()
        count = Campaign.objects.filter(pk__in=queryset.values("pk"), from_at__lt=now, to_at__gt=now).update(to_at=now)
        self.message_user(request, _("已停止 %d 个活动；已发出的券到期前仍可用。") % count, messages.SUCCESS)

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Give the coupons of the table."""
        return registering.give_coupon_rows(rows, now=timezone.now())


@admin.register(Coupon)
class CouponAdmin(ReadOnlyAdmin):
    """Which coupons there are, and for which stay each was used."""

    list_display = ["code", "campaign", "masked", "granted_at", "expires_at", "used_at", "session"]
    list_filter = ["campaign", ("used_at", admin.EmptyFieldListFilter)]
    search_fields = ["=code", "=plate"]
    list_select_related = ["campaign", "session"]
    exclude = ["plate"]
    show_full_result_count = False

    @admin.display(description=_("号牌号码"))
    def masked(self, coupon: Coupon) -> str:
        """鄂L1**45."""
        return masking.plate(coupon.plate)
