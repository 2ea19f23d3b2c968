"""Evidence: the pictures that prove what a witness said."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Picture(models.Model):
    """A picture of an event, known by (source, event_id, name). It may come before its event, long after, or never.

    `sha256` is the original's, taken at arrival; the original itself is not kept, only two copies without metadata,
    whose own digests are checked at each view. A row with a `reference` alone was named by a vendor and never arrived.
    """

    class Role(models.TextChoices):
        ARRIVAL = "arrival", _("驶入")
        DEPARTURE = "departure", _("驶离")
        PLATE = "plate", _("车牌特写")
        SCENE = "scene", _("现场")

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(_("来源"), max_length=64)
    event_id = models.CharField(_("事件编号"), max_length=160)
    name = models.CharField(_("名称"), max_length=128)
    role = models.CharField(_("角色"), max_length=10, choices=Role.choices)
    reference = models.CharField(_("原地址"), max_length=1024, blank=True)
    received_at = models.DateTimeField(_("接收时间"))
    sha256 = models.CharField(_("原图 SHA-256"), max_length=64, blank=True)
    size = models.PositiveIntegerField(_("原图字节数"), default=0)
    media_type = models.CharField(_("原图类型"), max_length=16, blank=True)
    width = models.PositiveIntegerField(_("宽"), default=0)
    height = models.PositiveIntegerField(_("高"), default=0)
    taken_at = models.DateTimeField(_("拍摄时间"), null=True, blank=True)
    longitude = models.FloatField(_("经度"), null=True, blank=True)
    latitude = models.FloatField(_("纬度"), null=True, blank=True)
    refused = models.CharField(_("拒收原因"), max_length=32, blank=True)
    large = models.CharField(_("大图"), max_length=128, blank=True)
    large_sha256 = models.CharField(_("大图 SHA-256"), max_length=64, blank=True)
    small = models.CharField(_("小图"), max_length=128, blank=True)
    small_sha256 = models.CharField(_("小图 SHA-256"), max_length=64, blank=True)
    stored_at = models.DateTimeField(_("入库时间"), null=True, blank=True)
    expired_at = models.DateTimeField(_("清除时间"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("处理中"), null=True, blank=True)
    fetch_at = models.DateTimeField(_("取图时间"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("取图次数"), default=0)

    class Meta:
        verbose_name = _("证据照片")
        verbose_name_plural = _("证据照片")
        constraints = [
            models.UniqueConstraint(fields=["source", "event_id", "name"], name="picture_identity"),
            models.CheckConstraint(
                condition=Q(stored_at__isnull=True) | (~Q(sha256="") & Q(refused="")), name="picture_stored_is_proved"
            ),
        ]
        indexes = [
            models.Index(fields=["fetch_at"], name="picture_to_fetch", condition=Q(fetch_at__isnull=False)),
            models.Index(fields=["received_at"], name="picture_age", condition=Q(expired_at__isnull=True)),
            models.Index(fields=["expired_at"], name="picture_to_delete", condition=Q(expired_at__isnull=False)),
            models.Index(fields=["-received_at"], name="picture_refused", condition=~Q(refused="")),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.event_id}/{self.name[:16]}"


class PictureBytes(models.Model):
    """An original between door and copies: it comes in the event's own transaction, and goes when developed."""

    picture = models.OneToOneField(Picture, models.CASCADE, primary_key=True, related_name="original")
    body = models.BinaryField()

    class Meta:
        verbose_name = _("待处理原图")
        verbose_name_plural = _("待处理原图")

    def __str__(self) -> str:
        return str(self.picture_id)


class PictureAlarm(models.Model):
    """A stored picture was not what was stored: it is never served. Never changed."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="alarms", verbose_name=_("证据照片"))
    which = models.CharField(_("大小"), max_length=5, choices=[("large", _("大图")), ("small", _("小图"))])
    expected = models.CharField(_("应为"), max_length=64)
    found = models.CharField(_("实为"), max_length=64, blank=True)
    first_at = models.DateTimeField(_("首次发现"))
    last_at = models.DateTimeField(_("最近发现"))
    times = models.PositiveIntegerField(_("次数"), default=1)

    class Meta:
        verbose_name = _("照片告警")
        verbose_name_plural = _("照片告警")
        constraints = [models.UniqueConstraint(fields=["picture", "which", "found"], name="picture_alarm_once")]

    def __str__(self) -> str:
        return f"{self.picture_id} {self.which}"
