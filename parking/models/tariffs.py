"""The price: versions of a tariff, and the days it is reckoned by."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class TariffVersion(models.Model):
    """One version of a tariff, as a document (`docs/tariffs.md`). A version without a zone holds for the whole city.

    In force are the approved ones from `in_force_from` until the next one of the same zone and vehicle classes, or
    `withdrawn_from`, when the one before holds again. Once approved its rule is frozen by a trigger in the database
    (migration 0005): what bills can't be edited. No vehicle classes: for all of them.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("草稿")
        TRIED = "tried", _("已试算")
        APPROVED = "approved", _("已批准")
        WITHDRAWN = "withdrawn", _("已撤回")

    code = models.CharField(_("代码"), max_length=64)
    version = models.PositiveIntegerField(_("版本"))
    zone = models.ForeignKey(
        "parking.Zone", models.PROTECT, null=True, blank=True, verbose_name=_("收费区域"), related_name="tariffs"
    )
    name = models.CharField(_("名称"), max_length=128, blank=True)
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices, default=Status.DRAFT)
    in_force_from = models.DateTimeField(_("生效时间"))
    withdrawn_from = models.DateTimeField(_("失效时间"), null=True, blank=True)
    vehicle_classes = ArrayField(models.CharField(max_length=64), default=list, blank=True, verbose_name=_("适用车型"))
    document = models.JSONField(_("规则"))
    tried_at = models.DateTimeField(_("试算时间"), null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("起草人")
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("计费规则")
        verbose_name_plural = _("计费规则")
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="tariffversion_once"),
            models.UniqueConstraint(
                fields=["zone", "in_force_from", "vehicle_classes"],
                condition=models.Q(status="approved"),
                nulls_distinct=False,
                name="tariffversion_one_in_force",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | models.Q(written_by__isnull=True)
                | ~models.Q(approved_by=models.F("written_by")),
                name="tariffversion_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_from__isnull=True)
                | models.Q(withdrawn_from__gte=models.F("in_force_from")),
                name="tariffversion_withdrawn_after",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class CalendarDay(models.Model):
    """What kind of day a date is, where it differs from its weekday. Editable."""

    class Kind(models.TextChoices):
        WORKDAY = "workday", _("工作日")
        WEEKEND = "weekend", _("周末")
        HOLIDAY = "holiday", _("法定节假日")
        MAKEUP = "makeup", _("调休上班")

    date = models.DateField(_("日期"), primary_key=True)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("节日"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("日历")
        verbose_name_plural = _("日历")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


class CalendarYear(models.Model):
    """Whether a year's holidays are published. Until then its days are guessed and what they price is provisional.

    `rerated_at` is when the provisional fees of the year were compared with the real calendar.
    """

    year = models.PositiveSmallIntegerField(_("年份"), primary_key=True)
    announced_at = models.DateTimeField(_("公布时间"), null=True, blank=True)
    source = models.CharField(_("依据"), max_length=200, blank=True)
    rerated_at = models.DateTimeField(_("复核时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("日历年度")
        verbose_name_plural = _("日历年度")
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class WhatIfRun(models.Model):
    """A past period priced again under a version that is tried: asked for, worked off in the background, kept."""

    version = models.ForeignKey(TariffVersion, models.CASCADE, related_name="trials", verbose_name=_("计费规则"))
    from_at = models.DateTimeField(_("起"))
    to_at = models.DateTimeField(_("止"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人")
    )
    asked_at = models.DateTimeField(_("提出时间"))
    seen_at = models.DateTimeField(_("最近进展"), null=True, blank=True)
    done = models.PositiveBigIntegerField(_("已算订单"), default=0)
    total = models.PositiveBigIntegerField(_("全部订单"), default=0)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    failure = models.TextField(_("失败原因"), blank=True)
    result = models.JSONField(_("结果"), default=dict, blank=True)

    class Meta:
        verbose_name = _("试算")
        verbose_name_plural = _("试算")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(to_at__gt=models.F("from_at")), name="whatif_has_a_period"),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="whatif_waits", condition=models.Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.from_at:%F}"
