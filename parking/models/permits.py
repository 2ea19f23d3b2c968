"""What plates are entitled to beside the tariff: permits, exemptions, coupons. They enter the price as data."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class PermitProduct(models.Model):
    """A permit as it is offered: for a road, a zone or (neither) the whole city, for so many months at that price.

    `days` are the words of a tariff band's days (`docs/tariffs.md`), `start` to `end` the hours it covers, "HH:MM".
    """

    class Kind(models.TextChoices):
        MONTHLY = "monthly", _("包月")
        NIGHT = "night", _("夜间")
        RESIDENT = "resident", _("居民")

    code = models.SlugField(_("代码"), max_length=32, unique=True)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("名称"), max_length=64)
    name_en = models.CharField(_("英文名称"), max_length=64, blank=True)
    zone = models.ForeignKey("parking.Zone", models.PROTECT, null=True, blank=True, verbose_name=_("收费区域"))
    road = models.ForeignKey("parking.Road", models.PROTECT, null=True, blank=True, verbose_name=_("路段"))
    months = models.PositiveSmallIntegerField(_("月数"), default=1)
    price_fen = models.PositiveBigIntegerField(_("价格(分)"))
    most_plates = models.PositiveSmallIntegerField(_("最多车辆数"), default=1)
    days = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name=_("适用日"))
    start = models.CharField(_("每日起"), max_length=5, default="00:00")
    end = models.CharField(_("每日止"), max_length=5, default="24:00")
    on_sale = models.BooleanField(_("在售"), default=True)

    class Meta:
        verbose_name = _("停车证种类")
        verbose_name_plural = _("停车证种类")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=Q(zone__isnull=True) | Q(road__isnull=True), name="product_one_place"),
            models.CheckConstraint(condition=Q(months__gte=1) & Q(most_plates__gte=1), name="product_has_a_period"),
        ]

    def __str__(self) -> str:
        return self.name


class Permit(models.Model):
    """A permit that somebody holds for [from_at, to_at). Whether it is paid is read from its charge; none: given free.

    What it covers is copied from its product, which may change later.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(_("证号"), max_length=32, unique=True)
    product = models.ForeignKey(PermitProduct, models.PROTECT, related_name="permits", verbose_name=_("停车证种类"))
    kind = models.CharField(_("类型"), max_length=16, choices=PermitProduct.Kind.choices)
    zone = models.ForeignKey("parking.Zone", models.PROTECT, null=True, blank=True, verbose_name=_("收费区域"))
    road = models.ForeignKey("parking.Road", models.PROTECT, null=True, blank=True, verbose_name=_("路段"))
    days = ArrayField(models.CharField(max_length=32), default=list, blank=True, verbose_name=_("适用日"))
    start = models.CharField(_("每日起"), max_length=5, default="00:00")
    end = models.CharField(_("每日止"), max_length=5, default="24:00")
    from_at = models.DateTimeField(_("生效时间"))
    to_at = models.DateTimeField(_("失效时间"))
    price_fen = models.PositiveBigIntegerField(_("价格(分)"), default=0)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="permits",
        verbose_name=_("持有人"),
    )  # fmt: skip
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewed_by", verbose_name=_("续自")
    )
    charge = models.OneToOneField("payments.Charge", models.PROTECT, null=True, blank=True, verbose_name=_("应收"))
    ordered_at = models.DateTimeField(_("办理时间"))
    revoked_at = models.DateTimeField(_("注销时间"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("停车证")
        verbose_name_plural = _("停车证")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="permit_has_a_period"),
            models.CheckConstraint(condition=Q(zone__isnull=True) | Q(road__isnull=True), name="permit_one_place"),
        ]
        indexes = [
            models.Index(fields=["ordered_at"], name="permit_not_revoked", condition=Q(revoked_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.number


class PermitPlate(models.Model):
    """A plate that a permit names."""

    permit = models.ForeignKey(Permit, models.CASCADE, related_name="plates", verbose_name=_("停车证"))
    plate = models.CharField(_("号牌号码"), max_length=16, db_index=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="blue")

    class Meta:
        verbose_name = _("停车证车辆")
        verbose_name_plural = _("停车证车辆")
        constraints = [models.UniqueConstraint(fields=["permit", "plate"], name="permitplate_once")]

    def __str__(self) -> str:
        return f"{self.permit_id}"


class Exemption(models.Model):
    """A plate registered as one of the kinds a tariff may exempt or favour, for a period, with its proof.

    `kind` is a word of a tariff's `exempt.kinds`, a tag of a concession's `who.tags`, or "disabled". The kinds of the
    national free list are suggested; a city may write others. `berths` is how many small-car berths the vehicle takes.
    """

    KINDS = (
        ("military", _("军车")),
        ("police", _("警车")),
        ("fire", _("消防车")),
        ("ambulance", _("救护车")),
        ("rescue", _("工程救险车")),
        ("post", _("邮政车")),
        ("sanitation", _("环卫车")),
        ("utility", _("市政维护抢修车")),
        ("funeral", _("殡葬车")),
        ("disabled", _("残疾人机动车")),
    )

    plate = models.CharField(_("号牌号码"), max_length=16, db_index=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, blank=True)
    kind = models.SlugField(_("类别"), max_length=32)
    berths = models.PositiveSmallIntegerField(_("占用泊位数"), default=1)
    from_at = models.DateTimeField(_("生效时间"))
    to_at = models.DateTimeField(_("失效时间"), null=True, blank=True)
    proof = models.CharField(_("证明材料"), max_length=200)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记人")
    )
    noted_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("免费与优惠车辆")
        verbose_name_plural = _("免费与优惠车辆")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["plate", "kind", "from_at"], name="exemption_once"),
            models.CheckConstraint(
                condition=Q(to_at__isnull=True) | Q(to_at__gt=F("from_at")), name="exemption_has_a_period"
            ),
            models.CheckConstraint(condition=~Q(proof=""), name="exemption_has_a_proof"),
            models.CheckConstraint(condition=Q(berths__gte=1), name="exemption_takes_a_berth"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.from_at:%F}"


class Campaign(models.Model):
    """A kind of coupon and how many of it are given. `value` is minutes, fen or per cent by `kind`."""

    class Kind(models.TextChoices):
        MINUTES = "minutes", _("减免时长(分钟)")
        AMOUNT = "amount", _("减免金额(分)")
        PERCENT = "percent", _("按比例减免(%)")
        FULL = "full", _("全免")

    code = models.SlugField(_("代码"), max_length=32, unique=True)
    name = models.CharField(_("名称"), max_length=64)
    name_en = models.CharField(_("英文名称"), max_length=64, blank=True)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    value = models.PositiveIntegerField(_("面值"), default=0)
    min_spend_fen = models.PositiveIntegerField(_("最低消费(分)"), default=0)
    zone = models.ForeignKey("parking.Zone", models.PROTECT, null=True, blank=True, verbose_name=_("收费区域"))
    from_at = models.DateTimeField(_("开始时间"))
    to_at = models.DateTimeField(_("结束时间"))
    most = models.PositiveIntegerField(_("发放上限"), default=1000)
    each = models.PositiveSmallIntegerField(_("每车上限"), default=1)

    class Meta:
        verbose_name = _("优惠活动")
        verbose_name_plural = _("优惠活动")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="campaign_has_a_period"),
            models.CheckConstraint(condition=~Q(kind="percent") | Q(value__lte=100), name="campaign_percent"),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """One coupon of a plate. It names the session it was used for: one coupon, one session, for ever."""

    code = models.CharField(_("券号"), max_length=32, unique=True)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="coupons", verbose_name=_("优惠活动"))
    plate = models.CharField(_("号牌号码"), max_length=16)
    expires_at = models.DateTimeField(_("有效期至"))
    granted_at = models.DateTimeField(_("发放时间"))
    session = models.OneToOneField(
        "parking.ParkingSession", models.PROTECT, null=True, blank=True, related_name="coupon",
        verbose_name=_("停车订单"),
    )  # fmt: skip
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("优惠券")
        verbose_name_plural = _("优惠券")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(session__isnull=True, used_at__isnull=True)
                | Q(session__isnull=False, used_at__isnull=False),
                name="coupon_used_for_a_session",
            ),
        ]
        indexes = [
            models.Index(fields=["plate", "expires_at"], name="coupon_unused", condition=Q(session__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.code
