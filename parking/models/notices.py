"""What is said of roads for a time: closed, or free of charge. An emergency's switch."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RoadNotice(models.Model):
    """Roads closed or freed from charge in [from_at, to_at), or until somebody ends it. Never removed.

    Time under a notice costs nothing: it enters the price of every stay that overlaps it and is not billed yet.
    """

    class Kind(models.TextChoices):
        CLOSED = "closed", _("封闭，不可停放")
        FREE = "free", _("免收停车费")

    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    everywhere = models.BooleanField(_("全部路段"), default=False)
    roads = models.ManyToManyField("parking.Road", blank=True, related_name="notices", verbose_name=_("路段"))
    from_at = models.DateTimeField(_("开始"))
    to_at = models.DateTimeField(_("结束"), null=True, blank=True, help_text=_("不填则直到有人结束它"))
    reason = models.CharField(_("原因"), max_length=200, help_text=_("写给车主看，例如：防汛应急"))
    reason_en = models.CharField(_("英文原因"), max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("发布人")
    )
    made_at = models.DateTimeField(_("发布时间"), editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("结束人"),
    )
    ended_at = models.DateTimeField(_("提前结束时间"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("应急公告")
        verbose_name_plural = _("应急公告")
        ordering = ["-from_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_at__isnull=True) | Q(to_at__gt=F("from_at")), name="roadnotice_ends_after_it_began"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="roadnotice_has_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="roadnotice_ended_by_someone",
            ),
        ]
        indexes = [models.Index(fields=["from_at"], name="roadnotice_time")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.from_at:%F %H:%M}"
