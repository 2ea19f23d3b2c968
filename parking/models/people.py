"""The people: drivers, inspectors, operators; their vehicles and their tokens."""

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """Anyone who signs in. Drivers sign in by phone and a code, staff by name and password."""

    phone = models.CharField(_("手机号"), max_length=20, unique=True, null=True, blank=True)
    language = models.CharField(_("语言"), max_length=8, blank=True)
    wechat_openid = models.CharField(_("微信标识"), max_length=64, unique=True, null=True, blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("用户")  # type: ignore[assignment]
        verbose_name_plural = _("用户")  # type: ignore[assignment]

    def road_codes(self, permission: str) -> frozenset[str] | None:
        """The roads (codes) where this person may use a permission such as `parking.view_review`; None is every road.

        A role held as a group, or a permission of one's own, is for the whole city; a `RoleGrant` may name roads.
        """
        app, codename = permission.split(".")
        if not self.is_active:
            return frozenset()
        if self.is_superuser or self.user_permissions.filter(content_type__app_label=app, codename=codename).exists():
            return None
        return RoleGrant.road_codes(
            self, Group.objects.filter(permissions__content_type__app_label=app, permissions__codename=codename)
        )


class RoleGrant(models.Model):
    """A role for a time, for some roads or (with none named) for the whole city. Half open: it ends at `valid_to`."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("用户"))
    group = models.ForeignKey(Group, models.PROTECT, related_name="+", verbose_name=_("角色"))
    roads = models.ManyToManyField(
        "parking.Road", blank=True, related_name="+", verbose_name=_("路段"), help_text=_("不选即为全市")
    )
    valid_from = models.DateTimeField(_("生效时间"))
    valid_to = models.DateTimeField(_("失效时间"), null=True, blank=True)
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=_("授权人")
    )
    reason = models.CharField(_("理由"), max_length=200)

    class Meta:
        verbose_name = _("角色授权")
        verbose_name_plural = _("角色授权")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
                name="rolegrant_ends_after_it_begins",
                violation_error_message=_("失效时间须晚于生效时间。"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.group}"

    @classmethod
    def current(cls) -> "models.QuerySet[RoleGrant]":
        """The grants in force now, by the database's clock."""
        return cls.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=Now()), valid_from__lte=Now())

    @classmethod
    def road_codes(cls, user: User, groups: "models.QuerySet[Group]") -> frozenset[str] | None:
        """The roads (codes) on which this person holds one of these roles; None is every road."""
        if groups.filter(user=user).exists():
            return None
        found: set[str] = set()
        for grant in cls.current().filter(user=user, group__in=groups).prefetch_related("roads"):
            codes = {road.code for road in grant.roads.all()}
            if not codes:
                return None
            found |= codes
        return frozenset(found)


class Vehicle(models.Model):
    """A plate that a driver says is theirs; `verified_at` once proved.

    Several people may share a car: one of them is its proved holder, the others came by the holder's invitation
    (`shared_by`) and go with it.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="vehicles", verbose_name=_("车主"))
    plate = models.CharField(_("号牌号码"), max_length=16, db_index=True)
    plate_color = models.CharField(_("号牌颜色"), max_length=16, default="blue")
    bound_at = models.DateTimeField(_("绑定时间"))
    verified_at = models.DateTimeField(_("认证时间"), null=True, blank=True)
    shared_by = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="shares", verbose_name=_("共享自")
    )

    class Meta:
        verbose_name = _("车辆")
        verbose_name_plural = _("车辆")
        constraints = [
            models.UniqueConstraint(fields=["user", "plate", "plate_color"], name="vehicle_once_a_person"),
            models.UniqueConstraint(
                fields=["plate", "plate_color"],
                condition=models.Q(verified_at__isnull=False, shared_by__isnull=True),
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
