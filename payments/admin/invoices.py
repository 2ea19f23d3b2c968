"""Finance's view of invoices: how each stands, what to do next, and the acts that leave a name."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from payments import invoicing, tables
from payments.admin.reading import ReadingAdmin, ReadingInline
from payments.domain.money import yuan
from payments.invoicing import filing
from payments.models import Delivery, Document, Invoice, InvoiceLine, InvoiceMove, IssuerHealth, Title
from payments.tables import Table

_MOST_EXPORTED = 50_000
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The heads of the export with Excel's number formats.
_HEADS = {
    "serial": "", "status": "", "reason": "", "red_of": "", "regime": "", "seller": "", "buyer": "", "rate": "0.00%",
    "net": "0.00", "tax": "0.00", "gross": "0.00", "number": "", "code": "", "requested_at": "", "issued_at": "",
}  # fmt: skip


def _file(body: bytes, ending: str, kind: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="invoices.{ending}"'
    return response


def next_step(invoice: Invoice) -> StrPromise | str:
    """What somebody should do about an invoice now; "" when nothing."""
    match invoice.status:
        case "waiting_login":
            return _("请开票员重新登录电子税务局，登录后自动继续。")
        case "failed" if invoice.number:
            return _("开出的金额与我方不符：核对后执行“红冲”。")
        case "failed" if invoice.retryable:
            return _("查看原因（额度、频率、密钥），解决后执行“重试”；每小时也会自动重试。")
        case "failed":
            return _("请按原因改正（税率、编码、抬头），再执行“重试”换新流水号，或请车主重新申请。")
        case "red_required" if invoice.act_at is None and not invoice.reds.exclude(status="failed").exists():
            return _("红字确认单多次被拒：联系购买方或税务局，再执行“重试”。")
        case "red_required" | "red_pending" if invoice.code_said == "BUYER":
            return _("等购买方 72 小时内确认红字信息，可联系购买方。")
        case "requested" if invoice.code_said == "NOT_SENT":
            return _("开票服务连不上或令牌额度用完，检查网络和令牌；会自动重试。")
        case _ if invoice.number and invoice.fetch_at is None and invoice.fetch_count >= filing.MOST_TRIES:
            return _("文件一直没有取到：向开票服务商索取。")
    return ""


class LineInline(ReadingInline):
    """The charges in an invoice."""

    model = InvoiceLine
    fields = ["charge", "gross_fen", "net_fen", "tax_fen", "living"]


class InvoiceMoveInline(ReadingInline):
    """Its story."""

    model = InvoiceMove
    fields = ["at", "before", "after", "by", "detail"]


class DocumentInline(ReadingInline):
    """Its files by their hash."""

    model = Document
    fields = ["kind", "sha256", "fetched_at"]
    show_change_link = False


class DeliveryInline(ReadingInline):
    """How it reached its buyer."""

    model = Delivery
    fields = ["made_at", "channel", "status", "tries", "sent_at", "opened_at", "detail"]
    show_change_link = False


class RedFilter(admin.SimpleListFilter):
    """Blue or red."""

    title = _("蓝票或红票")
    parameter_name = "red"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, StrPromise]]:
        """Both."""
        return [("no", _("蓝票")), ("yes", _("红票"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> QuerySet[Invoice]:
        """One of them."""
        return queryset if self.value() is None else queryset.filter(blue__isnull=self.value() == "no")


@admin.register(Invoice)
class InvoiceAdmin(ReadingAdmin):
    """Issued, failed, pending, red: by the filter, each with what to do next."""

    list_display = ["serial", "requested_at", "status", "step", "issuer", "buyer", "amount", "number", "code_said"]
    list_filter = ["status", "retryable", RedFilter, "issuer", "regime", "seller"]
    search_fields = ["=serial", "=number", "=lines__charge__number", "buyer_name"]
    list_select_related = ["blue"]
    date_hierarchy = "requested_at"
    ordering = ["-id"]
    exclude = [
        "evidence",
        "buyer_as_sent",
        "plates",
        "email",
        "files",
        "owner",
        "remark",
        "buyer_name",
        "buyer_tax_number",
    ]
    readonly_fields = ["step", "buyer"]
    inlines = [LineInline, InvoiceMoveInline, DocumentInline, DeliveryInline]
    actions = ["try_again", "give_up", "reverse", "as_csv", "as_xlsx"]

    @admin.display(description=_("下一步"))
    def step(self, invoice: Invoice) -> str:
        """What to do next."""
        return str(next_step(invoice)) or "—"

    @admin.display(description=_("购买方"))
    def buyer(self, invoice: Invoice) -> str:
        """A company by its name, a person by the first sign."""
        return invoice.buyer_name if invoice.buyer_kind == Title.Kind.COMPANY else f"{invoice.buyer_name[:1]}**"

    @admin.display(description=_("价税合计（元）"), ordering="gross_fen")
    def amount(self, invoice: Invoice) -> str:
        """With two places."""
        return yuan(invoice.gross_fen)

    @admin.action(description=_("重试"))
    def try_again(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """Go on with those that wait or failed."""
        self._each(request, queryset, invoicing.retry)

    @admin.action(description=_("撤销（未开具的）"))
    def give_up(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """End those that the issuer surely doesn't have."""
        self._each(request, queryset, invoicing.give_up)

    @admin.action(description=_("红冲（开票有误）"))
    def reverse(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> None:
        """Reverse issued ones that are wrong."""
        self._each(request, queryset, invoicing.reverse)

    @admin.action(description=_("导出 CSV"))
    def as_csv(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse:
        """The chosen invoices for a spreadsheet; persons' names stay masked."""
        return _file(tables.as_csv(self._table(queryset)), "csv", "text/csv; charset=utf-8")

    @admin.action(description=_("导出 XLSX"))
    def as_xlsx(self, request: HttpRequest, queryset: QuerySet[Invoice]) -> HttpResponse:
        """The same as a workbook, amounts and rates as numbers."""
        return _file(tables.as_xlsx([self._table(queryset)]), "xlsx", _XLSX)

    def _table(self, queryset: QuerySet[Invoice]) -> Table:
        rows = queryset.select_related("blue", "seller").order_by("pk")[:_MOST_EXPORTED]
        return Table(
            title=gettext("发票"),
            heads=list(_HEADS),
            formats=list(_HEADS.values()),
            rows=[
                [
                    row.serial, row.status, row.reason, row.blue.serial if row.blue else "", row.regime,
                    row.seller.name, self.buyer(row), float(row.rate), row.net_fen / 100, row.tax_fen / 100,
                    row.gross_fen / 100, row.number, row.code, row.requested_at, row.issued_at,
                ]
                for row in rows
            ],
        )  # fmt: skip

    def _each(self, request: HttpRequest, queryset: QuerySet[Invoice], act: Callable[..., bool]) -> None:
        if not request.user.has_perm("payments.change_invoice"):
            self.message_user(request, _("没有处理权限。"), messages.ERROR)
            return
        for serial in queryset.values_list("serial", flat=True):
            good = act(serial, by=request.user.get_username(), now=timezone.now())
            text = gettext("已处理：%s") if good else gettext("现在不能这样处理：%s")
            self.message_user(request, text % serial, messages.SUCCESS if good else messages.ERROR)


@admin.register(IssuerHealth)
class IssuerHealthAdmin(ReadingAdmin):
    """Whether the issuers can work: the drawer's login and the month's credit."""

    list_display = ["issuer", "login_holds", "left", "total", "step", "told_at"]
    readonly_fields = ["step"]

    @admin.display(description=_("剩余额度（元）"))
    def left(self, health: IssuerHealth) -> str:
        """With two places."""
        return "—" if health.credit_left_fen is None else yuan(health.credit_left_fen)

    @admin.display(description=_("总额度（元）"))
    def total(self, health: IssuerHealth) -> str:
        """With two places."""
        return "—" if health.credit_total_fen is None else yuan(health.credit_total_fen)

    @admin.display(description=_("下一步"))
    def step(self, health: IssuerHealth) -> str:
        """What to do next."""
        if not health.login_holds:
            return gettext("请开票员重新登录电子税务局，登录后自动继续。")
        if invoicing.credit_is_low(health):
            return gettext("剩余额度不到两成：向主管税务局申请调整总额度。")
        return "—"
