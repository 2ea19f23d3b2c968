"""The people: drivers, inspectors, operators; their vehicles and their tokens."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Anyone who signs in. Drivers sign in by phone and a code, staff by name and password."""

    phone = models.CharField(_("手机号"), max_length=20, unique=True, null=True, blank=True)
    language = models.CharField(_("语言"), max_length=8, blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")  # type: ignore[assignment]
        verbose_name_plural = _("用户")  # type: ignore[assignment]


class Vehicle(models.Model):
    """A plate that a driver says is theirs; `verified_at` once proved. Several people may share a car."""

    user = models.ForeignKey(User, models.CASCADE, related_name="vehicles", verbose_name=_("车主"))
    plate = models.CharField(_("号牌号码"), max_length=16, db_index=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="blue")
    bound_at = models.DateTimeField(_("绑定时间"))
    verified_at = models.DateTimeField(_("认证时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("车辆")
        verbose_name_plural = _("车辆")
        constraints = [
            models.UniqueConstraint(fields=["user", "plate", "plate_color"], name="vehicle_once_a_person"),
            models.UniqueConstraint(
                fields=["plate", "plate_color"],
                condition=models.Q(verified_at__isnull=False),
                name="vehicle_one_verified_holder",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plate[:2]}{self.plate[2:3]}**{self.plate[-2:]}"


class ApiToken(models.Model):
    """A bearer token of a person or a system: only its SHA-256 is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("用户"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("创建时间"))
    expires_at = models.DateTimeField(_("到期"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("访问令牌")
        verbose_name_plural = _("访问令牌")

    def __str__(self) -> str:
        return f"{self.user_id} {self.created_at:%F}"


class SignInCode(models.Model):
    """A one-time code sent to a phone: its HMAC is kept, never the code."""

    phone = models.CharField(_("手机号"), max_length=20)
    digest = models.CharField(_("摘要"), max_length=64, editable=False)
    address = models.GenericIPAddressField(_("来源地址"), null=True, blank=True)
    sent_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("到期"))
    tries = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("登录验证码")
        verbose_name_plural = _("登录验证码")
        indexes = [
            models.Index(fields=["phone", "sent_at"], name="signincode_phone"),
            models.Index(fields=["address", "sent_at"], name="signincode_address"),
        ]

    def __str__(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-2:]} {self.sent_at:%F %T}"


class PlateTrace(models.Model):
    """Someone was shown whole plates. Never changed."""

    by = models.CharField(_("查看人"), max_length=150)
    through = models.CharField(_("途径"), max_length=32)
    query = models.CharField(_("条件"), max_length=500, blank=True)
    rows = models.PositiveIntegerField(_("条数"))
    reason = models.CharField(_("理由"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"), db_index=True)

    class Meta:
        verbose_name = _("号牌查看记录")
        verbose_name_plural = _("号牌查看记录")

    def __str__(self) -> str:
        return f"{self.by} {self.at:%F %T}"
