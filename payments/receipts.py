"""The receipt of a paid charge, 停车费收据: our own paper, and no tax document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from payments.domain import accounts
from payments.domain.money import yuan
from payments.models import Attempt, Charge, Entry, Leg
from payments.printing import CannotPrint as CannotPrint
from payments.printing import pdf

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class NotSettled(Exception):
    """There is no such charge, or it isn't paid: there is nothing to give a receipt for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    period: str
    rule: str
    yuan: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Payment:
    way: str
    at: str
    yuan: str
    number: str
    reference: str


def receipt_pdf(number: str, *, language: str) -> bytes:
    """The receipt as PDF, in Chinese ("zh-hans") or English ("en"). It shows the payer's own plate whole.

    Raises NotSettled, and CannotPrint where Pango is missing.
    """
    return pdf(receipt_html(number, language=language))


def receipt_html(number: str, *, language: str) -> str:
    """The receipt's page before it becomes a PDF. Raises NotSettled."""
    charge = Charge.objects.filter(number=number, status=Charge.Status.SETTLED).first()
    if charge is None:
        raise NotSettled(number)
    english = language.startswith("en")
    paid, refunded = _money(charge)
    with translation.override("en" if english else "zh-hans"):
        return render_to_string(
            "payments/receipt.html",
            {
                "english": english,
                "charge": charge,
                "operator": settings.OPERATOR["name_en" if english else "name"],
                "contact": settings.OPERATOR["contact"],
                "from_at": _moment(charge.from_at),
                "to_at": _moment(charge.to_at),
                "stayed": _stayed(charge),
                "lines": [_line(line, english=english) for line in charge.lines],
                "total": yuan(charge.amount_fen),
                "taken_off": yuan(-taken) if (taken := _taken_off(charge)) else "",
                "received": yuan(paid - refunded),
                "refunded": yuan(refunded) if refunded else "",
                "payments": _payments(charge),
                "settled_at": _moment(charge.settled_at or charge.opened_at),
            },
        )


def _money(charge: Charge) -> tuple[int, int]:
    paid = refunded = 0
    for account, cause, amount in Leg.objects.filter(charge=charge).values_list(
        "account", "entry__cause", "amount_fen"
    ):
        if account == accounts.CASH or account.startswith("clearing:"):
            if cause == Entry.Cause.REFUND_DONE:
                refunded -= amount
            else:
                paid += amount
    return paid, refunded


def _taken_off(charge: Charge) -> int:
    done = charge.adjustments.filter(status="done").values_list("amount_fen", flat=True)
    return sum(done)


def _payments(charge: Charge) -> Sequence[_Payment]:
    parts = charge.parts.filter(attempt__status=Attempt.Status.SUCCEEDED).select_related("attempt")
    return [
        _Payment(
            way=f"{_gateway(part.attempt.gateway)} · {part.attempt.get_kind_display()}",
            at=_moment(part.attempt.succeeded_at or part.attempt.created_at),
            yuan=yuan(part.amount_fen),
            number=part.attempt.number,
            reference=part.attempt.reference or "",
        )
        for part in parts.order_by("attempt__succeeded_at")
    ]


def _gateway(code: str) -> str:
    return {"wechat": _("微信支付"), "alipay": _("支付宝")}.get(code, code)


def _line(line: Mapping[str, Any], *, english: bool) -> _Line:
    from_at, to_at = datetime.fromisoformat(line["from"]), datetime.fromisoformat(line["to"])
    return _Line(
        period=f"{_moment(from_at)} – {_moment(to_at)}",
        rule=(line.get("rule_en") if english else line["rule"]) or line["rule"],
        yuan=yuan(line["amount_fen"]),
    )


def _moment(at: datetime) -> str:
    return f"{at.astimezone(_SHANGHAI):%Y-%m-%d %H:%M}"


def _stayed(charge: Charge) -> str:
    # Minutes as the kerb counts them: both ends cut to the minute.
    ends = [int(at.timestamp()) // 60 for at in (charge.from_at, charge.to_at)]
    hours, minutes = divmod(ends[1] - ends[0], 60)
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分钟") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)d 分钟") % {"minutes": minutes}
