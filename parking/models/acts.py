"""What people did to orders: corrected, split, merged, rated again; who asked, who agreed, and what it came to."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from parking.models.sessions import ParkingSession


class SessionAct(models.Model):
    """One act on one or more orders. Above the asking person's limit it is a wish until another person agrees.

    `wish` says what is to stand instead, `effect` what that does to the money (fen), `numbers` names every order it
    touches, those it made included.
    """

    class Kind(models.TextChoices):
        CORRECT = "correct", _("更正")
        SPLIT = "split", _("拆分")
        MERGE = "merge", _("合并")
        RERATE = "rerate", _("重新计费")

    class Status(models.TextChoices):
        REQUESTED = "requested", _("待复核")
        DONE = "done", _("已执行")
        REFUSED = "refused", _("未同意")

    session = models.ForeignKey(ParkingSession, models.PROTECT, related_name="acts", verbose_name=_("停车订单"))
    kind = models.CharField(_("处理"), max_length=8, choices=Kind.choices)
    status = models.CharField(_("状态"), max_length=9, choices=Status.choices)
    wish = models.JSONField(_("改为"), default=dict)
    effect = models.JSONField(_("影响"), default=dict)
    numbers = ArrayField(models.CharField(max_length=32), default=list, verbose_name=_("涉及订单"))
    reason = models.CharField(_("理由"), max_length=80)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    requested_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )
    decided_at = models.DateTimeField(_("复核时间"), null=True, blank=True)
    answer = models.CharField(_("复核意见"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("订单处理")
        verbose_name_plural = _("订单处理")
        permissions = [("correct_parkingsession", _("更正、拆分、合并订单或重新计费"))]
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(status="requested"), name="sessionact_one_waits_a_session"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="sessionact_has_reason"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="sessionact_two_people"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True, decided_at__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="sessionact_decided_by_somebody",
            ),
        ]
        indexes = [
            GinIndex(fields=["numbers"], name="sessionact_numbers"),
            models.Index(fields=["requested_at"], name="sessionact_waiting", condition=Q(status="requested")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.session_id}"
