"""The documents as the issuer made them, how they reached their buyers, and how the issuers are doing."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.models.invoices import Invoice


class Document(models.Model):
    """A file of an issued invoice, byte for byte, with its SHA-256. Never changed, never deleted.

    In the database and not beside it: a trigger can promise for a row what nobody can promise for a folder, and a
    backup holds both or neither.
    """

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        OFD = "ofd", "OFD"
        XML = "xml", "XML"
        PICTURE = "picture", _("图片")

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="documents", verbose_name=_("发票"))
    kind = models.CharField(_("格式"), max_length=8, choices=Kind.choices)
    body = models.BinaryField(_("内容"))
    sha256 = models.CharField(_("摘要"), max_length=64)
    fetched_at = models.DateTimeField(_("取得时间"))

    class Meta:
        verbose_name = _("发票文件")
        verbose_name_plural = _("发票文件")
        constraints = [models.UniqueConstraint(name="document_once", fields=["invoice", "kind"])]
        triggers = [
            pgtrigger.Protect(name="immutable", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="hash_fits",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func=pgtrigger.Func(
                    """
                    IF NEW.sha256 <> encode(sha256(NEW.body), 'hex') THEN
                        RAISE EXCEPTION 'the hash is not that of the document';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.kind}"


class Delivery(models.Model):
    """One try to bring an invoice to somebody: a mail, or a link (of which only the hash is kept)."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("邮件")
        LINK = "link", _("链接")

    class Status(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENDING = "sending", _("发送中")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="deliveries", verbose_name=_("发票"))
    channel = models.CharField(_("方式"), max_length=8, choices=Channel.choices)
    status = models.CharField(_("状态"), max_length=8, choices=Status.choices)
    email = models.EmailField(_("邮箱"), max_length=100, blank=True)
    tries = models.PositiveSmallIntegerField(_("第几次"), default=1)
    digest = models.CharField(_("链接摘要"), max_length=64, blank=True)
    expires_at = models.DateTimeField(_("链接有效期至"), null=True, blank=True)
    made_at = models.DateTimeField(_("创建时间"))
    send_at = models.DateTimeField(_("计划发送时间"), null=True, blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    opened_at = models.DateTimeField(_("首次打开时间"), null=True, blank=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("发票交付")
        verbose_name_plural = _("发票交付")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="delivery_link_once", fields=["digest"], condition=~Q(digest="")),
            models.CheckConstraint(
                name="delivery_has_target",
                condition=Q(channel="mail") & ~Q(email="")
                | Q(channel="link", expires_at__isnull=False) & ~Q(digest=""),
            ),
        ]
        indexes = [models.Index(name="delivery_to_send", fields=["send_at"], condition=Q(send_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.channel} {self.status}"


class IssuerHealth(models.Model):
    """What an issuer last said of the drawer's login and of the credit left."""

    issuer = models.CharField(_("开票服务商"), max_length=16, unique=True)
    login_holds = models.BooleanField(_("开票员已登录"), default=True)
    detail = models.CharField(_("说明"), max_length=200, blank=True)
    credit_left_fen = models.BigIntegerField(_("剩余额度（分）"), null=True, blank=True)
    credit_total_fen = models.BigIntegerField(_("总额度（分）"), null=True, blank=True)
    told_at = models.DateTimeField(_("状态时间"))

    class Meta:
        verbose_name = _("开票服务状态")
        verbose_name_plural = _("开票服务状态")

    def __str__(self) -> str:
        return self.issuer
