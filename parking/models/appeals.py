"""What drivers object to, and the reasoned answers."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parking.models.sessions import ParkingSession


class Appeal(models.Model):
    """One objection to one order. While it is open nobody is urged to pay; a person answers before `due_at`.

    `relief_fen` is what the answer takes off or gives back; above one person's limit the answer waits for another one.
    """

    class Reason(models.TextChoices):
        NOT_MINE = "not_mine", _("不是我的车")
        WRONG_TIME = "wrong_time", _("时间不对")
        ALREADY_LEFT = "already_left", _("车已经离开")
        EXEMPT = "exempt", _("属于免费车辆")

    class Status(models.TextChoices):
        OPEN = "open", _("处理中")
        WAITS = "waits", _("待复核")
        UPHELD = "upheld", _("已同意")
        PARTLY = "partly", _("部分同意")
        REFUSED = "refused", _("未同意")
        WITHDRAWN = "withdrawn", _("已撤回")

    number = models.CharField(_("申诉编号"), max_length=24, unique=True)
    session = models.ForeignKey(ParkingSession, models.PROTECT, related_name="appeals", verbose_name=_("停车订单"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="appeals", verbose_name=_("申诉人")
    )
    reason = models.CharField(_("申诉原因"), max_length=16, choices=Reason.choices)
    words = models.TextField(_("说明"), max_length=500, blank=True)
    status = models.CharField(_("状态"), max_length=12, choices=Status.choices, default=Status.OPEN)
    opened_at = models.DateTimeField(_("提出时间"))
    due_at = models.DateTimeField(_("答复期限"))
    verdict = models.CharField(_("结论"), max_length=12, blank=True)
    relief_fen = models.BigIntegerField(_("减免或退款(分)"), default=0)
    detail = models.JSONField(_("决定"), default=dict, blank=True)
    answer = models.TextField(_("答复"), max_length=500, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("复核人")
    )

    class Meta:
        verbose_name = _("申诉")
        verbose_name_plural = _("申诉")
        constraints = [
            models.UniqueConstraint(
                fields=["session"], condition=Q(status__in=["open", "waits"]), name="appeal_one_open_a_session"
            ),
            models.CheckConstraint(condition=Q(relief_fen__gte=0), name="appeal_relief_not_negative"),
            models.CheckConstraint(
                condition=Q(status__in=["open", "withdrawn"]) | (Q(decided_by__isnull=False) & ~Q(answer="")),
                name="appeal_answer_has_a_reason_and_a_name",
            ),
            models.CheckConstraint(
                condition=Q(second_by__isnull=True) | ~Q(second_by=models.F("decided_by")), name="appeal_two_people"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="appeal_clock", condition=Q(status__in=["open", "waits"])),
            models.Index(fields=["user", "-opened_at"], name="appeal_of_user"),
        ]

    def __str__(self) -> str:
        return self.number


class AppealPicture(models.Model):
    """A picture that came with an appeal: re-encoded without its metadata, served to its driver and the desk only."""

    appeal = models.ForeignKey(Appeal, models.CASCADE, related_name="pictures", verbose_name=_("申诉"))
    file = models.FileField(_("图片"), upload_to="appeals/%Y%m/")
    sha256 = models.CharField(_("摘要"), max_length=64)
    added_at = models.DateTimeField(_("上传时间"))

    class Meta:
        verbose_name = _("申诉图片")
        verbose_name_plural = _("申诉图片")

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.sha256[:8]}"
