"""What gateways told us, kept before it is believed, and what could not be booked."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Notification(models.Model):
    """A verified notification with the facts read from it; stored before it is answered."""

    gateway = models.CharField(_("支付渠道"), max_length=16)
    event_id = models.CharField(_("通知编号"), max_length=128)
    body = models.BinaryField(_("原文"))
    facts = models.JSONField(_("事实"))
    received_at = models.DateTimeField(_("接收时间"))
    processed_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    try_at = models.DateTimeField(_("下次处理时间"))
    tries = models.PositiveSmallIntegerField(_("处理次数"), default=0)
    error = models.CharField(_("错误"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("渠道通知")
        verbose_name_plural = _("渠道通知")
        ordering = ["-received_at", "-id"]
        constraints = [models.UniqueConstraint(name="notification_once", fields=["gateway", "event_id"])]
        indexes = [models.Index(name="notification_to_do", fields=["try_at"], condition=Q(processed_at__isnull=True))]

    def __str__(self) -> str:
        return self.event_id


class Suspense(models.Model):
    """A fact that can't be applied as it stands: a person, the next query or the statement works it off."""

    class Reason(models.TextChoices):
        UNKNOWN_NUMBER = "unknown_number", _("非本系统单号")
        AMOUNT = "amount", _("金额不符")
        STRANGER = "stranger", _("商户或应用不符")
        REFERENCE = "reference", _("渠道单号冲突")
        REFUND_ABOVE_PAID = "refund_above_paid", _("退款超过实收")

    gateway = models.CharField(_("支付渠道"), max_length=16)
    reason = models.CharField(_("原因"), max_length=24, choices=Reason.choices)
    kind = models.CharField(_("类型"), max_length=16)
    our_number = models.CharField(_("我方单号"), max_length=64)
    reference = models.CharField(_("渠道单号"), max_length=64, blank=True)
    amount_fen = models.BigIntegerField(_("金额（分）"), null=True, blank=True)
    fact = models.JSONField(_("事实"))
    seen_at = models.DateTimeField(_("发现时间"))
    resolved_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    resolved_by = models.CharField(_("处理人"), max_length=150, blank=True)
    resolution = models.CharField(_("处理结果"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("挂账")
        verbose_name_plural = _("挂账")
        ordering = ["-seen_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="suspense_once",
                fields=["gateway", "kind", "our_number", "reference", "reason", "amount_fen"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="suspense_resolved_by_someone", condition=Q(resolved_at__isnull=True) | ~Q(resolution="")
            ),
        ]
        indexes = [models.Index(name="suspense_open", fields=["seen_at"], condition=Q(resolved_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.reason} {self.our_number}"
