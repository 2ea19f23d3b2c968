"""Who is sent the reports, and what was sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReportRecipient(models.Model):
    """Somebody who is sent reports by e-mail: figures and sums, no plates."""

    email = models.EmailField(_("邮箱"), unique=True)
    name = models.CharField(_("姓名"), max_length=64, blank=True)
    daily = models.BooleanField(_("日报"), default=True)
    monthly = models.BooleanField(_("月报"), default=True)
    language = models.CharField(
        _("语言"), max_length=8, choices=[("zh-hans", "简体中文"), ("en", "English")], default="zh-hans"
    )

    class Meta:
        verbose_name = _("报表收件人")
        verbose_name_plural = _("报表收件人")
        ordering = ["email"]

    def __str__(self) -> str:
        return self.email


class ReportSent(models.Model):
    """One report to one person: claimed before it is sent, so that two workers send it once."""

    recipient = models.ForeignKey(ReportRecipient, models.CASCADE, related_name="sent", verbose_name=_("收件人"))
    period = models.CharField(_("报表"), max_length=10, help_text=_("2026-11-22 为日报，2026-11 为月报"))
    claimed_at = models.DateTimeField(_("开始发送"))
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("次数"), default=1)
    error = models.CharField(_("错误"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("已发报表")
        verbose_name_plural = _("已发报表")
        ordering = ["-claimed_at"]
        constraints = [models.UniqueConstraint(fields=["recipient", "period"], name="reportsent_once")]

    def __str__(self) -> str:
        return f"{self.period} {self.recipient_id}"
