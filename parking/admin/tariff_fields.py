"""The fields of the tariff form: name, label, choices, help. The document they make is `domain.tariff.outline`'s."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from parking.domain.tariff import outline
from parking.models import Zone


@dataclass(frozen=True, slots=True)
class Field:
    """One field as it is shown. `kind`: text, number, time, datetime, check, select."""

    name: str
    label: Any
    kind: str = "text"
    choices: Sequence[tuple[str, Any]] = ()
    help: Any = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A field with what stands in it and what is wrong with it."""

    field: Field
    id: str
    value: str
    error: str = ""

    @property
    def input_type(self) -> str:
        """The browser's kind of input."""
        return {"datetime": "datetime-local", "number": "text"}.get(self.field.kind, "text")


HEAD = (
    Field("code", _("代码"), required=True, help=_("字母、数字和 . _ : -,如 xianning-2027")),
    Field("name", _("名称"), required=True),
    Field("name_en", _("英文名称")),
    Field("in_force_from", _("生效时间"), "datetime", required=True),
    Field("zone", _("收费区域"), "select"),
    Field("currency", _("货币"), required=True, help=_("ISO 4217,人民币为 CNY")),
)
GENERAL = (
    Field("free_minutes", _("免费分钟数"), "number", help=_("不填则没有")),
    Field("free_exclusive", _("恰好等于免费分钟数时收费"), "check"),
    Field(
        "free_exceeded", _("超过免费时长后"), "select",
        (
            ("charged", _("免费时长计入收费")), ("skipped", _("免费时长不计费,从其后开始计时")),
            ("waived", _("免费时长计时但不收费")),
        ),
    ),
    Field("free_clause", _("免费条款"), help=_("通知原文的条号,印在明细上")),
    Field("outside_free", _("没有时段的时间免费"), "check"),
    Field(
        "restart", _("何时重新计时"), "select",
        (
            ("", _("不重新计时")), ("natural_day", _("每个自然日")), ("24h", _("每 24 小时")),
            ("charging_period", _("每个收费时段")),
        ),
    ),
    Field("cap_day", _("每自然日封顶(元)"), "number"),
    Field("cap_24h", _("24 小时封顶(元)"), "number"),
    Field("cap_stay", _("单次封顶(元)"), "number"),
    Field(
        "large", _("大型车(黄牌)"), "select",
        (("", _("与小型车相同")), ("factor", _("按倍数")), ("by_berths", _("按占用泊位数"))),
    ),
    Field("large_factor", _("大型车倍数"), "number"),
    Field("nev_percent", _("新能源减免(%)"), "number"),
    Field("nev_minutes", _("新能源每日首次免费分钟"), "number"),
    Field(
        "on_change", _("跨越规则变更的停放"), "select",
        (("", _("按驶入时的规则")), ("departure", _("按驶离时的规则")), ("split", _("在变更时刻分段"))),
    ),
)  # fmt: skip
BAND = (
    Field("id", _("短名"), help=_("如 day")),
    Field("name", _("时段名称")),
    Field("name_en", _("时段英文名称")),
    Field(
        "days", _("适用日"), "select",
        (
            ("all", _("每天")), ("workday", _("工作日(含调休上班)")), ("nonworkday", _("非工作日")),
            ("mon-sat", _("周一至周六")), ("mon-fri", _("周一至周五")), ("holiday", _("节假日")),
        ),
    ),
    Field("from", _("从"), help="08:00"),
    Field("to", _("到"), help="20:00"),
    Field("kind", _("计费方式"), "select", (("steps", _("按时")), ("visit", _("按次")), ("free", _("免费")))),
    Field("first_min", _("首段分钟数"), "number", help=_("如首小时:60;不填则没有首段")),
    Field("first_unit", _("首段计费单位(分钟)"), "number", help=_("不填则整段一个单位")),
    Field("first_price", _("首段单价(元)"), "number"),
    Field("unit", _("计费单位(分钟)"), "number"),
    Field("price", _("单价(元)"), "number", help=_("按次时为每次的价格")),
    Field("cap", _("本时段单次封顶(元)"), "number"),
)  # fmt: skip
PARTS = {
    "free": ("free_minutes", "free_exclusive", "free_exceeded", "free_clause"),
    "caps": ("cap_day", "cap_24h", "cap_stay"),
    "vehicles": ("large", "large_factor"),
    "concessions": ("nev_percent", "nev_minutes"),
    "restart": ("restart",),
}
"""Which fields are not shown when a part of the document is beyond the form."""


def shown(
    fields: Sequence[Field], values: Mapping[str, str], errors: Mapping[str, str], prefix: str = ""
) -> list[Shown]:
    """The fields with their values and errors."""
    return [
        Shown(field, prefix + field.name, values.get(field.name, ""), errors.get(prefix + field.name, ""))
        for field in fields
    ]


def head(values: Mapping[str, str], errors: Mapping[str, str]) -> list[Shown]:
    """The head's fields, the zones among them."""
    zones = [("", _("全市")), *((zone.code, str(zone)) for zone in Zone.objects.order_by("code"))]
    named = [Field(f.name, f.label, f.kind, zones, f.help) if f.name == "zone" else f for f in HEAD]
    return shown(named, values, errors)


def general(values: Mapping[str, str], errors: Mapping[str, str], beyond: frozenset[str]) -> list[Shown]:
    """The rules' fields but those beyond the form."""
    hidden = {name for part in beyond for name in PARTS.get(part, ())}
    return shown([field for field in GENERAL if field.name not in hidden], values, errors)


def bands(rows: Sequence[Mapping[str, str]], errors: Mapping[str, str]) -> list[list[Shown]]:
    """The fields of each band, empty ones up to the most the form has."""
    filled = [*rows, *({} for _ in range(outline.BANDS - len(rows)))]
    return [shown(BAND, row, errors, f"band-{index}-") for index, row in enumerate(filled)]
