"""Reminding drivers of what they owe, message by message."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.charges import Charge


class Urging(models.Model):
    """One message about the unpaid charges of one plate: a notice that they must be paid by hand, or an urging.

    The phone is kept masked: the log needs no more.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已发送")
        NO_CONTACT = "no_contact", _("无联系方式")
        FAILED = "failed", _("发送失败")
        DROPPED = "dropped", _("无需发送")

    plate = models.CharField(_("号牌号码"), max_length=16)
    notice = models.BooleanField(_("缴费通知"), default=False)
    stage = models.PositiveSmallIntegerField(_("催缴阶段"))
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    charges = models.ManyToManyField(Charge, through="Urged", related_name="urgings", verbose_name=_("应收"))
    made_at = models.DateTimeField(_("生成时间"))
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    phone = models.CharField(_("手机号"), max_length=16, blank=True)
    reference = models.CharField(_("短信编号"), max_length=64, blank=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("催缴")
        verbose_name_plural = _("催缴")
        ordering = ["-made_at", "-id"]
        constraints = [models.CheckConstraint(name="urging_amount_positive", condition=Q(amount_fen__gt=0))]
        indexes = [
            models.Index(name="urging_waiting", fields=["made_at"], condition=Q(status="waiting")),
            models.Index(name="urging_of_plate", fields=["plate", "made_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.status}"


class Urged(models.Model):
    """A charge in a message. There is one notice of a charge, and each stage is urged once."""

    urging = models.ForeignKey(Urging, models.CASCADE, related_name="urged", verbose_name=_("催缴"))
    charge = models.ForeignKey(Charge, models.CASCADE, related_name="urged", verbose_name=_("应收"))
    stage = models.PositiveSmallIntegerField(_("催缴阶段"))
    notice = models.BooleanField(_("缴费通知"), default=False)

    class Meta:
        verbose_name = _("催缴明细")
        verbose_name_plural = _("催缴明细")
        constraints = [models.UniqueConstraint(name="urged_once_a_stage", fields=["charge", "stage", "notice"])]

    def __str__(self) -> str:
        return f"{self.charge_id}/{self.stage}"


class UrgeRule(models.Model):
    """The ladder of arrears from a moment on; the newest counts. Never changed: another row follows it."""

    notice = models.BooleanField(_("扣款失败时通知"), default=True)
    due_days = models.PositiveSmallIntegerField(_("缴费期限（天）"), default=30)
    urge_days = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("催缴时间（逾期后第几天）"), default=list, blank=True
    )
    final_days = models.PositiveSmallIntegerField(_("结束催缴（逾期后第几天）"), default=45)
    quiet_from = models.TimeField(_("免打扰开始"))
    quiet_to = models.TimeField(_("免打扰结束"))
    per_plate_a_week = models.PositiveSmallIntegerField(_("每车每周最多条数"), default=2)
    made_by = models.CharField(_("修改人"), max_length=150)
    made_at = models.DateTimeField(_("生效时间"))

    class Meta:
        verbose_name = _("催缴规则")
        verbose_name_plural = _("催缴规则")
        ordering = ["-id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.due_days} {self.urge_days} {self.final_days}"
