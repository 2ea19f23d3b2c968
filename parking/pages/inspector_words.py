"""The words that the handheld's scripts put together on the phone, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parking.models import PatrolCheck

COLORS = (
    ("blue", gettext_lazy("蓝")),
    ("green", gettext_lazy("绿")),
    ("yellow", gettext_lazy("黄")),
    ("white", gettext_lazy("白")),
    ("black", gettext_lazy("黑")),
    ("yellow_green", gettext_lazy("黄绿")),
    ("unknown", gettext_lazy("不清楚")),
)


def words() -> dict[str, Any]:
    """By the names the scripts use; `{n}` and the like are filled in there."""
    return {
        "online": _("在线"),
        "offline": _("离线：记录都存在本机，联网后自动发送"),
        "server": _("服务器暂时没有应答，稍后自动重发"),
        "signed_out": _("登录已过期：记录都在本机，重新登录后发送"),
        "waiting": _("待发送 {n} 条"),
        "wrong": _("{n} 条需要您处理"),
        "metres": _("{n} 米"),
        "since": _("自 {at}"),
        "yuan": _("欠费 {n} 元"),
        "no_plate": _("有车，没有车牌"),
        "low_confidence": _("车牌没看清"),
        "silent": _("设备没有消息"),
        "free": _("空闲"),
        "occupied": _("有车，没有车牌"),
        "bound": _("有车，车牌已知"),
        "closed": _("停用"),
        "looked": _("已查，待发送"),
        "letters": {"free": "", "occupied": "?", "bound": _("占"), "closed": "×"},
        "types": {
            "scan": _("巡检"),
            "report": _("上报"),
            "slip": _("告知单"),
            "shift_start": _("上班"),
            "shift_end": _("下班"),
        },
        "results": {value: str(label) for value, label in PatrolCheck.Result.choices},
        "outcomes": {
            "rejected": _("没有被接收。"),
            "conflict": _("这条编号下已有另一条记录。请核对后重新记录，或放弃。"),
        },
        "kept": _("已存在本机，正在发送。"),
        "unsure": _("位置不够准，分不清是哪个泊位：已留存，不作为计费依据。请走近后按泊位编号再记一次。"),
        "again": _("两分钟内已记过同一辆车，不重复计入。"),
        "against": _("另一位巡检员刚在这里记了不同的情况，两条都已留存。"),
        "leave_slip": _("开告知单"),
        "slip_later": _("告知单已存在本机，联网后可打印。"),
        "choose_road": _("请至少选一个路段。"),
        "choose_berth": _("请填写泊位编号；没有定位时必须填。"),
        "two_pictures": _("请拍至少两张照片：一张看清车牌，一张看清位置。"),
        "plate_offline": _("没有网络，查不了。先记录巡检，联网后显示结果。"),
        "correct": _("改正"),
        "discard": _("放弃"),
    }
