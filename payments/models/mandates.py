"""Which plates may be debited, and the entries gateways keep of plates that came."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Mandate(models.Model):
    """What we last heard of a plate's contactless agreement with one gateway."""

    class State(models.TextChoices):
        NORMAL = "normal", _("已开通")
        BLOCKED = "blocked", _("已暂停")
        NONE = "none", _("未开通")
        UNKNOWN = "unknown", _("未知")

    gateway = models.CharField(_("支付渠道"), max_length=16)
    plate = models.CharField(_("号牌号码"), max_length=16)
    plate_color = models.CharField(_("号牌颜色"), max_length=16)
    state = models.CharField(_("状态"), max_length=16, choices=State.choices)
    detail = models.CharField(_("说明"), max_length=120, blank=True)
    since_at = models.DateTimeField(_("开通时间"), null=True, blank=True)
    told_at = models.DateTimeField(_("状态时间"))
    ended_at = models.DateTimeField(_("车主停用时间"), null=True, blank=True)
    first = models.BooleanField(_("优先使用"), default=False)

    class Meta:
        verbose_name = _("无感支付签约")
        verbose_name_plural = _("无感支付签约")
        constraints = [
            models.UniqueConstraint(name="mandate_once", fields=["plate", "plate_color", "gateway"]),
            models.UniqueConstraint(name="mandate_one_first", fields=["plate", "plate_color"], condition=Q(first=True)),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.state}"


class PlateEntry(models.Model):
    """A plate's entry with a gateway. One plate has one live entry: a newer one would kill the older at the gateway.

    WAITING is announced but not told to the gateway (the plate still has a live one), LIVE is told or being told,
    USED carried a debit that the gateway took, DEAD can't be debited any more.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("待登记")
        LIVE = "live", _("有效")
        USED = "used", _("已扣款")
        DEAD = "dead", _("已失效")

    number = models.CharField(_("入场编号"), max_length=32, unique=True)
    stay = models.CharField(_("停留编号"), max_length=64)
    gateway = models.CharField(_("支付渠道"), max_length=16)
    plate = models.CharField(_("号牌号码"), max_length=16)
    plate_color = models.CharField(_("号牌颜色"), max_length=16)
    place = models.CharField(_("停车地点"), max_length=120)
    spot = models.CharField(_("泊位编码"), max_length=32)
    from_at = models.DateTimeField(_("入场时间"))
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    reference = models.CharField(_("渠道入场编号"), max_length=64, blank=True)
    blocked = models.BooleanField(_("不可扣款"), default=False)
    reason = models.CharField(_("说明"), max_length=120, blank=True)
    told_at = models.DateTimeField(_("状态时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("创建时间"))
    enter_at = models.DateTimeField(_("下次登记时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("渠道入场")
        verbose_name_plural = _("渠道入场")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="entry_one_live_per_plate",
                fields=["gateway", "plate", "plate_color"],
                condition=Q(status="live"),
            ),
            models.UniqueConstraint(
                name="entry_once_per_stay", fields=["gateway", "stay"], condition=Q(status__in=["waiting", "live"])
            ),
        ]
        indexes = [
            models.Index(name="entry_to_tell", fields=["enter_at"], condition=Q(enter_at__isnull=False)),
            models.Index(name="entry_of_stay", fields=["stay"]),
        ]

    def __str__(self) -> str:
        return self.number
