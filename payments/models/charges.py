"""What is owed for one stay, and what was taken off it by people."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Charge(models.Model):
    """One bill as it was received: amount, lines, tariff version never change; the state moves by conditional UPDATE.

    What was paid, refunded and is still due are sums over the ledger. `collect_at` is when the machine next tries to
    collect by itself (None: not any more), `notice_at` since when the driver is to be told that it could not, `urge_at`
    when the driver is next reminded.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("待支付")
        SETTLED = "settled", _("已结清")
        WAIVED = "waived", _("已减免")
        VOID = "void", _("已作废")
        WRITTEN_OFF = "written_off", _("已核销")

    class Kind(models.TextChoices):
        STAY = "stay", _("停车")
        PERMIT = "permit", _("停车证")

    number = models.CharField(_("账单号"), max_length=64, unique=True)
    kind = models.CharField(_("种类"), max_length=8, choices=Kind.choices, default=Kind.STAY, db_default=Kind.STAY)
    scope = models.CharField(_("路段编码"), max_length=32)
    spot = models.CharField(_("泊位编码"), max_length=32)
    place = models.CharField(_("停车地点"), max_length=120)
    plate = models.CharField(_("号牌号码"), max_length=16)
    plate_color = models.CharField(_("号牌颜色"), max_length=16)
    from_at = models.DateTimeField(_("开始时间"))
    to_at = models.DateTimeField(_("结束时间"))
    amount_fen = models.BigIntegerField(_("应收金额（分）"))
    currency = models.CharField(_("币种"), max_length=3)
    lines = models.JSONField(_("费用明细"))
    tariff_code = models.CharField(_("计费规则"), max_length=64)
    tariff_version = models.PositiveIntegerField(_("规则版本"))
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    opened_at = models.DateTimeField(_("生成时间"))
    due_at = models.DateTimeField(_("应付期限"))
    settled_at = models.DateTimeField(_("结清时间"), null=True, blank=True)
    collect_at = models.DateTimeField(_("下次自动扣款时间"), null=True, blank=True)
    collect_tries = models.PositiveSmallIntegerField(_("自动扣款次数"), default=0)
    notice_at = models.DateTimeField(_("待通知时间"), null=True, blank=True)
    urge_at = models.DateTimeField(_("下次催缴时间"), null=True, blank=True)
    urge_stage = models.PositiveSmallIntegerField(_("催缴阶段"), default=0)
    urge_paused = models.BooleanField(_("暂停催缴"), default=False)

    class Meta:
        verbose_name = _("应收")
        verbose_name_plural = _("应收")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(name="charge_kind_known", condition=Q(kind__in=["stay", "permit"])),
            models.CheckConstraint(name="charge_amount_not_negative", condition=Q(amount_fen__gte=0)),
            models.CheckConstraint(name="charge_period_in_order", condition=Q(to_at__gte=F("from_at"))),
            models.CheckConstraint(
                name="charge_status_known", condition=Q(status__in=["open", "settled", "waived", "void", "written_off"])
            ),
            models.CheckConstraint(
                name="charge_closed_when_settled", condition=Q(status="open") ^ Q(settled_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                name="charge_to_collect", fields=["collect_at"], condition=Q(status="open", collect_at__isnull=False)
            ),
            models.Index(name="charge_to_notify", fields=["notice_at"], condition=Q(notice_at__isnull=False)),
            models.Index(name="charge_to_urge", fields=["urge_at"], condition=Q(status="open", urge_at__isnull=False)),
            models.Index(name="charge_unpaid_of_plate", fields=["plate", "opened_at"], condition=Q(status="open")),
            models.Index(name="charge_of_scope", fields=["scope", "opened_at"]),
            models.Index(name="charge_opened", fields=["opened_at"]),
        ]

    def __str__(self) -> str:
        return self.number


class Adjustment(models.Model):
    """What a person took off a charge, why, and who agreed where two are needed. Append-only but for the agreement."""

    class Kind(models.TextChoices):
        WAIVER = "waiver", _("减免")
        REDUCTION = "reduction", _("部分减免")
        VOID = "void", _("作废")
        WRITE_OFF = "write_off", _("核销")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("待复核")
        DONE = "done", _("已生效")
        REFUSED = "refused", _("已驳回")

    charge = models.ForeignKey(Charge, models.PROTECT, related_name="adjustments", verbose_name=_("应收"))
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    reason = models.CharField(_("原因"), max_length=300)
    requested_by = models.CharField(_("申请人"), max_length=150)
    requested_at = models.DateTimeField(_("申请时间"))
    decided_by = models.CharField(_("复核人"), max_length=150, blank=True)
    decided_at = models.DateTimeField(_("复核时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("应收调整")
        verbose_name_plural = _("应收调整")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(name="adjustment_amount_positive", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(name="adjustment_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="adjustment_write_off_by_two",
                condition=~Q(kind="write_off", status="done") | (~Q(decided_by="") & ~Q(decided_by=F("requested_by"))),
            ),
            models.UniqueConstraint(name="adjustment_one_waits", fields=["charge"], condition=Q(status="requested")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.charge_id}"
