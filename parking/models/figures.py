"""The figures, summed by road and hour, and which of those sums must be reckoned anew."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoadHour(models.Model):
    """What happened on a road in one hour, as sums that can be added up. Derived: `rebuild_figures` makes it anew.

    Stays count where they are not void and overlap no better proved one. Money is that of `payments.charges.hours`.
    An hour in which nothing happened has no row.
    """

    road = models.ForeignKey("parking.Road", models.CASCADE, db_index=False, verbose_name=_("路段"))
    hour_at = models.DateTimeField(_("小时"))
    arrivals = models.IntegerField(_("驶入"), default=0)
    departures = models.IntegerField(_("驶离"), default=0)
    stay_s = models.BigIntegerField(_("停车时长（秒）"), default=0)
    occupied_s = models.BigIntegerField(_("占用时长（秒）"), default=0)
    charged_occupied_s = models.BigIntegerField(_("收费时段内占用时长（秒）"), default=0)
    orders = models.IntegerField(_("订单"), default=0)
    auto_orders = models.IntegerField(_("免人工订单"), default=0)
    charges = models.IntegerField(_("账单"), default=0)
    receivable_fen = models.BigIntegerField(_("应收（分）"), default=0)
    collected_fen = models.BigIntegerField(_("已收（分）"), default=0)
    collected_t0_fen = models.BigIntegerField(_("当日收（分）"), default=0)
    collected_t7_fen = models.BigIntegerField(_("7 日内收（分）"), default=0)
    collected_t30_fen = models.BigIntegerField(_("30 日内收（分）"), default=0)
    received_fen = models.BigIntegerField(_("到账（分）"), default=0)
    paid_charges = models.IntegerField(_("已付账单"), default=0)
    contactless_charges = models.IntegerField(_("无感支付账单"), default=0)

    class Meta:
        verbose_name = _("小时汇总")
        verbose_name_plural = _("小时汇总")
        constraints = [models.UniqueConstraint(fields=["road", "hour_at"], name="roadhour_once")]
        indexes = [models.Index(fields=["hour_at"], name="roadhour_time")]

    def __str__(self) -> str:
        return f"{self.road_id} {self.hour_at:%F %H}"


class StaleHour(models.Model):
    """A road's hours that a changed session or charge touches. Written by PostgreSQL itself, in the change's own
    transaction; rows are only added and removed, so nobody waits for anybody."""

    id = models.BigAutoField(primary_key=True)
    road_id = models.BigIntegerField(_("路段"))
    from_at = models.DateTimeField(_("自"))
    to_at = models.DateTimeField(_("至"), null=True)

    class Meta:
        verbose_name = _("待汇总小时")
        verbose_name_plural = _("待汇总小时")

    def __str__(self) -> str:
        return f"{self.road_id} {self.from_at:%F %H}"


class BerthCount(models.Model):
    """How many berths a road has had open since a moment: yesterday's turnover does not change with today's paint.

    The oldest row of a road holds for all time before it.
    """

    road = models.ForeignKey("parking.Road", models.CASCADE, db_index=False, verbose_name=_("路段"))
    from_at = models.DateTimeField(_("自"))
    berths = models.PositiveIntegerField(_("开放泊位"))

    class Meta:
        verbose_name = _("泊位数变更")
        verbose_name_plural = _("泊位数变更")
        constraints = [models.UniqueConstraint(fields=["road", "from_at"], name="berthcount_once")]

    def __str__(self) -> str:
        return f"{self.road_id} {self.berths}"


class DeviceCount(models.Model):
    """How many devices of a kind watch a road and how many of them were heard lately. Told by the sensors room."""

    road = models.ForeignKey("parking.Road", models.CASCADE, db_index=False, verbose_name=_("路段"))
    kind = models.CharField(_("设备类型"), max_length=16)
    devices = models.PositiveIntegerField(_("设备数"))
    online = models.PositiveIntegerField(_("在线数"))
    at = models.DateTimeField(_("统计时间"))

    class Meta:
        verbose_name = _("设备在线")
        verbose_name_plural = _("设备在线")
        constraints = [models.UniqueConstraint(fields=["road", "kind"], name="devicecount_once")]

    def __str__(self) -> str:
        return f"{self.road_id} {self.kind} {self.online}/{self.devices}"
