"""The story of a berth: what witnesses said, what it comes to, and what people decided."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q
from django.utils.translation import gettext_lazy as _

from parking.domain.events import Kind, Witness


class EventKey(models.Model):
    """The identity of every event that was ever stored, and where its row lies.

    Events lie in partitions by month, and no unique index reaches over partitions: this one does. It stays when a month
    is archived, so that a repeat is a repeat for ever.
    """

    pk = models.CompositePrimaryKey("source", "event_id")
    source = models.CharField(_("来源"), max_length=64)
    event_id = models.CharField(_("事件编号"), max_length=160)
    content = models.UUIDField(_("内容摘要"), editable=False)
    berth_id = models.BigIntegerField(_("泊位"))
    observed_at = models.DateTimeField(_("观测时间"))

    class Meta:
        verbose_name = _("事件身份")
        verbose_name_plural = _("事件身份")

    def __str__(self) -> str:
        return f"{self.source}/{self.event_id}"


class EventRecord(models.Model):
    """An OccupancyEvent as it was stored; never changed. Identity is (source, event_id), kept by `EventKey`."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(_("来源"), max_length=64)
    event_id = models.CharField(_("事件编号"), max_length=160)
    berth = models.ForeignKey("parking.Berth", models.PROTECT, db_index=False, verbose_name=_("泊位"))
    kind = models.CharField(_("类型"), max_length=12, choices=[(k.value, k.value) for k in Kind])
    witness = models.CharField(_("设备类型"), max_length=16, choices=[(w.value, w.value) for w in Witness])
    device = models.CharField(_("设备"), max_length=64, blank=True)
    observed_at = models.DateTimeField(_("观测时间"))
    received_at = models.DateTimeField(_("接收时间"))
    plate = models.CharField(_("号牌号码"), max_length=16, blank=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="unknown")
    plate_confidence = models.FloatField(_("号牌置信度"), null=True, blank=True)
    action_confidence = models.FloatField(_("动作置信度"), null=True, blank=True)
    sequence = models.BigIntegerField(_("序号"), null=True, blank=True)
    visit = models.CharField(_("停留编号"), max_length=128, blank=True)
    revokes = models.CharField(_("撤销"), max_length=160, blank=True)
    picture_count = models.PositiveSmallIntegerField(_("图片数"), default=0)
    detail = models.TextField(_("说明"), blank=True)
    frame = models.BigIntegerField(_("报文"), null=True, blank=True)

    class Meta:
        verbose_name = _("占用事件")
        verbose_name_plural = _("占用事件")
        indexes = [
            models.Index(fields=["berth", "observed_at"], name="event_berth_time"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.event_id}"


class ParkingSession(models.Model):
    """A stay as it is billed. Everything up to `held` is derived anew from the events; `billed` is frozen.

    Whether it is paid is read from its charge. A contested session overlaps a better proved one: it is shown and held,
    never billed.
    """

    class Status(models.TextChoices):
        PARKED = "parked", _("在停")
        ENDED = "ended", _("已离开")
        HELD = "held", _("待核实")
        BILLED = "billed", _("已出账")
        VOID = "void", _("作废")

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(_("订单号"), max_length=32, unique=True)
    berth = models.ForeignKey("parking.Berth", models.PROTECT, db_index=False, verbose_name=_("泊位"))
    road = models.ForeignKey("parking.Road", models.PROTECT, db_index=False, verbose_name=_("路段"))
    plate = models.CharField(_("号牌号码"), max_length=16, blank=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="unknown")
    arrived_at = models.DateTimeField(_("驶入时间"))
    left_at = models.DateTimeField(_("驶离时间"), null=True, blank=True)
    status = models.CharField(_("状态"), max_length=8, choices=Status.choices)
    holds = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name=_("待核实原因"))
    contested = models.BooleanField(_("与他单重叠"), default=False)
    confidence = models.FloatField(_("可信度"), default=0)
    reasons = ArrayField(models.CharField(max_length=64), default=list, blank=True, verbose_name=_("判定依据"))
    visit = models.CharField(_("停留编号"), max_length=128, blank=True)
    arrival_event = models.CharField(_("驶入事件"), max_length=232, blank=True)
    departure_event = models.CharField(_("驶离事件"), max_length=232, blank=True)
    ready_at = models.DateTimeField(_("可出账时间"), null=True, blank=True)
    tariff = models.ForeignKey(
        "parking.TariffVersion", models.PROTECT, null=True, blank=True, db_index=False, verbose_name=_("计费规则")
    )
    fee_fen = models.BigIntegerField(_("费用(分)"), null=True, blank=True)
    lines = models.JSONField(_("费用明细"), default=list, blank=True)
    used = models.JSONField(_("已用优惠"), default=list, blank=True)
    continues = models.BooleanField(_("续前次停放"), default=False)
    provisional_calendar = models.BooleanField(_("日历未公布"), default=False)
    charge = models.OneToOneField("payments.Charge", models.PROTECT, null=True, blank=True, verbose_name=_("应收"))
    billed_at = models.DateTimeField(_("出账时间"), null=True, blank=True)
    # The newest event the stay was last read from: what is stored later was unknown to its bill.
    read_to = models.BigIntegerField(_("所据最新事件"), null=True, blank=True, editable=False)
    touched = models.BooleanField(_("人工处理过"), default=False)
    created_at = models.DateTimeField(_("创建时间"))
    updated_at = models.DateTimeField(_("更新时间"))

    class Meta:
        verbose_name = _("停车订单")
        verbose_name_plural = _("停车订单")
        permissions = [("settle_parkingsession", _("对订单减免、作废、退款"))]
        constraints = [
            models.UniqueConstraint(
                fields=["berth"],
                condition=Q(left_at__isnull=True, contested=False) & ~Q(status="void"),
                name="session_one_open_a_berth",
            ),
            ExclusionConstraint(
                name="session_no_overlap_on_a_berth",
                expressions=[
                    (F("berth"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("arrived_at"),
                            F("left_at"),
                            RangeBoundary(),
                            function="TSTZRANGE",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(contested=False) & ~Q(status="void"),
                # A batch moves the border between two stays in one transaction.
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(left_at__gte=F("arrived_at")),
                name="session_leaves_after_arriving",
            ),
            models.CheckConstraint(
                condition=Q(fee_fen__isnull=True) | Q(fee_fen__gte=0), name="session_fee_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status="billed")
                | Q(left_at__isnull=False, charge__isnull=False, fee_fen__isnull=False, contested=False),
                name="session_billed_is_proved",
            ),
        ]
        indexes = [
            models.Index(fields=["berth", "arrived_at"], name="session_berth_time"),
            models.Index(fields=["road", "-arrived_at"], name="session_road_time"),
            models.Index(fields=["plate", "-arrived_at"], name="session_plate_time"),
            models.Index(fields=["-arrived_at", "-id"], name="session_time"),
            models.Index(fields=["left_at"], name="session_left"),
            models.Index(fields=["status", "-arrived_at"], name="session_status_time"),
            models.Index(fields=["billed_at"], name="session_billed_at", condition=Q(billed_at__isnull=False)),
            models.Index(fields=["arrived_at"], name="session_provisional", condition=Q(provisional_calendar=True)),
        ]

    def __str__(self) -> str:
        return self.number


class Review(models.Model):
    """A held session put before a person: what was seen, what is proposed, and who decided what.

    `sample` marks an automatic order that is looked at to measure quality: its session is billed, nothing is held up.
    """

    session = models.ForeignKey(ParkingSession, models.CASCADE, related_name="reviews", verbose_name=_("停车订单"))
    holds = ArrayField(models.CharField(max_length=32), verbose_name=_("待核实原因"))
    proposal = models.JSONField(_("建议"), default=dict, blank=True)
    opened_at = models.DateTimeField(_("提出时间"))
    closed_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    verdict = models.CharField(_("结论"), max_length=16, blank=True)
    decision = models.JSONField(_("决定"), default=dict, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    reason = models.TextField(_("理由"), blank=True)
    sample = models.BooleanField(_("质量抽检"), default=False, db_default=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理中")
    )
    claimed_at = models.DateTimeField(_("领取时间"), null=True, blank=True)
    seconds = models.PositiveIntegerField(_("处理用时(秒)"), null=True, blank=True)
    passed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("请他人复看")
    )
    pass_note = models.TextField(_("请他人复看的说明"), blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("人工审核")
        verbose_name_plural = _("人工审核")
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(closed_at__isnull=True), name="review_one_open_a_session"
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="review_claimed_at_some_time",
            ),
        ]
        indexes = [
            models.Index(fields=["opened_at"], name="review_open", condition=Q(closed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {','.join(self.holds)}"


class Discrepancy(models.Model):
    """Later facts disagree with a billed session. Nothing is re-billed on its own: a person decides."""

    berth = models.ForeignKey("parking.Berth", models.PROTECT, verbose_name=_("泊位"))
    session = models.ForeignKey(
        ParkingSession, models.PROTECT, null=True, blank=True, related_name="discrepancies", verbose_name=_("停车订单")
    )
    event = models.CharField(_("事件"), max_length=232)
    reason = models.CharField(_("原因"), max_length=64)
    detail = models.JSONField(_("说明"), default=dict, blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    closed_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处理人")
    )
    verdict = models.CharField(
        _("结论"),
        max_length=12,
        blank=True,
        default="",
        db_default="",
        choices=[
            ("keep", _("维持原账单")),
            ("part", _("退还或减免一部分")),
            ("all", _("全部退还或减免")),
        ],
    )
    amount_fen = models.BigIntegerField(_("金额(分)"), default=0, db_default=0)
    why = models.TextField(_("理由"), blank=True, default="", db_default="")
    outcome = models.TextField(_("处理结果"), blank=True)

    class Meta:
        verbose_name = _("差异")
        verbose_name_plural = _("差异")
        constraints = [
            models.UniqueConstraint(fields=["berth", "event", "reason"], name="discrepancy_once"),
            models.CheckConstraint(
                condition=Q(verdict="") | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(why="")),
                name="discrepancy_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["found_at"], name="discrepancy_open", condition=Q(closed_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.berth_id} {self.reason}"
