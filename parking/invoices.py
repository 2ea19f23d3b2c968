"""Where people and invoices meet: the key by which payments knows an owner, the words for its reasons, the switch."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking import holders
from parking.models import User
from payments import invoicing
from payments.domain.invoice import TitleFault
from payments.invoicing import Offer, Title, Why

WHY_WORDS: dict[Why, StrPromise] = {
    Why.UNKNOWN: _("没有这笔订单。"),
    Why.NOT_PAID: _("还没有支付，支付后才能开票。"),
    Why.NOTHING_LEFT: _("没有可开票的金额：免费，或已全部退款。"),
    Why.TOO_OLD: _("已超过开票期限。请拨打服务电话。"),
    Why.ALREADY: _("已经开过票，或正在开票。"),
    Why.NO_REGIME: _("这条路暂时不能在线开票。请拨打服务电话。"),
    Why.NOT_INVOICED: _("这条路的停车费不开发票，可以下载收据。"),
    Why.NO_TAX_RULE: _("税率还没有设置，暂时不能开票。请过几天再试。"),
}
FAULT_WORDS: dict[TitleFault, StrPromise] = {
    TitleFault.NAME_MISSING: _("请填写抬头名称，例如 李四 或 某某公司。"),
    TitleFault.NAME_LONG: _("抬头名称最多 100 个字。"),
    TitleFault.NAME_SIGNS: _("抬头名称里有看不见的字符，请重新输入。"),
    TitleFault.TAX_NUMBER_MISSING: _("单位抬头要填税号，18 位，在营业执照上。"),
    TitleFault.TAX_NUMBER_WRONG: _("税号不对：18 位数字和字母，最后一位与前面对不上。请对照营业执照检查。"),
    TitleFault.SPECIAL_NEEDS_COMPANY: _("只有单位抬头能开专用发票。"),
}
# What an auto-invoice sweep could not finish for so long is left to the driver.
_SWEEP_BACK = timedelta(days=3)
_CITY = ZoneInfo("Asia/Shanghai")


def owner_of(user: User) -> str:
    """The key by which payments knows this person."""
    return f"user:{user.pk}"


def invoice_each_payment(*, now: datetime) -> int:
    """Ask for invoices of what was just paid, for those who want each payment invoiced. Gives how many were asked for.

    A charge that was in an invoice before is left alone: after a refusal or a reversal its driver decides.
    """
    asked = 0
    for wish in invoicing.owners_with_auto():
        for _settled_at, numbers in groupby(_just_paid(wish.owner, since=max(wish.since_at, now - _SWEEP_BACK)), _when):
            told = invoicing.ask(
                [number for number, _at in numbers],
                owner=wish.owner,
                title_id=wish.title_id,
                language=wish.language,
                by="auto",
                now=now,
            )
            asked += len(told.serials)
    return asked


def _when(paid: tuple[str, datetime]) -> datetime:
    return paid[1]


def _just_paid(owner: str, *, since: datetime) -> list[tuple[str, datetime]]:
    """The settled stays of this person's proved cars that no invoice ever named, in the order of their payment."""
    user = User.objects.filter(pk=int(owner.partition(":")[2]), is_active=True).first()
    if user is None:
        return []
    stays = (
        holders.sessions_of(holders.proven(user))
        .filter(charge__settled_at__gte=since, charge__amount_fen__gt=0, charge__invoice_lines__isnull=True)
        .exclude(charge__status="open")
    )
    return sorted(
        ((number, at) for number, at in stays.values_list("number", "charge__settled_at") if at is not None),
        key=lambda paid: (paid[1], paid[0]),
    )


def offers(user: User, *, now: datetime, only: set[str] | None = None) -> list[Offer]:
    """What this person can have invoiced now, newest first: the paid stays of their proved cars, or `only` of these."""
    sessions = holders.sessions_of(holders.proven(user)).filter(charge__isnull=False).exclude(charge__status="open")
    if only is not None:
        sessions = sessions.filter(number__in=only)
    numbers = list(sessions.values_list("number", flat=True)[: 2 * invoicing.MOST_AT_ONCE])
    return invoicing.offers(numbers, now=now)[: invoicing.MOST_AT_ONCE]


def own(user: User, numbers: Iterable[str]) -> set[str]:
    """Those of these numbers that are billed stays of this person's proved cars."""
    sessions = holders.sessions_of(holders.proven(user)).filter(charge__isnull=False, number__in=list(numbers))
    return set(sessions.values_list("number", flat=True))


def title_as_dict(title: Title) -> dict[str, Any]:
    """A title as its owner is shown it."""
    return {
        "id": title.pk,
        "kind": title.kind,
        "name": title.name,
        "tax_number": title.tax_number,
        "address": title.address,
        "phone": title.phone,
        "bank": title.bank,
        "account": title.account,
        "email": title.email,
        "special": title.special,
        "default": title.is_default,
    }


def month_of(user: User, *, year: int, month: int) -> list[str]:
    """The numbers of this person's stays that ended in that month of the city's and were billed."""
    first, last = datetime(year, month, 1, tzinfo=_CITY), datetime(year + month // 12, month % 12 + 1, 1, tzinfo=_CITY)
    sessions = holders.sessions_of(holders.proven(user)).filter(charge__to_at__gte=first, charge__to_at__lt=last)
    return list(sessions.values_list("number", flat=True))
