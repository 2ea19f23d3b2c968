"""The data exchange with other departments: who they are, what they asked for and were given, and what they called."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Department(models.Model):
    """Another department of the city; its members may apply for our data in its name."""

    code = models.CharField(_("部门代码"), max_length=32, unique=True)
    name = models.CharField(_("部门名称"), max_length=64)
    name_en = models.CharField(_("英文名称"), max_length=64, blank=True)
    contact = models.CharField(_("联系方式"), max_length=120, blank=True, help_text=_("办公室与办公电话"))
    members = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="departments", verbose_name=_("可代表部门申请的账号")
    )
    active = models.BooleanField(_("启用"), default=True)
    created_at = models.DateTimeField(_("登记时间"), editable=False)

    class Meta:
        verbose_name = _("共享部门")
        verbose_name_plural = _("共享部门")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class DataApplication(models.Model):
    """A department asks for data sets. Decided once, by another person than the one who applied."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("待审批")
        APPROVED = "approved", _("已批准")
        REFUSED = "refused", _("未批准")

    number = models.CharField(_("申请编号"), max_length=32, unique=True, editable=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="applications", verbose_name=_("申请部门"))
    datasets = ArrayField(models.CharField(max_length=32), verbose_name=_("数据集"))
    purpose = models.CharField(_("用途"), max_length=300)
    basis = models.CharField(_("依据"), max_length=300, blank=True, help_text=_("文件名称与文号，有条件共享的必填"))
    daily_calls = models.PositiveIntegerField(_("每个数据集每日调用次数"), default=2_000)
    days = models.PositiveSmallIntegerField(_("使用期限（天）"), default=365)
    status = models.CharField(_("状态"), max_length=8, choices=Status.choices, default=Status.APPLIED, editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("申请人")
    )
    applied_at = models.DateTimeField(_("申请时间"), editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("审批人"),
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True, editable=False)
    reason = models.CharField(_("审批意见"), max_length=300, blank=True, editable=False)

    class Meta:
        verbose_name = _("数据共享申请")
        verbose_name_plural = _("数据共享申请")
        ordering = ["-applied_at", "-id"]
        permissions = [("decide_dataapplication", _("审批数据共享申请"))]
        constraints = [
            models.CheckConstraint(condition=~Q(purpose=""), name="dataapplication_has_purpose"),
            models.CheckConstraint(
                condition=Q(status="applied", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(status="applied") & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(reason="")),
                name="dataapplication_decided_by_someone",
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("applied_by")), name="dataapplication_two_people"),
        ]
        indexes = [models.Index(fields=["applied_at"], name="dataapplication_time")]

    def __str__(self) -> str:
        return self.number


class DataGrant(models.Model):
    """What an approved application gives: data sets, a quota, a time. In force in [from_at, to_at) unless revoked."""

    application = models.OneToOneField(
        DataApplication, models.PROTECT, related_name="grant", editable=False, verbose_name=_("申请")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="grants", editable=False, verbose_name=_("部门")
    )
    datasets = ArrayField(models.CharField(max_length=32), editable=False, verbose_name=_("数据集"))
    daily_calls = models.PositiveIntegerField(_("每个数据集每日调用次数"), editable=False)
    minute_calls = models.PositiveIntegerField(_("每分钟调用次数"), default=60, editable=False)
    from_at = models.DateTimeField(_("生效时间"), editable=False)
    to_at = models.DateTimeField(_("失效时间"), editable=False)
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("撤销人"),
    )
    revoke_reason = models.CharField(_("撤销理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("数据共享授权")
        verbose_name_plural = _("数据共享授权")
        ordering = ["-from_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(to_at__gt=F("from_at")), name="datagrant_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="datagrant_revoked_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {','.join(self.datasets)}"


class DataKey(models.Model):
    """A grant's key: only its SHA-256 is kept. Two may live at once, so that one can be changed without silence."""

    grant = models.ForeignKey(DataGrant, models.CASCADE, related_name="keys", verbose_name=_("授权"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True, editable=False)
    hint = models.CharField(_("开头几位"), max_length=8)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("领取人"))
    created_at = models.DateTimeField(_("领取时间"))
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("数据共享密钥")
        verbose_name_plural = _("数据共享密钥")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.hint}…"


class DataCall(models.Model):
    """How often a key asked for a data set on a day of the city, how many rows it got, how often it was refused."""

    key = models.ForeignKey(DataKey, models.CASCADE, db_index=False, related_name="calls", verbose_name=_("密钥"))
    day = models.DateField(_("日期"))
    dataset = models.CharField(_("数据集"), max_length=32)
    calls = models.PositiveIntegerField(_("调用次数"), default=0, db_default=0)
    rows = models.PositiveBigIntegerField(_("返回行数"), default=0, db_default=0)
    refused = models.PositiveIntegerField(_("超限被拒"), default=0, db_default=0)

    class Meta:
        verbose_name = _("数据共享调用")
        verbose_name_plural = _("数据共享调用")
        ordering = ["-day", "dataset"]
        constraints = [models.UniqueConstraint(fields=["key", "day", "dataset"], name="datacall_once")]
        indexes = [models.Index(fields=["day"], name="datacall_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.dataset} {self.calls}"


class DataSubscription(models.Model):
    """A grant follows a data set: everything up to `position` has been acknowledged."""

    number = models.CharField(_("订阅编号"), max_length=32, unique=True)
    grant = models.ForeignKey(DataGrant, models.CASCADE, related_name="subscriptions", verbose_name=_("授权"))
    dataset = models.CharField(_("数据集"), max_length=32)
    position = models.BigIntegerField(_("已确认位置"), default=0)
    created_at = models.DateTimeField(_("订阅时间"))
    acknowledged_at = models.DateTimeField(_("最近确认"), null=True, blank=True)
    ended_at = models.DateTimeField(_("退订时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("数据订阅")
        verbose_name_plural = _("数据订阅")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["grant", "dataset"], condition=Q(ended_at__isnull=True), name="datasubscription_once"
            )
        ]

    def __str__(self) -> str:
        return self.number


class DataMark(models.Model):
    """A shared row has changed. Written by PostgreSQL in the change's own transaction; only added and removed."""

    id = models.BigAutoField(primary_key=True)
    dataset = models.CharField(_("数据集"), max_length=32)
    key = models.CharField(_("行"), max_length=64)

    class Meta:
        verbose_name = _("待编号变更")
        verbose_name_plural = _("待编号变更")

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"


class DataChange(models.Model):
    """The place of a row's newest change among all changes. One row a shared row: positions only grow.

    They are given after the change was committed, by one at a time: who has read up to a position has missed nothing.
    """

    id = models.BigAutoField(primary_key=True)
    dataset = models.CharField(_("数据集"), max_length=32)
    key = models.CharField(_("行"), max_length=64)
    position = models.BigIntegerField(_("位置"), unique=True)
    changed_at = models.DateTimeField(_("编号时间"))

    class Meta:
        verbose_name = _("数据变更")
        verbose_name_plural = _("数据变更")
        constraints = [models.UniqueConstraint(fields=["dataset", "key"], name="datachange_once")]
        indexes = [models.Index(fields=["dataset", "position"], name="datachange_order")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.key} {self.position}"
