"""What the sensors room keeps: who speaks to us, what watches which berth, and every frame as it came."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from parking.domain.events import Witness


class Source(models.Model):
    """Who speaks: a vendor platform, a gateway, a patrol vehicle. Its name is half of each event's identity."""

    name = models.CharField(_("名称"), max_length=64, unique=True)
    codec = models.CharField(_("协议"), max_length=32, blank=True)
    witness = models.CharField(
        _("设备类型"), max_length=16, choices=[(w.value, w.value) for w in Witness], default=Witness.UNKNOWN
    )
    events_per_second = models.PositiveIntegerField(_("每秒事件上限"), default=20_000)
    max_age_days = models.PositiveIntegerField(_("最早可补传天数"), null=True, blank=True)
    active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceKey(models.Model):
    """A source's key: its SHA-256 only. Two may live at once, so that one can be changed without silence."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="keys", verbose_name=_("数据来源"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"))
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("来源密钥")
        verbose_name_plural = _("来源密钥")

    def __str__(self) -> str:
        return f"{self.source_id} {self.digest[:8]}"


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
