"""The kerb: what is opened, priced, patrolled and parked on."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Zone(models.Model):
    """A charging zone: the roads that share a tariff."""

    code = models.CharField(_("代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    name_en = models.CharField(_("英文名称"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("收费区域")
        verbose_name_plural = _("收费区域")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class Road(models.Model):
    """A road: the unit that is opened, priced and patrolled. Geometry is GeoJSON in WGS-84."""

    code = models.CharField(_("代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    name_en = models.CharField(_("英文名称"), max_length=64, blank=True)
    zone = models.ForeignKey(Zone, models.PROTECT, verbose_name=_("收费区域"), related_name="roads")
    district = models.CharField(_("行政区划代码"), max_length=6, blank=True)
    phase = models.PositiveSmallIntegerField(_("建设期"), default=1)
    geometry = models.JSONField(_("线形"), default=dict, blank=True)
    opened = models.BooleanField(_("开放"), default=True)
    mix = models.CharField(
        _("设备组合"),
        max_length=16,
        default="all",
        db_default="all",
        choices=[
            ("all", _("不限")),
            ("camera", _("摄像机")),
            ("camera+sensor", _("摄像机与地磁")),
            ("sensor+patrol", _("地磁与巡检")),
            ("patrol", _("仅巡检")),
        ],
        help_text=_("决定判定规则的默认值"),
    )
    policy = models.JSONField(_("判定规则"), default=dict, blank=True)

    class Meta:
        verbose_name = _("路段")
        verbose_name_plural = _("路段")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class PolicyChange(models.Model):
    """How a road's rules changed, when, by whom and why. Append-only: any moment's rules can be told."""

    road = models.ForeignKey(Road, models.PROTECT, related_name="policy_changes", verbose_name=_("路段"))
    at = models.DateTimeField(_("时间"))
    mix_before = models.CharField(_("原设备组合"), max_length=16)
    mix = models.CharField(_("设备组合"), max_length=16)
    before = models.JSONField(_("原判定规则"), default=dict)
    policy = models.JSONField(_("判定规则"), default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("修改人"))
    reason = models.CharField(_("理由"), max_length=300)

    class Meta:
        verbose_name = _("判定规则变更")
        verbose_name_plural = _("判定规则变更")
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="policychange_has_reason")]
        indexes = [models.Index(fields=["road", "-at"], name="policychange_road")]

    def __str__(self) -> str:
        return f"{self.road_id} {self.at:%F %T}"


class Berth(models.Model):
    """A berth. `code` is painted and spoken; `full_code` is district + road + berth, 14 digits."""

    road = models.ForeignKey(Road, models.PROTECT, verbose_name=_("路段"), related_name="berths")
    code = models.CharField(_("泊位编号"), max_length=32, unique=True)
    full_code = models.CharField(_("全码"), max_length=14, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    geometry = models.JSONField(_("轮廓"), default=dict, blank=True)
    opened = models.BooleanField(_("开放"), default=True)

    class Meta:
        verbose_name = _("泊位")
        verbose_name_plural = _("泊位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class BerthState(models.Model):
    """What is known of a berth now. Apart from Berth: this row changes all day, and the fold locks it."""

    berth = models.OneToOneField(Berth, models.CASCADE, primary_key=True, related_name="state", verbose_name=_("泊位"))
    occupied = models.BooleanField(_("占用"), default=False)
    occupied_since = models.DateTimeField(_("占用自"), null=True, blank=True)
    last_event_at = models.DateTimeField(_("最近事件"), null=True, blank=True)
    reconciled_at = models.DateTimeField(_("最近归并"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("连续失败"), default=0)
    set_aside_at = models.DateTimeField(_("搁置于"), null=True, blank=True)
    failure = models.TextField(_("失败原因"), blank=True)

    class Meta:
        verbose_name = _("泊位状态")
        verbose_name_plural = _("泊位状态")
        indexes = [
            models.Index(fields=["occupied"], name="berthstate_occupied", condition=models.Q(occupied=True)),
            models.Index(
                fields=["set_aside_at"], name="berthstate_aside", condition=models.Q(set_aside_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.berth_id)


class StaleBerth(models.Model):
    """A berth whose story from `since_at` on must be read again, at `due_at`. Rows are only added and removed.

    Adding never waits for anyone: a device's request is not held up by a fold that is running.
    """

    id = models.BigAutoField(primary_key=True)
    berth = models.ForeignKey(Berth, models.CASCADE, db_index=False, verbose_name=_("泊位"))
    since_at = models.DateTimeField(_("自何时起"))
    due_at = models.DateTimeField(_("到期"))

    class Meta:
        verbose_name = _("待归并泊位")
        verbose_name_plural = _("待归并泊位")
        indexes = [
            models.Index(fields=["due_at", "berth"], name="staleberth_due"),
            models.Index(fields=["berth", "due_at"], name="staleberth_berth"),
        ]

    def __str__(self) -> str:
        return f"{self.berth_id} {self.due_at:%F %T}"


class Heartbeat(models.Model):
    """When a process of ours was last heard."""

    name = models.CharField(_("名称"), max_length=32, primary_key=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("心跳")
        verbose_name_plural = _("心跳")

    def __str__(self) -> str:
        return self.name
