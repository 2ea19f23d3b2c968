"""The names drivers have invoices made out to. Payments knows no people: `owner` is whatever key it is given."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Title(models.Model):
    """A title (抬头). One that was used stays: `removed_at` only takes it off its owner's list."""

    class Kind(models.TextChoices):
        PERSON = "person", _("个人")
        COMPANY = "company", _("单位")

    owner = models.CharField(_("所属"), max_length=64)
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    name = models.CharField(_("抬头名称"), max_length=100)
    tax_number = models.CharField(_("税号"), max_length=18, blank=True)
    address = models.CharField(_("地址"), max_length=80, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    bank = models.CharField(_("开户行"), max_length=60, blank=True)
    account = models.CharField(_("银行账号"), max_length=40, blank=True)
    email = models.EmailField(_("接收邮箱"), max_length=100, blank=True)
    special = models.BooleanField(_("开专用发票"), default=False)
    is_default = models.BooleanField(_("默认"), default=False)
    made_at = models.DateTimeField(_("创建时间"))
    removed_at = models.DateTimeField(_("删除时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("发票抬头")
        verbose_name_plural = _("发票抬头")
        ordering = ["-is_default", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="title_one_default", fields=["owner"], condition=Q(is_default=True, removed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="title_company_has_tax_number",
                condition=Q(kind="person", tax_number="", special=False)
                | Q(kind="company", tax_number__regex="^[0-9A-HJ-NPQRTUWXY]{18}$"),
            ),
            models.CheckConstraint(name="title_has_name", condition=~Q(name="")),
        ]
        indexes = [models.Index(name="title_of_owner", fields=["owner"], condition=Q(removed_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class AutoInvoice(models.Model):
    """The wish to have each payment from `since_at` on invoiced to the title."""

    owner = models.CharField(_("所属"), max_length=64, unique=True)
    title = models.ForeignKey(Title, models.PROTECT, verbose_name=_("发票抬头"))
    language = models.CharField(_("语言"), max_length=8, default="zh-hans")
    since_at = models.DateTimeField(_("开始时间"))
    on = models.BooleanField(_("开启"), default=True)

    class Meta:
        verbose_name = _("自动开票")
        verbose_name_plural = _("自动开票")
        indexes = [models.Index(name="auto_invoice_on", fields=["owner"], condition=Q(on=True))]

    def __str__(self) -> str:
        return f"{self.owner} {self.on}"
