"""Every frame as it came."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sensors.models.sources import Source


class Frame(models.Model):
    """A body as it came in, kept whole, with what became of it."""

    class Outcome(models.TextChoices):
        RECEIVED = "received", _("已收到")
        ACCEPTED = "accepted", _("已接收")
        PARTLY = "partly", _("部分拒绝")
        REJECTED = "rejected", _("已拒绝")
        REFUSED = "refused", _("未通过认证")

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("数据来源")
    )
    codec = models.CharField(_("协议"), max_length=32)
    received_at = models.DateTimeField(_("接收时间"))
    content_type = models.CharField(_("内容类型"), max_length=128, blank=True)
    query = models.JSONField(_("地址参数"), default=dict, blank=True)
    body = models.BinaryField(_("报文内容"))
    outcome = models.CharField(_("结果"), max_length=10, choices=Outcome.choices)
    reason = models.CharField(_("原因代码"), max_length=64, blank=True)
    rejections = models.JSONField(_("拒绝明细"), default=list, blank=True)
    accepted = models.PositiveIntegerField(_("接收事件数"), default=0)
    duplicates = models.PositiveIntegerField(_("重复事件数"), default=0)

    class Meta:
        verbose_name = _("报文")
        verbose_name_plural = _("报文")
        indexes = [
            models.Index(fields=["received_at"], name="frame_time"),
            models.Index(fields=["-received_at"], name="frame_trouble", condition=~Q(outcome="accepted")),
        ]

    def __str__(self) -> str:
        return f"{self.codec} {self.received_at:%F %T} {self.outcome}"


class Companion(models.Model):
    """An event that falls when what the vendor calls `name` is taken back, whether it has come yet or not."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(Source, models.CASCADE, db_index=False, related_name="+", verbose_name=_("数据来源"))
    name = models.CharField(_("名称"), max_length=160)
    event_id = models.CharField(_("事件编号"), max_length=160)
    berth = models.CharField(_("泊位编号"), max_length=32)
    told_at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("连带撤销")
        verbose_name_plural = _("连带撤销")
        constraints = [models.UniqueConstraint(fields=["source", "name", "event_id"], name="companion_told_once")]

    def __str__(self) -> str:
        return f"{self.name} → {self.event_id}"
