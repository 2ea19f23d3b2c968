"""Who speaks to us, and with which keys."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from parking.domain.events import Witness
from sensors import addresses


class Source(models.Model):
    """Who speaks: a vendor platform, a gateway, a patrol vehicle. Its name is half of each event's identity."""

    name = models.CharField(_("名称"), max_length=64, unique=True)
    codec = models.CharField(_("协议"), max_length=32, blank=True)
    witness = models.CharField(
        _("设备类型"), max_length=16, choices=[(w.value, w.value) for w in Witness], default=Witness.UNKNOWN
    )
    events_per_second = models.PositiveIntegerField(_("每秒事件上限"), default=20_000)
    max_age_days = models.PositiveIntegerField(_("最早可补传天数"), null=True, blank=True)
    addresses = ArrayField(
        models.CharField(max_length=43),
        verbose_name=_("允许的来源地址"),
        default=list,
        blank=True,
        validators=[addresses.check],
        help_text=_("每项一个 IP 地址或网段（CIDR），以逗号分隔；留空表示不限。"),
    )
    active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("创建时间"))

    class Meta:
        verbose_name = _("数据来源")
        verbose_name_plural = _("数据来源")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SourceKey(models.Model):
    """A source's key. Two may live at once, so that one can be changed without silence.

    A bearer key is kept as its SHA-256 only. A signing key's secret is needed again for each check: it is kept sealed
    (see sensors.sealing) and known outside by its public `name`.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="keys", verbose_name=_("数据来源"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True, editable=False)
    name = models.CharField(_("签名密钥编号"), max_length=32, blank=True, editable=False)
    sealed = models.TextField(_("密封的签名密钥"), blank=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"))
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("来源密钥")
        verbose_name_plural = _("来源密钥")
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=~Q(name=""), name="signing_key_name"),
            models.CheckConstraint(
                condition=Q(name="", sealed="") | (~Q(name="") & ~Q(sealed="")), name="signing_key_has_both"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.name or self.digest[:8]}"


class Nonce(models.Model):
    """A nonce that a signing key has used; forgotten once its time is stale anyway."""

    id = models.BigAutoField(primary_key=True)
    key = models.ForeignKey(SourceKey, models.CASCADE, db_index=False, related_name="+", verbose_name=_("来源密钥"))
    nonce = models.CharField(_("随机数"), max_length=64)
    used_at = models.DateTimeField(_("使用时间"), db_index=True)

    class Meta:
        verbose_name = _("签名随机数")
        verbose_name_plural = _("签名随机数")
        constraints = [models.UniqueConstraint(fields=["key", "nonce"], name="nonce_used_once")]

    def __str__(self) -> str:
        return f"{self.key_id} {self.nonce}"
