"""What people are told of permits and coupons, in the reader's language."""

from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking.models import Campaign
from parking.permits.orders import NotSold
from parking.permits.refunds import NotRefunded
from parking.wording import yuan
from payments import charges

NOT_SOLD: dict[NotSold, StrPromise] = {
    NotSold.NOT_ON_SALE: _("这种停车证现在不办理。"),
    NotSold.NO_PLATE: _("请至少选择一辆车。"),
    NotSold.TOO_MANY_PLATES: _("选的车太多了，请看这种停车证最多几辆车。"),
    NotSold.BEGINS_TOO_EARLY: _("开始日期不能早于今天。"),
    NotSold.BEGINS_TOO_LATE: _("最多提前 60 天办理，请选近一些的日期。"),
    NotSold.HELD_ALREADY: _("选的车在这段时间已经有这种停车证。可以在原证上续期，或选它到期以后的日期。"),
    NotSold.UNKNOWN_PERMIT: _("没有找到这张停车证，或它还没有付款。"),
    NotSold.RENEWED_ALREADY: _("这张停车证已经续过期。"),
}
NOT_REFUNDED: dict[str, StrPromise] = {
    NotRefunded.UNKNOWN_PERMIT: _("没有找到这张停车证，或它已经退掉。"),
    NotRefunded.ENDED: _("这张停车证已经到期，没有可退的天数。"),
    NotRefunded.NOT_PAID: _("这张停车证没有付款，不用退款。"),
    NotRefunded.NOTHING_LEFT: _("剩余不足一天，没有可退的金额。"),
    charges.NotRefunded.UNKNOWN_CHARGE: _("没有找到这笔付款，请拨打服务电话。"),
    charges.NotRefunded.NOTHING_PAID: _("这笔钱已经退过。"),
    charges.NotRefunded.TOO_MUCH: _("能退的金额有变化，请刷新后再试。"),
    charges.NotRefunded.TOO_OFTEN: _("这笔付款退款次数太多，请拨打服务电话。"),
}
_DAYS: dict[str, StrPromise] = {
    "all": _("每天"),
    "workday": _("工作日"),
    "nonworkday": _("非工作日"),
    "weekend": _("周末"),
    "holiday": _("法定节假日"),
    "mon-fri": _("周一至周五"),
    "mon-sat": _("周一至周六"),
}


def covers(days: Sequence[str], start: str, end: str) -> str:
    """When a permit holds, as people say it: `工作日 19:00–08:00`."""
    which = gettext("、").join(str(_DAYS.get(word, word)) for word in days or ("all",))
    hours = gettext("全天") if (start, end) == ("00:00", "24:00") else f"{start}–{end}"
    return f"{which} {hours}"


def worth(campaign: Campaign) -> str:
    """What a coupon of the campaign takes off, as people say it."""
    match campaign.kind:
        case Campaign.Kind.MINUTES:
            text = gettext("减免 %(n)d 分钟") % {"n": campaign.value}
        case Campaign.Kind.AMOUNT:
            text = gettext("减 %(money)s") % {"money": yuan(campaign.value)}
        case Campaign.Kind.PERCENT:
            text = gettext("减 %(n)d%%") % {"n": campaign.value}
        case _:
            text = gettext("全免")
    if campaign.min_spend_fen:
        text += gettext("（费用满 %(money)s 可用）") % {"money": yuan(campaign.min_spend_fen)}
    return text
