"""Who issues for which street under which law, and at which rate: dated, entered by the accountant."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Seller(models.Model):
    """Who issues (销售方). `issuer` is the code of its account in INVOICE_ISSUERS; `clerk` the drawer's login name."""

    name = models.CharField(_("名称"), max_length=100)
    tax_number = models.CharField(_("纳税人识别号"), max_length=20, unique=True)
    clerk = models.CharField(_("开票员"), max_length=20)
    issuer = models.CharField(_("开票服务商"), max_length=16)
    region = models.CharField(_("省市区"), max_length=60, help_text=_("例如 湖北省咸宁市咸安区"))
    address = models.CharField(_("地址"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    bank = models.CharField(_("开户行"), max_length=60, blank=True)
    account = models.CharField(_("银行账号"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("销售方")
        verbose_name_plural = _("销售方")

    def __str__(self) -> str:
        return self.name


class Regime(models.Model):
    """What a driver gets for a stay that ended on this road on or after a Beijing day; `scope` "" means every road that
    has no line of its own."""

    class Kind(models.TextChoices):
        VAT = "vat", _("数电发票")
        FISCAL = "fiscal", _("财政电子票据")
        NONE = "none", _("不开票")

    scope = models.CharField(_("路段编码"), max_length=32, blank=True, help_text=_("留空表示其余所有路段"))
    valid_from = models.DateField(_("生效日期"))
    kind = models.CharField(_("票种"), max_length=8, choices=Kind.choices)
    seller = models.ForeignKey(Seller, models.PROTECT, null=True, blank=True, verbose_name=_("销售方"))
    entered_by = models.CharField(_("录入人"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("票种规则")
        verbose_name_plural = _("票种规则")
        ordering = ["scope", "-valid_from"]
        constraints = [
            models.UniqueConstraint(name="regime_once_a_day", fields=["scope", "valid_from"]),
            models.CheckConstraint(name="regime_known", condition=Q(kind__in=["vat", "fiscal", "none"])),
            models.CheckConstraint(name="regime_has_seller", condition=Q(kind="none") | Q(seller__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.scope or '*'} {self.valid_from} {self.kind}"


class TaxRule(models.Model):
    """A seller's rate from a Beijing day on. `policy` is the bureau's code of a preference (09: 按5%简易征收)."""

    class Method(models.TextChoices):
        GENERAL = "general", _("一般计税")
        SIMPLIFIED = "simplified", _("简易计税")
        SMALL = "small", _("小规模纳税人")

    seller = models.ForeignKey(Seller, models.PROTECT, related_name="tax_rules", verbose_name=_("销售方"))
    valid_from = models.DateField(_("生效日期"))
    method = models.CharField(_("计税方法"), max_length=12, choices=Method.choices)
    rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=4, help_text=_("0.09 表示 9%"))
    policy = models.CharField(_("优惠政策代码"), max_length=4, blank=True)
    entered_by = models.CharField(_("录入人"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("税率")
        verbose_name_plural = _("税率表")
        ordering = ["seller", "-valid_from"]
        constraints = [
            models.UniqueConstraint(name="tax_rule_once_a_day", fields=["seller", "valid_from"]),
            models.CheckConstraint(name="tax_rule_rate_sane", condition=Q(rate__gte=0) & Q(rate__lt=1)),
        ]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.valid_from} {self.rate}"
