"""What stands at the kerb, where it stood, and what it says of itself."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from parking.domain.events import Witness
from sensors.models.sources import Source


class Device(models.Model):
    """A device at the kerb, by the identifier it carries on the wire."""

    code = models.CharField(_("设备编号"), max_length=64, unique=True)
    kind = models.CharField(_("设备类型"), max_length=16, choices=[(w.value, w.value) for w in Witness])
    codec = models.CharField(_("协议"), max_length=32, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="devices", verbose_name=_("数据来源")
    )
    active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = _("设备")
        verbose_name_plural = _("设备")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class DeviceState(models.Model):
    """What a device last said of itself. Apart from Device: this row changes all day."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="state", verbose_name=_("设备")
    )
    last_heard_at = models.DateTimeField(_("最近上报"), null=True, blank=True)
    battery_v = models.FloatField(_("电压(V)"), null=True, blank=True)
    battery_pct = models.FloatField(_("电量(%)"), null=True, blank=True)
    signal_dbm = models.FloatField(_("信号(dBm)"), null=True, blank=True)
    temperature_c = models.FloatField(_("温度(℃)"), null=True, blank=True)
    last_sequence = models.BigIntegerField(_("最近序号"), null=True, blank=True)
    sequence_gaps = models.PositiveIntegerField(_("序号缺口"), default=0)
    clock_offset_s = models.FloatField(_("时钟偏差(秒)"), null=True, blank=True)

    class Meta:
        verbose_name = _("设备状态")
        verbose_name_plural = _("设备状态")

    def __str__(self) -> str:
        return str(self.device_id)


class Installation(models.Model):
    """Which device channel watched which berth, from when to when. Moving a sensor doesn't rewrite history."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="installations", verbose_name=_("设备"))
    channel = models.CharField(_("通道"), max_length=32, blank=True)
    berth = models.ForeignKey("parking.Berth", models.PROTECT, related_name="+", verbose_name=_("泊位"))
    installed_at = models.DateTimeField(_("安装时间"))
    removed_at = models.DateTimeField(_("拆除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("安装")
        verbose_name_plural = _("安装")
        constraints = [
            ExclusionConstraint(
                name="installation_once_at_a_time",
                expressions=[
                    (F("device"), RangeOperators.EQUAL),
                    (F("channel"), RangeOperators.EQUAL),
                    (F("berth"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("installed_at"),
                            F("removed_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(removed_at__gt=F("installed_at")),
                name="installation_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} → {self.berth_id}"
