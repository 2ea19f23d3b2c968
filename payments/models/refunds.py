"""Money on its way back."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.domain.states import RefundState
from payments.models.attempts import Attempt
from payments.models.charges import Charge


class Refund(models.Model):
    """Part or all of one payment of one charge sent back. Its number is fixed when asked for and reused for ever.

    PostgreSQL keeps the sum of a payment's living refunds at or below what was paid.
    """

    class Status(models.TextChoices):
        REQUESTED = RefundState.REQUESTED.value, _("待复核")
        APPROVED = RefundState.APPROVED.value, _("待发送")
        SUBMITTED = RefundState.SUBMITTED.value, _("已提交")
        PROCESSING = RefundState.PROCESSING.value, _("退款中")
        UNKNOWN = RefundState.UNKNOWN.value, _("结果未知")
        SUCCEEDED = RefundState.SUCCEEDED.value, _("已退款")
        ABNORMAL = RefundState.ABNORMAL.value, _("退款异常")
        CLOSED = RefundState.CLOSED.value, _("已撤销")
        FAILED = RefundState.FAILED.value, _("失败")

    class Source(models.TextChoices):
        PERSON = "person", _("人工")
        DOUBLE = "double", _("重复支付")
        EXTERNAL = "external", _("渠道后台")

    number = models.CharField(_("商户退款单号"), max_length=64)
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="refunds", verbose_name=_("扣款"))
    charge = models.ForeignKey(
        Charge, models.PROTECT, null=True, blank=True, related_name="refunds", verbose_name=_("应收")
    )
    gateway = models.CharField(_("支付渠道"), max_length=16)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    source = models.CharField(_("来源"), max_length=16, choices=Source.choices)
    cause_key = models.CharField(_("事由编号"), max_length=120, unique=True)
    reason = models.CharField(_("原因"), max_length=80)
    reference = models.CharField(_("渠道退款单号"), max_length=64, null=True, blank=True)
    requested_by = models.CharField(_("申请人"), max_length=150, blank=True)
    requested_at = models.DateTimeField(_("申请时间"))
    needs_second = models.BooleanField(_("须复核"), default=False)
    approved_by = models.CharField(_("复核人"), max_length=150, blank=True)
    approved_at = models.DateTimeField(_("复核时间"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    succeeded_at = models.DateTimeField(_("到账时间"), null=True, blank=True)
    act_at = models.DateTimeField(_("下次处理时间"), null=True, blank=True)
    query_count = models.PositiveSmallIntegerField(_("查询次数"), default=0)
    absent_count = models.PositiveSmallIntegerField(_("渠道无此单次数"), default=0)
    send_count = models.PositiveSmallIntegerField(_("发送次数"), default=0)
    code = models.CharField(_("渠道代码"), max_length=64, blank=True)
    message = models.CharField(_("渠道说明"), max_length=300, blank=True)
    evidence = models.JSONField(_("最近一次渠道应答"), default=dict)

    class Meta:
        verbose_name = _("退款")
        verbose_name_plural = _("退款")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="refund_number_once", fields=["gateway", "number"]),
            models.UniqueConstraint(name="refund_reference_once", fields=["gateway", "reference"]),
            models.CheckConstraint(name="refund_amount_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="refund_status_known", condition=Q(status__in=[state.value for state in RefundState])
            ),
            models.CheckConstraint(
                name="refund_by_two_above_limit",
                condition=Q(needs_second=False)
                | Q(status__in=["requested", "closed"])
                | (~Q(approved_by="") & ~Q(approved_by=F("requested_by"))),
            ),
        ]
        indexes = [
            models.Index(name="refund_to_act", fields=["act_at"], condition=Q(act_at__isnull=False)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="never_above_paid",
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("status", "amount_fen"),
                when=pgtrigger.Before,
                declare=[("paid", "bigint"), ("back", "bigint")],
                func=pgtrigger.Func(
                    """
                    IF NEW.status IN ('closed', 'failed') THEN
                        RETURN NEW;
                    END IF;
                    SELECT amount_fen INTO paid FROM payments_attempt WHERE id = NEW.attempt_id FOR UPDATE;
                    SELECT coalesce(sum(amount_fen), 0) INTO back FROM payments_refund
                     WHERE attempt_id = NEW.attempt_id AND id <> NEW.id AND status NOT IN ('closed', 'failed');
                    IF back + NEW.amount_fen > paid THEN
                        RAISE EXCEPTION 'refunds of attempt % would exceed what was paid', NEW.attempt_id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number
