"""The double-entry ledger: append-only, every entry balanced by PostgreSQL itself.

That each entry has legs and that they sum to zero are constraint triggers made by plain SQL in migration 0004:
pgtrigger wraps each call in a block that opens a subtransaction, which a batch of thousands of legs pays for at its
commit, and its switch to ignore a trigger is one that a ledger should not have.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from payments.domain.accounts import PATTERN
from payments.models.charges import Charge


class Entry(models.Model):
    """One thing that happened to money, told once: `cause_key` is unique."""

    class Cause(models.TextChoices):
        OPENED = "opened", _("应收生成")
        PAID = "paid", _("收款")
        ADJUSTED = "adjusted", _("应收调整")
        REFUND_ASKED = "refund_asked", _("退款申请")
        REFUND_DONE = "refund_done", _("退款完成")
        REFUND_DROPPED = "refund_dropped", _("退款撤销")
        SUSPENSE = "suspense", _("挂账")
        SETTLEMENT = "settlement", _("渠道结算")
        FEE = "fee", _("手续费")
        SPLIT = "split", _("税费拆分")
        WORKED_OFF = "worked_off", _("挂账核销")
        BANKED = "banked", _("现金缴存")

    cause = models.CharField(_("事由"), max_length=16, choices=Cause.choices)
    cause_key = models.CharField(_("事由编号"), max_length=120, unique=True)
    at = models.DateTimeField(_("发生时间"))
    booked_at = models.DateTimeField(_("记账时间"))

    class Meta:
        verbose_name = _("流水")
        verbose_name_plural = _("流水")
        ordering = ["-id"]
        indexes = [models.Index(name="entry_at", fields=["at"])]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.cause_key


class Leg(models.Model):
    """One account's side of an entry: positive is a debit, negative a credit. `charge` says whose money it is."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="legs", verbose_name=_("流水"))
    account = models.CharField(_("科目"), max_length=32)
    amount_fen = models.BigIntegerField(_("金额（分）"))
    charge = models.ForeignKey(
        Charge, models.PROTECT, null=True, blank=True, related_name="legs", verbose_name=_("应收")
    )

    class Meta:
        verbose_name = _("分录")
        verbose_name_plural = _("分录")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="leg_amount_not_zero", condition=~Q(amount_fen=0)),
            models.CheckConstraint(name="leg_account_known", condition=Q(account__regex=PATTERN)),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"
