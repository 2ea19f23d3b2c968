"""Starting a payment for a driver or a guest, and the address under which its result can be read for ever."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from payments import charges
from payments.charges import ChargeView, NotStarted, PaymentStart, Why

GATEWAYS: Final = tuple(settings.PAYMENT_GATEWAYS)
KINDS: Final = ("wap", "native", "jsapi")
MOST_AT_ONCE: Final = 200
_SALT: Final = "parking.pages.paying"

WORDS: dict[Why, StrPromise] = {
    Why.NOTHING_DUE: _("这笔费用已经付清或不用付了。"),
    Why.UNKNOWN_CHARGE: _("没有找到要付的费用，请刷新后再试。"),
    Why.DEBIT_PENDING: _("正在自动扣款，稍等片刻再看结果，不用重复支付。"),
    Why.PAYMENT_PENDING: _("另一笔支付还没有结果，请先完成它或等几分钟。"),
    Why.GATEWAY_REFUSED: _("支付渠道没有接受这笔支付，请换一种支付方式。"),
    Why.GATEWAY_SILENT: _("支付渠道暂时没有回应，没有扣款。请稍后再试。"),
}


def start(
    numbers: Sequence[str], *, gateway: str, kind: str, now: datetime, client_ip: str, payer: str = ""
) -> PaymentStart | NotStarted:
    """Start one payment of these charges; the payer comes back to the result's address. Asks the network."""
    return charges.start_payment(
        numbers, gateway=gateway, kind=kind, return_url=result_url, now=now, payer=payer, client_ip=client_ip
    )


def result_url(attempt: str) -> str:
    """Where the result of that attempt can be read."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("pages:paying", args=[token(attempt)])


def token(attempt: str) -> str:
    """The attempt's number signed: an address that nobody can count up."""
    return signing.dumps(attempt, salt=_SALT, compress=False)


def attempt_of(signed: str) -> str | None:
    """The attempt's number; None for what we did not sign."""
    try:
        return str(signing.loads(signed, salt=_SALT))
    except signing.BadSignature:
        return None


def owed_by_plate(plate: str, color: str) -> list[ChargeView]:
    """What this plate owes; the same signs on another colour are another car."""
    unpaid = charges.unpaid_for_plates([plate])
    return [each for each in unpaid if each.plate_color in (color, "unknown") or color == "unknown"]
