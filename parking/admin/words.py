"""What the desk calls the things that the domain names in codes."""

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from parking.domain.events import Kind, Witness
from parking.domain.fusion import HOLD_TEXT, Hold

_BILL_HOLDS = {
    "no_tariff": _("该路段当时没有生效的计费规则"),
    "not_priced": _("计费规则无法计算这次停车"),
    "bill_conflict": _("同一订单号已有另一笔应收"),
}
_KINDS = {
    Kind.ARRIVAL: _("驶入"),
    Kind.DEPARTURE: _("驶离"),
    Kind.OCCUPIED: _("有车"),
    Kind.VACANT: _("无车"),
    Kind.STARTUP: _("设备启动"),
    Kind.CORRECTED: _("更正"),
    Kind.REVOKED: _("撤回"),
    Kind.DECIDED: _("人工决定"),
}
_WITNESSES = {
    Witness.GEOMAGNETIC: _("地磁"),
    Witness.HIGH_CAMERA: _("高位视频"),
    Witness.LOW_CAMERA: _("低位视频"),
    Witness.PATROL: _("巡检车"),
    Witness.INSPECTOR: _("巡检员"),
    Witness.OPERATOR: _("工作人员"),
    Witness.UNKNOWN: _("其他"),
}


def hold(name: str) -> str:
    """Why a session is held, in the reader's language; an unknown reason as it is."""
    if name in Hold.__members__.values():
        chinese, english = HOLD_TEXT[Hold(name)]
        return english if (get_language() or "").startswith("en") else chinese
    return str(_BILL_HOLDS.get(name, name))


def kind(name: str) -> str:
    """What a witness said."""
    return str(_KINDS[Kind(name)])


def witness(name: str) -> str:
    """Who said it."""
    return str(_WITNESSES[Witness(name)])
