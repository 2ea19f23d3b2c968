"""The front door of payments: bills come in, others read what became of them, drivers and operators act."""

from collections.abc import Sequence
from datetime import datetime

from payments import gateways
from payments.authorities import refund_limit
from payments.charges.auditing import Broken, broken
from payments.charges.closing import Closed, ask_write_off, decide_adjustment, reduce, void, waive
from payments.charges.history import Happening, history
from payments.charges.mandates import MandateView, end_mandate, mandates_of, prefer_gateway
from payments.charges.opening import ChargeRef, Conflict, Opened, open_charge, open_charges
from payments.charges.reading import (
    Backlog,
    ChargeView,
    PaymentState,
    PaymentView,
    Sums,
    backlog,
    payment_state,
    sums,
    unpaid_for_plates,
    views,
)
from payments.charges.refunding import (
    NotMended,
    NotRefunded,
    RefundView,
    ask_refund,
    decide_refund,
    mend_refund,
    refund_by_transfer,
    refunds_of,
)
from payments.charges.summing import HourSums, Run, hours, overdue, take_changed_hours
from payments.charges.waiting import (
    RefundWaiting,
    SuspenseView,
    WriteOffView,
    refunds_waiting,
    resolve_suspense,
    suspense_open,
    write_offs_waiting,
)
from payments.collection.by_counter import Taken
from payments.collection.by_counter import bank as bank_cash
from payments.collection.by_counter import take as take_cash
from payments.collection.by_hand import NotStarted, PaymentStart, ReturnUrl, Why
from payments.collection.by_hand import start as _start
from payments.collection.entering import Arrival, announce
from payments.collection.entering import withdraw as withdraw_arrivals
from payments.dunning import Contact
from payments.dunning import Waiting as WaitingUrging
from payments.dunning import pause as pause_urging
from payments.dunning import plan as plan_urgings
from payments.dunning import send as send_urgings
from payments.dunning import waiting as waiting_urgings
from payments.finance import Income, income

__all__ = [
    "Arrival",
    "Backlog",
    "Broken",
    "ChargeRef",
    "ChargeView",
    "Closed",
    "Conflict",
    "Contact",
    "Happening",
    "HourSums",
    "Income",
    "MandateView",
    "NotMended",
    "NotRefunded",
    "NotStarted",
    "Opened",
    "PaymentStart",
    "PaymentState",
    "PaymentView",
    "RefundView",
    "RefundWaiting",
    "Run",
    "Sums",
    "SuspenseView",
    "Taken",
    "WaitingUrging",
    "Why",
    "WriteOffView",
    "announce",
    "ask_refund",
    "ask_write_off",
    "backlog",
    "bank_cash",
    "broken",
    "decide_adjustment",
    "decide_refund",
    "end_mandate",
    "history",
    "hours",
    "income",
    "mandates_of",
    "mend_refund",
    "open_charge",
    "open_charges",
    "overdue",
    "pause_urging",
    "payment_state",
    "plan_urgings",
    "prefer_gateway",
    "reduce",
    "refund_by_transfer",
    "refund_limit",
    "refunds_of",
    "refunds_waiting",
    "resolve_suspense",
    "send_urgings",
    "start_payment",
    "sums",
    "suspense_open",
    "take_cash",
    "take_changed_hours",
    "unpaid_for_plates",
    "views",
    "void",
    "waiting_urgings",
    "waive",
    "ways_to_pay",
    "withdraw_arrivals",
    "write_offs_waiting",
]


def ways_to_pay(*, phone: bool) -> dict[str, str]:
    """The gateways a driver can pay through by hand, in the order of settings, each with the kind to start there."""
    return {code: "wap" if phone else gateways.gateway(code).desk_way.value for code in gateways.codes()}


def start_payment(
    numbers: Sequence[str],
    *,
    gateway: str,
    kind: str,
    return_url: ReturnUrl,
    now: datetime,
    payer: str = "",
    client_ip: str = "127.0.0.1",
) -> PaymentStart | NotStarted:
    """Let the driver pay these charges by hand; see collection.by_hand.start. Must not be called in a transaction."""
    return _start(numbers, gateway=gateway, kind=kind, return_url=return_url, now=now, payer=payer, client_ip=client_ip)
