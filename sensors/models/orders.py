"""Work orders: what somebody must do about a device, and what was done."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from sensors.models.devices import Device


class WorkOrder(models.Model):
    """One thing wrong with one device. Opened and closed by rule (`sensors.rounds`) or by a person."""

    class Cause(models.TextChoices):
        SILENT = "silent", _("失联")
        BATTERY = "battery", _("电量低")
        SIGNAL = "signal", _("信号弱")
        TEMPERATURE = "temperature", _("温度异常")
        LOSS = "loss", _("丢包")
        CLOCK = "clock", _("时钟漂移")
        STUCK_OCCUPIED = "stuck_occupied", _("长占")
        STUCK_FREE = "stuck_free", _("长空")
        REPORTED = "reported", _("人工报修")

    device = models.ForeignKey(Device, models.CASCADE, related_name="orders", verbose_name=_("设备"))
    berth = models.ForeignKey(
        "parking.Berth", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("泊位")
    )
    cause = models.CharField(_("原因"), max_length=16, choices=Cause.choices)
    facts = models.JSONField(_("开单时数据"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("开单时间"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("开单人"),
        help_text=_("留空表示由规则开单"),
    )
    taken_at = models.DateTimeField(_("接单时间"), null=True, blank=True)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )
    closed_at = models.DateTimeField(_("关闭时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("关闭人"),
        help_text=_("留空表示由规则关闭"),
    )

    class Meta:
        verbose_name = _("维护工单")
        verbose_name_plural = _("维护工单")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["device", "cause"], condition=Q(closed_at__isnull=True), name="workorder_one_open"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="workorder_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.cause}"


class WorkOrderEntry(models.Model):
    """One step in a work order's history; only added. `by` is empty for a rule."""

    class Step(models.TextChoices):
        OPENED = "opened", _("开单")
        TAKEN = "taken", _("接单")
        NOTED = "noted", _("备注")
        CLOSED = "closed", _("关闭")

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="entries", verbose_name=_("维护工单"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("操作人")
    )
    step = models.CharField(_("步骤"), max_length=8, choices=Step.choices)
    note = models.TextField(_("备注"), blank=True)

    class Meta:
        verbose_name = _("工单记录")
        verbose_name_plural = _("工单记录")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.order_id} {self.step}"
