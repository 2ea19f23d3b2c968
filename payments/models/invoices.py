"""Invoices and their reversals, the charges in them, every move they made."""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from payments.domain.invoice import InvoiceState
from payments.models.charges import Charge
from payments.models.regimes import Regime, Seller
from payments.models.titles import Title


class Invoice(models.Model):
    """One document asked of an issuer: blue, or red when `blue` names what it reverses.

    All that is sent is fixed when it is asked for, the serial above all: it is stored before the first call and used
    for every one. `act_at` is when something is next done about it (None: it rests), `fetch_at` when its files are
    next fetched, `deliver_at` since when it waits to be sent to its buyer.
    """

    class Status(models.TextChoices):
        REQUESTED = InvoiceState.REQUESTED.value, _("待开具")
        SUBMITTED = InvoiceState.SUBMITTED.value, _("开具中")
        WAITING_LOGIN = InvoiceState.WAITING_LOGIN.value, _("等待开票员登录")
        ISSUED = InvoiceState.ISSUED.value, _("已开具")
        RED_REQUIRED = InvoiceState.RED_REQUIRED.value, _("待红冲")
        RED_PENDING = InvoiceState.RED_PENDING.value, _("红冲中")
        REVERSED = InvoiceState.REVERSED.value, _("已红冲")
        FAILED = InvoiceState.FAILED.value, _("失败")

    class Why(models.TextChoices):
        """Why a blue invoice is reversed: for money that went back, its rest is invoiced anew; for a mistake not."""

        REFUND = "returned", _("退款")
        MISTAKE = "mistake", _("开票有误")

    serial = models.CharField(_("流水号"), max_length=32, unique=True)
    owner = models.CharField(_("所属"), max_length=64)
    blue = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reds", verbose_name=_("对应蓝票")
    )
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("换自")
    )
    status = models.CharField(_("状态"), max_length=16, choices=Status.choices)
    code_said = models.CharField(_("原因代码"), max_length=64, blank=True)
    reason = models.CharField(_("原因"), max_length=300, blank=True)
    retryable = models.BooleanField(_("可重试"), default=False)

    regime = models.CharField(_("票种"), max_length=8, choices=Regime.Kind.choices)
    issuer = models.CharField(_("开票服务商"), max_length=16)
    seller = models.ForeignKey(Seller, models.PROTECT, verbose_name=_("销售方"))
    seller_as_sent = models.JSONField(_("销售方信息"))
    buyer_kind = models.CharField(_("购买方类型"), max_length=8, choices=Title.Kind.choices)
    buyer_name = models.CharField(_("购买方"), max_length=100)
    buyer_tax_number = models.CharField(_("购买方税号"), max_length=18, blank=True)
    buyer_as_sent = models.JSONField(_("购买方信息"), default=dict)
    special = models.BooleanField(_("专用发票"), default=False)

    rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=4)
    policy = models.CharField(_("优惠政策代码"), max_length=4, blank=True)
    gross_fen = models.BigIntegerField(_("价税合计（分）"))
    net_fen = models.BigIntegerField(_("金额（分）"))
    tax_fen = models.BigIntegerField(_("税额（分）"))
    region = models.CharField(_("省市区"), max_length=60, blank=True)
    place = models.CharField(_("地点"), max_length=160)
    from_at = models.DateTimeField(_("开始时间"))
    to_at = models.DateTimeField(_("结束时间"))
    plates = models.JSONField(_("号牌号码"), default=list)
    remark = models.CharField(_("备注"), max_length=200, blank=True)
    why_red = models.CharField(_("红冲原因"), max_length=12, choices=Why.choices, blank=True)

    email = models.EmailField(_("接收邮箱"), max_length=100, blank=True)
    language = models.CharField(_("语言"), max_length=8, default="zh-hans")
    requested_at = models.DateTimeField(_("申请时间"))
    submitted_at = models.DateTimeField(_("最近发送时间"), null=True, blank=True)
    act_at = models.DateTimeField(_("下次处理时间"), null=True, blank=True)
    send_count = models.PositiveSmallIntegerField(_("发送次数"), default=0)
    query_count = models.PositiveSmallIntegerField(_("查询次数"), default=0)
    missing_count = models.PositiveSmallIntegerField(_("查无此单次数"), default=0)

    reference = models.CharField(_("服务商单号"), max_length=64, blank=True)
    number = models.CharField(_("发票号码"), max_length=32, blank=True)
    code = models.CharField(_("票据代码"), max_length=16, blank=True)
    check_code = models.CharField(_("校验码"), max_length=32, blank=True)
    issued_at = models.DateTimeField(_("开票时间"), null=True, blank=True)
    evidence = models.JSONField(_("最近一次应答"), default=dict)
    files = models.JSONField(_("文件地址"), default=dict)
    fetch_at = models.DateTimeField(_("下次取文件时间"), null=True, blank=True)
    fetch_count = models.PositiveSmallIntegerField(_("取文件次数"), default=0)
    deliver_at = models.DateTimeField(_("待交付时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("发票")
        verbose_name_plural = _("发票")
        ordering = ["-requested_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="invoice_status_known", condition=Q(status__in=[state.value for state in InvoiceState])
            ),
            models.CheckConstraint(name="invoice_adds_up", condition=Q(gross_fen=F("net_fen") + F("tax_fen"))),
            models.CheckConstraint(
                name="invoice_sign",
                condition=Q(blue__isnull=True, gross_fen__gt=0) | Q(blue__isnull=False, gross_fen__lt=0),
            ),
            models.CheckConstraint(
                name="invoice_issued_has_number",
                condition=Q(status__in=["requested", "submitted", "waiting_login", "failed"])
                | (~Q(number="") & Q(issued_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="invoice_red_states",
                condition=Q(blue__isnull=True) | ~Q(status__in=["red_required", "red_pending", "reversed"]),
            ),
            models.UniqueConstraint(
                name="invoice_one_red",
                fields=["blue"],
                condition=~Q(status="failed") | Q(retryable=True) | ~Q(number=""),
            ),
            models.UniqueConstraint(
                name="invoice_number_once", fields=["issuer", "code", "number"], condition=~Q(number="")
            ),
        ]
        indexes = [
            models.Index(name="invoice_to_act", fields=["act_at"], condition=Q(act_at__isnull=False)),
            models.Index(name="invoice_to_fetch", fields=["fetch_at"], condition=Q(fetch_at__isnull=False)),
            models.Index(name="invoice_to_deliver", fields=["deliver_at"], condition=Q(deliver_at__isnull=False)),
            models.Index(name="invoice_of_owner", fields=["owner", "requested_at"]),
            models.Index(name="invoice_status", fields=["status", "requested_at"]),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lines_follow",
                operation=pgtrigger.UpdateOf("status", "retryable", "number"),
                when=pgtrigger.After,
                func=pgtrigger.Func(
                    """
                    UPDATE payments_invoiceline
                       SET living = NOT (NEW.status = 'reversed'
                                         OR (NEW.status = 'failed' AND NOT NEW.retryable AND NEW.number = ''))
                     WHERE invoice_id = NEW.id;
                    RETURN NULL;
                    """
                ),
            ),
            pgtrigger.Trigger(
                name="what_was_asked_stays",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=pgtrigger.Func(
                    """
                    IF (NEW.serial, NEW.issuer, NEW.seller_as_sent, NEW.buyer_name, NEW.buyer_tax_number,
                        NEW.buyer_as_sent, NEW.gross_fen, NEW.net_fen, NEW.tax_fen, NEW.rate, NEW.blue_id)
                       IS DISTINCT FROM
                       (OLD.serial, OLD.issuer, OLD.seller_as_sent, OLD.buyer_name, OLD.buyer_tax_number,
                        OLD.buyer_as_sent, OLD.gross_fen, OLD.net_fen, OLD.tax_fen, OLD.rate, OLD.blue_id) THEN
                        RAISE EXCEPTION 'what was asked for in an invoice never changes';
                    END IF;
                    IF OLD.number <> '' AND (NEW.number, NEW.code, NEW.check_code, NEW.issued_at)
                       IS DISTINCT FROM (OLD.number, OLD.code, OLD.check_code, OLD.issued_at) THEN
                        RAISE EXCEPTION 'an issued invoice never changes';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.serial


class InvoiceLine(models.Model):
    """What one invoice says of one charge. A charge is in at most one living invoice: PostgreSQL refuses the second."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines", verbose_name=_("发票"))
    charge = models.ForeignKey(Charge, models.PROTECT, related_name="invoice_lines", verbose_name=_("应收"))
    gross_fen = models.BigIntegerField(_("价税合计（分）"))
    net_fen = models.BigIntegerField(_("金额（分）"))
    tax_fen = models.BigIntegerField(_("税额（分）"))
    living = models.BooleanField(_("有效"), default=True)

    class Meta:
        verbose_name = _("发票明细")
        verbose_name_plural = _("发票明细")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(name="invoice_line_once", fields=["invoice", "charge"]),
            models.UniqueConstraint(name="charge_in_one_living_invoice", fields=["charge"], condition=Q(living=True)),
            models.CheckConstraint(
                name="invoice_line_adds_up",
                condition=Q(gross_fen=F("net_fen") + F("tax_fen")) & Q(gross_fen__gt=0) & Q(tax_fen__gte=0),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="amounts_stay",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func=pgtrigger.Func(
                    """
                    IF (NEW.invoice_id, NEW.charge_id, NEW.gross_fen, NEW.net_fen, NEW.tax_fen) IS DISTINCT FROM
                       (OLD.invoice_id, OLD.charge_id, OLD.gross_fen, OLD.net_fen, OLD.tax_fen) THEN
                        RAISE EXCEPTION 'a line of an invoice never changes';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.charge_id}"


class InvoiceMove(models.Model):
    """One state change of an invoice: when, by whom, and what was said. Append-only."""

    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="moves", verbose_name=_("发票"))
    before = models.CharField(_("原状态"), max_length=16, blank=True)
    after = models.CharField(_("新状态"), max_length=16)
    by = models.CharField(_("操作人"), max_length=150, blank=True)
    detail = models.CharField(_("说明"), max_length=300, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("发票状态变动")
        verbose_name_plural = _("发票状态变动")
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.before} -> {self.after}"
