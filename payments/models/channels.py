"""How the gateways are doing."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """A gateway's health as our own calls find it. Until `open_until` nothing is sent to it by the machine."""

    gateway = models.CharField(_("支付渠道"), max_length=16, unique=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    open_until = models.DateTimeField(_("暂停至"), null=True, blank=True)
    detail = models.CharField(_("最近错误"), max_length=200, blank=True)
    drift_s = models.FloatField(_("时钟偏差（秒）"), null=True, blank=True)
    told_at = models.DateTimeField(_("状态时间"))

    class Meta:
        verbose_name = _("渠道状态")
        verbose_name_plural = _("渠道状态")

    def __str__(self) -> str:
        return self.gateway
