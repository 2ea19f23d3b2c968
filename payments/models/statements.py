"""The gateways' daily statements and what comparing them with our books found."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.domain.matching import Outcome


class Statement(models.Model):
    """One gateway's statement of one Beijing day. Once a person has closed the day it is compared no more."""

    gateway = models.CharField(_("支付渠道"), max_length=16)
    day = models.DateField(_("日期"))
    fetched_at = models.DateTimeField(_("下载时间"))
    sha256 = models.CharField(_("文件摘要"), max_length=64, blank=True)
    line_count = models.PositiveIntegerField(_("行数"), default=0)
    paid_fen = models.BigIntegerField(_("收款（分）"), default=0)
    refunded_fen = models.BigIntegerField(_("退款（分）"), default=0)
    fee_fen = models.BigIntegerField(_("手续费（分）"), default=0)
    matched = models.PositiveIntegerField(_("相符笔数"), default=0)
    problems = models.JSONField(_("文件问题"), default=list)
    closed_at = models.DateTimeField(_("结账时间"), null=True, blank=True)
    closed_by = models.CharField(_("结账人"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("渠道对账单")
        verbose_name_plural = _("渠道对账单")
        ordering = ["-day", "gateway"]
        constraints = [
            models.UniqueConstraint(name="statement_once", fields=["gateway", "day"]),
            models.CheckConstraint(
                name="statement_closed_by_someone", condition=Q(closed_at__isnull=True) | ~Q(closed_by="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.day}"


class StatementLine(models.Model):
    """One line as the gateway wrote it."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="rows", verbose_name=_("渠道对账单"))
    place = models.PositiveIntegerField(_("行号"))
    kind = models.CharField(_("类型"), max_length=16)
    number = models.CharField(_("我方单号"), max_length=64)
    reference = models.CharField(_("渠道单号"), max_length=64, blank=True)
    payment_number = models.CharField(_("原商户订单号"), max_length=64, blank=True)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    fee_fen = models.BigIntegerField(_("手续费（分）"), default=0)
    at = models.DateTimeField(_("时间"))
    state = models.CharField(_("状态"), max_length=16)
    outcome = models.CharField(
        _("结果"), max_length=16, choices=[(one.value, one.value) for one in Outcome], blank=True
    )
    raw = models.JSONField(_("原文"))

    class Meta:
        verbose_name = _("对账单明细")
        verbose_name_plural = _("对账单明细")
        ordering = ["statement", "place"]
        constraints = [models.UniqueConstraint(name="statement_line_once", fields=["statement", "place"])]
        indexes = [models.Index(name="statement_line_number", fields=["kind", "number"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Difference(models.Model):
    """Something in which a statement and our books differed, until it agrees or a person has dealt with it."""

    class Outcome(models.TextChoices):
        AMOUNT_DIFF = Outcome.AMOUNT_DIFF.value, _("金额不符")
        ONLY_BILL = Outcome.ONLY_BILL.value, _("仅渠道有")
        ONLY_OURS = Outcome.ONLY_OURS.value, _("仅我方有")
        STATE_DIFF = Outcome.STATE_DIFF.value, _("状态不符")

    gateway = models.CharField(_("支付渠道"), max_length=16)
    day = models.DateField(_("日期"))
    outcome = models.CharField(_("差异"), max_length=16, choices=Outcome.choices)
    kind = models.CharField(_("类型"), max_length=16)
    number = models.CharField(_("我方单号"), max_length=64)
    reference = models.CharField(_("渠道单号"), max_length=64, blank=True)
    ours_fen = models.BigIntegerField(_("我方金额（分）"), null=True, blank=True)
    theirs_fen = models.BigIntegerField(_("渠道金额（分）"), null=True, blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    resolved_by = models.CharField(_("处理人"), max_length=150, blank=True)
    resolution = models.CharField(_("处理结果"), max_length=300, blank=True)
    suspense_key = models.CharField(_("挂账凭证"), max_length=110, blank=True)
    work_off_by = models.CharField(_("申请核销人"), max_length=150, blank=True)
    work_off_reason = models.CharField(_("核销原因"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("对账差异")
        verbose_name_plural = _("对账差异")
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="difference_once", fields=["gateway", "day", "kind", "number", "reference", "outcome"]
            ),
            models.CheckConstraint(
                name="difference_resolved_with_words", condition=Q(resolved_at__isnull=True) | ~Q(resolution="")
            ),
            models.CheckConstraint(
                name="difference_worked_off_by_two",
                condition=Q(work_off_by="") | Q(resolved_at__isnull=True) | ~Q(work_off_by=F("resolved_by")),
            ),
        ]
        indexes = [models.Index(name="difference_open", fields=["day"], condition=Q(resolved_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.outcome} {self.number}"
