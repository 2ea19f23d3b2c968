"""What the desk calls the things that the domain names in codes."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from parking import masking
from parking.domain.events import Kind, Witness
from parking.domain.fusion import HOLD_TEXT, Hold
from parking.models import Discrepancy, EventRecord, ParkingSession, Review, SessionAct
from parking.session_story import Chapter, Moment

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
_VERDICTS = {
    "accept": _("认可"),
    "void": _("不收费"),
    "right": _("抽检：正确"),
    "wrong": _("抽检：有误"),
    "resolved": _("已自行解决"),
}
_CHAPTERS = {
    Chapter.SEEN: _("设备"),
    Chapter.STAY: _("停车"),
    Chapter.DECIDED: _("人工"),
    Chapter.MONEY: _("收付款"),
}
_STAY = {"arrived": _("判定驶入"), "left": _("判定驶离"), "billed": _("出账")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A moment of an order's story as the page shows it; amounts in fen, plates masked."""

    at: datetime
    chapter: str
    tone: str
    what: str
    detail: str
    by: str
    amount_fen: int | None


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


def moment(one: Moment) -> Told:
    """A moment in words."""
    about = one.about
    what, detail, by, amount = one.what, "", "", None
    if isinstance(about, EventRecord):
        what = kind(about.kind)
        read = [masking.plate(about.plate), f"{about.plate_confidence:.2f}" if about.plate_confidence else ""]
        numbers = [gettext("报文 %(n)d") % {"n": about.frame} if about.frame else "", about.detail]
        if about.kind == Kind.DECIDED:  # what was decided, with its plate, stands under what people did
            numbers = []
        detail = " · ".join(each for each in (*read, *numbers) if each)
        by = about.device or witness(about.witness)
    elif isinstance(about, ParkingSession):
        what = str(_STAY[one.what])
        amount = about.fee_fen if one.what == "billed" else None
        detail = " · ".join(about.reasons) if one.what == "arrived" else ""
    elif isinstance(about, Review):
        opened = one.what == "review_opened"
        sample = gettext("质量抽检") if about.sample else gettext("提交人工审核")
        what = sample if opened else str(_VERDICTS.get(about.verdict, about.verdict))
        detail = "；".join(hold(each) for each in about.holds) if opened else about.reason
        by = "" if opened or about.decided_by is None else about.decided_by.get_username()
    elif isinstance(about, Discrepancy):
        found = one.what == "discrepancy_found"
        what = gettext("发现差异") if found else gettext("差异已处理")
        detail = about.reason if found else about.outcome
        by = "" if found or about.closed_by is None else about.closed_by.get_username()
    elif isinstance(about, SessionAct):
        asked = one.what == "act_asked"
        who = about.requested_by if asked else about.decided_by
        stands = gettext("提出") if asked and about.decided_at else about.get_status_display()
        what = f"{about.get_kind_display()} · {stands}"
        detail = about.reason if asked else about.answer
        detail = " · ".join([detail, *(each for each in about.numbers if len(about.numbers) > 1)])
        by = who.get_username() if who else ""
    else:
        detail, by, amount = about.note, about.by, about.amount_fen
    chapter = str(_CHAPTERS[one.chapter])
    return Told(at=one.at, chapter=chapter, tone=one.chapter.value, what=what, detail=detail, by=by, amount_fen=amount)
