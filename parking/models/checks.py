"""What must always hold: when each promise was last checked, and what broke it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class InvariantCheck(models.Model):
    """The last check of one invariant. `error` is why it could not be checked."""

    name = models.CharField(_("编号"), max_length=8, primary_key=True)
    checked_at = models.DateTimeField(_("最近检查"))
    breaks = models.PositiveIntegerField(_("不符数"), default=0)
    took_ms = models.PositiveIntegerField(_("耗时（毫秒）"), default=0)
    error = models.TextField(_("无法检查的原因"), blank=True)

    class Meta:
        verbose_name = _("恒定规则")
        verbose_name_plural = _("恒定规则")

    def __str__(self) -> str:
        return self.name


class InvariantBreak(models.Model):
    """One thing that breaks an invariant, from when it was first seen until it is gone. Never removed.

    `model` and `object_id` say where it is looked at; `subject_at` is the moment it is about.
    """

    name = models.CharField(_("编号"), max_length=8)
    key = models.CharField(_("对象"), max_length=160)
    words = models.CharField(_("说明"), max_length=300)
    model = models.CharField(_("数据"), max_length=64, blank=True)
    object_id = models.CharField(_("数据编号"), max_length=64, blank=True)
    subject_at = models.DateTimeField(_("时间"))
    first_seen_at = models.DateTimeField(_("首次发现"))
    last_seen_at = models.DateTimeField(_("最近发现"))
    gone_at = models.DateTimeField(_("消失"), null=True, blank=True)

    class Meta:
        verbose_name = _("规则不符")
        verbose_name_plural = _("规则不符")
        constraints = [
            models.UniqueConstraint(
                fields=["name", "key"], condition=Q(gone_at__isnull=True), name="invariantbreak_one_open"
            ),
        ]
        indexes = [models.Index(fields=["-first_seen_at"], name="invariantbreak_time")]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"
