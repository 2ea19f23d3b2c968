"""The states a driver reads, each with a word, an icon and a tone, and the groups orders are shown in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

SOON_OVERDUE = timedelta(days=7)


# Compared by identity: the words are lazy, and their hash would follow the language of the moment.
@dataclass(frozen=True, slots=True, eq=False)
class State:
    """`tone` is one of brand, good, warn, bad, muted; `rank` orders the groups, the most pressing first."""

    code: str
    word: StrPromise
    icon: str
    tone: str
    rank: int
    why: StrPromise


PARKED = State("parked", _("停放中"), "parked", "brand", 0, _("离开后自动结算，不需要操作。"))
OVERDUE = State("overdue", _("已逾期"), "late", "bad", 1, _("已过缴费期限，请尽快支付。"))
SOON = State("soon", _("即将逾期"), "clock", "warn", 2, _("离缴费期限不到 7 天。"))
DUE = State("due", _("待支付"), "pay", "brand", 3, _("在缴费期内，可以随时支付。"))
CHECKED = State("checked", _("核实中"), "look", "warn", 4, _("进出时间或车牌还在核实，核实前不收费。"))
LEFT = State("left", _("结算中"), "left", "muted", 5, _("已离开，费用几分钟内算好。"))
PAID = State("paid", _("已结清"), "done", "good", 6, _("已支付或无需支付。"))
VOID = State("void", _("已作废"), "void", "muted", 7, _("这笔订单不收费。"))

ALL = (PARKED, OVERDUE, SOON, DUE, CHECKED, LEFT, PAID, VOID)
PAYABLE = frozenset({OVERDUE, SOON, DUE})


def state(*, session_status: str, charge_status: str = "", due_at: datetime | None = None, now: datetime) -> State:
    """What the driver is told of an order, from the session's state and, once it is billed, its charge's."""
    if session_status == "parked":
        return PARKED
    if session_status == "held":
        return CHECKED
    if session_status == "void" or charge_status == "void":
        return VOID
    if session_status != "billed":
        return LEFT
    if charge_status != "open":
        return PAID
    if due_at is None or due_at - now > SOON_OVERDUE:
        return DUE
    return SOON if due_at > now else OVERDUE
