"""What stands at the kerb, where it stood, and what it says of itself."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
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
    """What a device last said of itself, and what follows from it. Apart from Device: this row changes all day.

    `sensors.health` writes it at each frame, `sensors.rounds` judges it by the timetable.
    """

    class Condition(models.TextChoices):
        UNKNOWN = "unknown", _("未上报")
        OK = "ok", _("正常")
        LATE = "late", _("迟报")
        SILENT = "silent", _("失联")
        FAILING = "failing", _("异常")

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="state", verbose_name=_("设备")
    )
    first_heard_at = models.DateTimeField(_("首次上报"), null=True, blank=True)
    last_heard_at = models.DateTimeField(_("最近上报"), null=True, blank=True)
    # The longest pause that is usual for this device; forgotten at a rate of a week.
    rhythm_s = models.FloatField(_("上报周期(秒)"), null=True, blank=True)
    battery_v = models.FloatField(_("电压(V)"), null=True, blank=True)
    battery_pct = models.FloatField(_("电量(%)"), null=True, blank=True)
    battery_low = models.BooleanField(_("设备自报低电"), null=True, blank=True)
    signal_dbm = models.FloatField(_("信号(dBm)"), null=True, blank=True)
    temperature_c = models.FloatField(_("温度(℃)"), null=True, blank=True)
    last_sequence = models.BigIntegerField(_("最近序号"), null=True, blank=True)
    # Bit n is set when the frame n before the last one came; `sequence_span` bits count.
    sequence_window = models.BigIntegerField(_("序号窗口"), default=0, editable=False)
    sequence_span = models.PositiveSmallIntegerField(_("窗口长度"), default=0, editable=False)
    sequence_strays = models.PositiveSmallIntegerField(_("序号倒退次数"), default=0, editable=False)
    sequence_heard = models.PositiveBigIntegerField(_("已收序号数"), default=0)
    sequence_gaps = models.PositiveBigIntegerField(_("序号缺口"), default=0)
    loss = models.FloatField(_("近期丢包率"), null=True, blank=True)
    # The newest first; seconds by which the device's clock was ahead of the platform's or ours.
    offsets = ArrayField(models.FloatField(), verbose_name=_("时钟偏差样本"), default=list, blank=True)
    clock_offset_s = models.FloatField(_("时钟偏差(秒)"), null=True, blank=True)
    stuck = models.CharField(_("状态不变"), max_length=8, blank=True)
    faults = ArrayField(models.CharField(max_length=16), verbose_name=_("异常项"), default=list, blank=True)
    condition = models.CharField(
        _("健康状态"), max_length=8, choices=Condition.choices, default=Condition.UNKNOWN, db_index=True
    )
    condition_since = models.DateTimeField(_("状态始于"), null=True, blank=True)

    class Meta:
        verbose_name = _("设备状态")
        verbose_name_plural = _("设备状态")

    def __str__(self) -> str:
        return str(self.device_id)


class DeviceSample(models.Model):
    """A device's telemetry once an hour, for its curves; kept for a month."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(Device, models.CASCADE, db_index=False, related_name="samples", verbose_name=_("设备"))
    at = models.DateTimeField(_("时间"), db_index=True)
    battery_v = models.FloatField(_("电压(V)"), null=True)
    battery_pct = models.FloatField(_("电量(%)"), null=True)
    signal_dbm = models.FloatField(_("信号(dBm)"), null=True)
    temperature_c = models.FloatField(_("温度(℃)"), null=True)
    clock_offset_s = models.FloatField(_("时钟偏差(秒)"), null=True)
    loss = models.FloatField(_("近期丢包率"), null=True)

    class Meta:
        verbose_name = _("设备采样")
        verbose_name_plural = _("设备采样")
        constraints = [models.UniqueConstraint(fields=["device", "at"], name="one_sample_a_moment")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.at:%F %T}"


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
