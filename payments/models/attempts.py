"""One try to move money, the charges it pays, and every move it made."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.domain.states import AttemptState
from payments.models.charges import Charge
from payments.models.mandates import PlateEntry


class Attempt(models.Model):
    """A payment of one or several charges through one gateway. Its number is committed before anything is sent.

    `released_at`: we stopped waiting for it and let the driver pay another way; it is still asked after, and if it
    succeeds after all the money goes back.
    """

    class Kind(models.TextChoices):
        DEBIT = "debit", _("无感支付")
        JSAPI = "jsapi", _("小程序支付")
        NATIVE = "native", _("扫码支付")
        WAP = "wap", _("网页支付")
        CASH = "cash", _("线下收款")

    class Status(models.TextChoices):
        CREATED = AttemptState.CREATED.value, _("已创建")
        SUBMITTED = AttemptState.SUBMITTED.value, _("已提交")
        PENDING = AttemptState.PENDING.value, _("处理中")
        UNKNOWN = AttemptState.UNKNOWN.value, _("结果未知")
        SUCCEEDED = AttemptState.SUCCEEDED.value, _("成功")
        FAILED = AttemptState.FAILED.value, _("失败")
        CLOSED = AttemptState.CLOSED.value, _("已关闭")

    number = models.CharField(_("商户订单号"), max_length=32)
    gateway = models.CharField(_("支付渠道"), max_length=16)
    kind = models.CharField(_("方式"), max_length=8, choices=Kind.choices)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    reference = models.CharField(_("渠道订单号"), max_length=64, null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    succeeded_at = models.DateTimeField(_("支付时间"), null=True, blank=True)
    expires_at = models.DateTimeField(_("有效期至"), null=True, blank=True)
    released_at = models.DateTimeField(_("不再等待时间"), null=True, blank=True)
    next_query_at = models.DateTimeField(_("下次查询时间"), null=True, blank=True)
    query_count = models.PositiveSmallIntegerField(_("查询次数"), default=0)
    absent_count = models.PositiveSmallIntegerField(_("渠道无此单次数"), default=0)
    send_count = models.PositiveSmallIntegerField(_("发送次数"), default=0)
    code = models.CharField(_("渠道代码"), max_length=64, blank=True)
    message = models.CharField(_("渠道说明"), max_length=300, blank=True)
    taken_by = models.CharField(_("收款人"), max_length=150, blank=True)
    evidence = models.JSONField(_("最近一次渠道应答"), default=dict)
    advanced = models.BooleanField(_("渠道垫付"), default=False)
    repaid_at = models.DateTimeField(_("垫付归还时间"), null=True, blank=True)
    entry = models.ForeignKey(
        PlateEntry, models.PROTECT, null=True, blank=True, related_name="attempts", verbose_name=_("渠道入场")
    )
    offer = models.JSONField(_("支付参数"), default=dict)

    class Meta:
        verbose_name = _("扣款")
        verbose_name_plural = _("扣款")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="attempt_cash_taken_by_someone", condition=~Q(kind="cash") ^ ~Q(taken_by="")),
            models.UniqueConstraint(name="attempt_number_once", fields=["gateway", "number"]),
            models.UniqueConstraint(name="attempt_reference_once", fields=["gateway", "reference"]),
            models.CheckConstraint(name="attempt_amount_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="attempt_status_known", condition=Q(status__in=[state.value for state in AttemptState])
            ),
            models.CheckConstraint(
                name="attempt_success_dated", condition=~Q(status="succeeded") | Q(succeeded_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(name="attempt_to_query", fields=["next_query_at"], condition=Q(next_query_at__isnull=False)),
            models.Index(name="attempt_created", fields=["created_at"]),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="parts_follow",
                operation=pgtrigger.UpdateOf("status", "released_at"),
                when=pgtrigger.After,
                func=pgtrigger.Func(
                    """
                    UPDATE payments_part
                       SET in_flight = NEW.status IN ('created', 'submitted', 'pending', 'unknown')
                           AND NEW.released_at IS NULL
                     WHERE attempt_id = NEW.id;
                    RETURN NULL;
                    """
                ),
            ),
            pgtrigger.Trigger(
                name="success_is_final",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(old__status="succeeded"),
                func=pgtrigger.Func(
                    """
                    IF NEW.status <> OLD.status OR NEW.amount_fen <> OLD.amount_fen OR NEW.number <> OLD.number
                       OR NEW.reference IS DISTINCT FROM OLD.reference THEN
                        RAISE EXCEPTION 'a payment that succeeded never changes';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Part(models.Model):
    """What one payment pays of one charge. A charge has at most one part in flight: PostgreSQL refuses the second."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="parts", verbose_name=_("扣款"))
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="parts", verbose_name=_("应收"))
    amount_fen = models.BigIntegerField(_("金额（分）"))
    in_flight = models.BooleanField(_("在途"), default=True)

    class Meta:
        verbose_name = _("扣款明细")
        verbose_name_plural = _("扣款明细")
        constraints = [
            models.UniqueConstraint(name="part_once", fields=["attempt", "charge"]),
            models.UniqueConstraint(name="part_one_in_flight", fields=["charge"], condition=Q(in_flight=True)),
            models.CheckConstraint(name="part_amount_positive", condition=Q(amount_fen__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}/{self.charge_id}"


class Move(models.Model):
    """One state change of an attempt or a refund: when, by what, and what was said. Append-only."""

    class Source(models.TextChoices):
        US = "us", _("本系统")
        ANSWER = "answer", _("渠道应答")
        NOTIFICATION = "notification", _("渠道通知")
        QUERY = "query", _("查询")
        STATEMENT = "statement", _("对账单")
        PERSON = "person", _("人工")

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="moves", verbose_name=_("扣款"))
    refund_number = models.CharField(_("退款单号"), max_length=64, blank=True)
    before = models.CharField(_("原状态"), max_length=16)
    after = models.CharField(_("新状态"), max_length=16)
    source = models.CharField(_("依据"), max_length=16, choices=Source.choices)
    detail = models.CharField(_("说明"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("状态变动")
        verbose_name_plural = _("状态变动")
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
