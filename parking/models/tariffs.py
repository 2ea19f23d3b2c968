"""The price: versions of a tariff, and the days it is reckoned by."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TariffVersion(models.Model):
    """One version of a tariff, as a document (`docs/tariffs.md`). A version without a zone holds for the whole city.

    In force are the approved ones from `in_force_from` until the next one of the same zone and vehicle classes.
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
    document = models.JSONField(_("规则"))
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
                fields=["zone", "in_force_from"],
                condition=models.Q(status="approved"),
                nulls_distinct=False,
                name="tariffversion_one_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class CalendarDay(models.Model):
    """What kind of day a date is, where it differs from its weekday or was announced. Editable."""

    class Kind(models.TextChoices):
        WORKDAY = "workday", _("工作日")
        WEEKEND = "weekend", _("周末")
        HOLIDAY = "holiday", _("法定节假日")
        MAKEUP = "makeup", _("调休上班")

    date = models.DateField(_("日期"), primary_key=True)
    kind = models.CharField(_("类型"), max_length=16, choices=Kind.choices)
    name = models.CharField(_("节日"), max_length=32, blank=True)
    announced = models.BooleanField(_("已公布"), default=True)

    class Meta:
        verbose_name = _("日历")
        verbose_name_plural = _("日历")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
