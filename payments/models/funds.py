"""Our accounts at the gateways, day by day, as the gateways tell it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from payments.domain.funds import FundKind


class FundDay(models.Model):
    """One gateway's account on one Beijing day. Balances are None on a day on which nothing moved."""

    gateway = models.CharField(_("支付渠道"), max_length=16)
    day = models.DateField(_("日期"))
    fetched_at = models.DateTimeField(_("下载时间"))
    sha256 = models.CharField(_("文件摘要"), max_length=64, blank=True)
    line_count = models.PositiveIntegerField(_("行数"), default=0)
    opening_fen = models.BigIntegerField(_("期初余额（分）"), null=True, blank=True)
    closing_fen = models.BigIntegerField(_("期末余额（分）"), null=True, blank=True)
    paid_out_fen = models.BigIntegerField(_("提现到银行（分）"), default=0)
    fee_fen = models.BigIntegerField(_("手续费（分）"), default=0)
    problems = models.JSONField(_("文件问题"), default=list)

    class Meta:
        verbose_name = _("渠道资金账单")
        verbose_name_plural = _("渠道资金账单")
        ordering = ["-day", "gateway"]
        constraints = [models.UniqueConstraint(name="fund_day_once", fields=["gateway", "day"])]

    def __str__(self) -> str:
        return f"{self.gateway} {self.day}"


class FundLine(models.Model):
    """One movement of the account: positive into it, negative out of it."""

    class Kind(models.TextChoices):
        PAYMENT = FundKind.PAYMENT.value, _("收款")
        REFUND = FundKind.REFUND.value, _("退款")
        FEE = FundKind.FEE.value, _("手续费")
        PAYOUT = FundKind.PAYOUT.value, _("提现到银行")
        OTHER = FundKind.OTHER.value, _("其他")

    fund_day = models.ForeignKey(FundDay, models.CASCADE, related_name="rows", verbose_name=_("渠道资金账单"))
    place = models.PositiveIntegerField(_("行号"))
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    flow = models.CharField(_("资金流水号"), max_length=64)
    reference = models.CharField(_("渠道单号"), max_length=64, blank=True)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    balance_fen = models.BigIntegerField(_("余额（分）"))
    at = models.DateTimeField(_("时间"))
    name = models.CharField(_("业务名称"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("资金明细")
        verbose_name_plural = _("资金明细")
        ordering = ["fund_day", "place"]
        constraints = [models.UniqueConstraint(name="fund_line_once", fields=["fund_day", "place"])]
        indexes = [models.Index(name="fund_line_reference", fields=["kind", "reference"])]

    def __str__(self) -> str:
        return self.flow
