"""What a driver's account holds beside its cars: proofs, invitations, messages, consents, answered requests."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parking.models.people import Vehicle


class VehicleProof(models.Model):
    """A picture of the licence that shall prove a binding. A person looks at it; the picture goes when it is decided.

    `contested`: somebody else held the plate when it was asked.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("待核验")
        ACCEPTED = "accepted", _("已通过")
        REFUSED = "refused", _("未通过")

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="proofs", verbose_name=_("车辆"))
    file = models.FileField(_("行驶证照片"), upload_to="licences/%Y%m/", blank=True)
    sha256 = models.CharField(_("摘要"), max_length=64)
    contested = models.BooleanField(_("车牌被他人认证"), default=False)
    status = models.CharField(_("状态"), max_length=8, choices=Status.choices, default=Status.WAITING)
    asked_at = models.DateTimeField(_("提交时间"))
    decided_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核验人")
    )
    reason = models.CharField(_("理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("车主核验")
        verbose_name_plural = _("车主核验")
        constraints = [
            models.UniqueConstraint(
                fields=["vehicle"], condition=Q(status="waiting"), name="proof_one_waiting_a_vehicle"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="proof_decided_by_somebody",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="proof_waiting", condition=Q(status="waiting"))]

    def __str__(self) -> str:
        return f"{self.vehicle} {self.status}"


class VehicleInvite(models.Model):
    """A code with which the holder lets one more person see a car: one use, one day, only its HMAC is kept."""

    vehicle = models.ForeignKey(Vehicle, models.CASCADE, related_name="invites", verbose_name=_("车辆"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("到期"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("共享邀请")
        verbose_name_plural = _("共享邀请")

    def __str__(self) -> str:
        return f"{self.vehicle} {self.made_at:%F}"


class Topic(models.TextChoices):
    """What a message is about."""

    ARRIVAL = "arrival", _("停入提醒")
    BILL = "bill", _("离开与费用")
    APPEAL = "appeal", _("申诉进度")
    VEHICLE = "vehicle", _("车辆与核验")


class Message(models.Model):
    """Something a driver is told, once. The words are made when it is read, in the reader's language."""

    class Delivery(models.TextChoices):
        NONE = "", _("站内")
        WAITING = "waiting", _("待发短信")
        SENT = "sent", _("短信已发")
        FAILED = "failed", _("短信未发出")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="messages", verbose_name=_("收信人")
    )
    topic = models.CharField(_("主题"), max_length=12, choices=Topic.choices)
    word = models.CharField(_("内容"), max_length=32)
    key = models.CharField(_("事由编号"), max_length=64)
    params = models.JSONField(_("参数"), default=dict)
    made_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)
    delivery = models.CharField(_("短信"), max_length=8, choices=Delivery.choices, blank=True)

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        constraints = [models.UniqueConstraint(fields=["user", "word", "key"], name="message_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="message_of_user"),
            models.Index(fields=["id"], name="message_to_send", condition=Q(delivery="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.made_at:%F %T}"


class MessageChoice(models.Model):
    """Which way a driver wants to hear of a topic; without a row it is a message on the page only."""

    class Channel(models.TextChoices):
        PAGE = "page", _("只在站内")
        SMS = "sms", _("站内和短信")
        OFF = "off", _("不要")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="message_choices", verbose_name=_("用户")
    )
    topic = models.CharField(_("主题"), max_length=12, choices=Topic.choices)
    channel = models.CharField(_("方式"), max_length=8, choices=Channel.choices)

    class Meta:
        verbose_name = _("消息方式")
        verbose_name_plural = _("消息方式")
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="choice_once_a_topic")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.topic} {self.channel}"


class Consent(models.Model):
    """What a person agreed to, when, to which wording, and when they took it back. Rows are only added and ended."""

    class Purpose(models.TextChoices):
        PRIVACY = "privacy", _("隐私政策")
        WHEREABOUTS = "whereabouts", _("在账号里显示停车的时间和地点")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="consents", verbose_name=_("用户"))
    purpose = models.CharField(_("事项"), max_length=16, choices=Purpose.choices)
    wording = models.CharField(_("文本版本"), max_length=16)
    given_at = models.DateTimeField(_("同意时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("同意记录")
        verbose_name_plural = _("同意记录")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"], condition=Q(withdrawn_at__isnull=True), name="consent_one_standing"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.purpose}"


class OnceRequest(models.Model):
    """An answered request by the caller's own key: the same key with the same body gets the same answer.

    `status` is empty while the first one is still being worked on; `leased_until` frees the key of a dead worker.
    """

    caller = models.CharField(_("调用方"), max_length=64)
    key = models.CharField(_("幂等键"), max_length=64)
    fingerprint = models.CharField(_("请求摘要"), max_length=64)
    leased_until = models.DateTimeField(_("占用至"))
    status = models.PositiveSmallIntegerField(_("应答状态"), null=True, blank=True)
    answer = models.JSONField(_("应答"), default=dict, blank=True)
    made_at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("幂等请求")
        verbose_name_plural = _("幂等请求")
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="once_a_key")]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
