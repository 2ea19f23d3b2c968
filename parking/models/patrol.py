"""The people and vehicles on the street: shifts, what they checked, what they left on a car, what they reported."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parking.domain.whereabouts import How


class Shift(models.Model):
    """An inspector at work on some roads. One runs at a time."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="shifts", verbose_name=_("巡检员"))
    client_id = models.CharField(_("终端编号"), max_length=64)
    roads = ArrayField(models.CharField(max_length=32), default=list, verbose_name=_("路段"))
    started_at = models.DateTimeField(_("上班时间"))
    ended_at = models.DateTimeField(_("下班时间"), null=True, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        constraints = [
            models.UniqueConstraint(fields=["user", "client_id"], name="shift_once"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ended_at__isnull=True), name="shift_one_open_a_person"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
                name="shift_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.started_at:%F %T}"


class PatrolCheck(models.Model):
    """One look at one berth by a person or a vehicle, with its result; never changed. Known by (user, client_id)."""

    class Result(models.TextChoices):
        PAID = "paid", _("无欠费")
        OWES = "owes", _("欠费")
        EXEMPT = "exempt", _("免费车辆")
        WATCHED = "watched", _("重点关注")
        UNKNOWN = "unknown", _("未知车辆")
        EMPTY = "empty", _("空位")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("巡检员"))
    client_id = models.CharField(_("终端编号"), max_length=64)
    digest = models.CharField(max_length=64, editable=False)
    vehicle = models.CharField(_("巡检车"), max_length=32, blank=True)
    berth = models.ForeignKey(
        "parking.Berth", models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("泊位")
    )
    how = models.CharField(_("定位方式"), max_length=10, choices=[(how.value, how.value) for how in How])
    share = models.FloatField(_("定位可信度"), default=0)
    distance_m = models.FloatField(_("距离(米)"), null=True, blank=True)
    rivals = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name=_("相邻候选"))
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    accuracy_m = models.FloatField(_("定位精度(米)"), null=True, blank=True)
    plate = models.CharField(_("号牌号码"), max_length=16, blank=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="unknown")
    plate_confidence = models.FloatField(_("号牌置信度"), null=True, blank=True)
    result = models.CharField(_("结果"), max_length=8, choices=Result.choices)
    seen_at = models.DateTimeField(_("观测时间"))
    received_at = models.DateTimeField(_("接收时间"))
    again_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("重复于")
    )
    against = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("与其不符")
    )
    fed = models.BooleanField(_("已作为证据"), default=False)

    class Meta:
        verbose_name = _("巡检记录")
        verbose_name_plural = _("巡检记录")
        constraints = [models.UniqueConstraint(fields=["user", "client_id"], name="patrolcheck_once")]
        indexes = [
            models.Index(fields=["berth", "-seen_at"], name="patrolcheck_berth"),
            models.Index(fields=["-seen_at"], name="patrolcheck_time"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.seen_at:%F %T}"


class NoticeSlip(models.Model):
    """A slip left on a car: it tells what to do and proves by its signed code that it is ours. It asks no sum."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("巡检员"))
    client_id = models.CharField(_("终端编号"), max_length=64)
    berth = models.ForeignKey("parking.Berth", models.PROTECT, verbose_name=_("泊位"))
    plate = models.CharField(_("号牌号码"), max_length=16)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="unknown")
    issued_at = models.DateTimeField(_("开具时间"))
    received_at = models.DateTimeField(_("接收时间"))

    class Meta:
        verbose_name = _("停车告知单")
        verbose_name_plural = _("停车告知单")
        constraints = [models.UniqueConstraint(fields=["user", "client_id"], name="noticeslip_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.issued_at:%F %T}"


class StreetReport(models.Model):
    """What an inspector reports: a fault, or illegal parking for the traffic police. Nothing is fined by us."""

    class Kind(models.TextChoices):
        FAULT = "fault", _("设备故障")
        ILLEGAL = "illegal", _("违法停车")
        OVER_LINE = "over_line", _("压线停车")
        BLOCKED = "blocked", _("泊位被占")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("巡检员"))
    client_id = models.CharField(_("终端编号"), max_length=64)
    kind = models.CharField(_("类型"), max_length=10, choices=Kind.choices)
    road = models.ForeignKey("parking.Road", models.PROTECT, verbose_name=_("路段"))
    berth = models.ForeignKey("parking.Berth", models.PROTECT, null=True, blank=True, verbose_name=_("泊位"))
    device = models.CharField(_("设备"), max_length=64, blank=True)
    plate = models.CharField(_("号牌号码"), max_length=16, blank=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="unknown")
    note = models.CharField(_("说明"), max_length=500, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    seen_at = models.DateTimeField(_("观测时间"))
    received_at = models.DateTimeField(_("接收时间"))
    exported_at = models.DateTimeField(_("移交时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("现场上报")
        verbose_name_plural = _("现场上报")
        constraints = [models.UniqueConstraint(fields=["user", "client_id"], name="streetreport_once")]
        indexes = [models.Index(fields=["kind", "-seen_at"], name="streetreport_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.seen_at:%F %T}"


class WatchedPlate(models.Model):
    """A plate that inspectors must look twice at (a cloned plate, a stolen car). Half-open period."""

    plate = models.CharField(_("号牌号码"), max_length=16, db_index=True)
    reason = models.CharField(_("理由"), max_length=200)
    valid_from = models.DateTimeField(_("生效时间"))
    valid_to = models.DateTimeField(_("失效时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("关注车辆")
        verbose_name_plural = _("关注车辆")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")), name="watched_for_a_while"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plate[:3]} {self.valid_from:%F}"
