"""The catalogue (目录): each data set we hold, what it says, how often, and who may have it.

The entries follow the core metadata of China's government information resource catalogues
(政务信息资源目录, 国发〔2016〕51 号): name, provider, summary, items with their types, sharing kind and
condition, openness, update cycle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sharing(StrEnum):
    """Who may have a data set: anyone who asks, who shows a need, nobody."""

    UNCONDITIONAL = "unconditional"  # 无条件共享
    CONDITIONAL = "conditional"  # 有条件共享
    NOT_SHARED = "not_shared"  # 不予共享


@dataclass(frozen=True, slots=True)
class Field:
    """One item of a row: its key, its JSON type (`string`, `integer`, `number`, `boolean`, `datetime`, `object`,
    `array`), whether it may be null, its names."""

    key: str
    type: str
    name: str
    name_en: str
    nullable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """A data set as the catalogue tells it. `update` is in words; `condition` says what a department must show."""

    code: str
    name: str
    name_en: str
    summary: str
    summary_en: str
    sharing: Sharing
    update: str
    update_en: str
    fields: Sequence[Field] = ()
    condition: str = ""
    condition_en: str = ""
    open_at: str = ""
    """Where anyone may read the same without a key; empty when it is no open data."""


OWNER = ("停车运营单位", "The parking operator")
_ROAD = Field("road", "string", "路段代码", "Road's code")
_AT_ONCE = ("变更后一分钟内", "within a minute of a change")
_NEED = ("说明履职需要并列出依据文件", "The duty it is needed for, and the document it rests on")
_PERSONAL = ("含个人信息，依法不予共享", "Personal data: by law not shared")

DATASETS: tuple[DataSet, ...] = (
    DataSet(
        code="road",
        name="路段基础信息",
        name_en="Roads",
        summary="开放停车的路段：名称、线形、开放泊位数",
        summary_en="Roads with on-street parking: name, line, open berths",
        sharing=Sharing.UNCONDITIONAL,
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        open_at="/api/v1/public/roads/",
        fields=(
            Field("code", "string", "路段代码", "Code"),
            Field("name", "string", "名称", "Name"),
            Field("name_en", "string", "英文名称", "English name"),
            Field("zone", "string", "收费区域", "Charging zone"),
            Field("district", "string", "行政区划代码", "District (GB/T 2260)"),
            Field("berths", "integer", "开放泊位数", "Open berths"),
            Field("opened", "boolean", "是否开放", "Open"),
            Field("geometry", "object", "线形（GeoJSON，WGS-84）", "Line (GeoJSON, WGS-84)", nullable=True),
        ),
    ),
    DataSet(
        code="berth",
        name="泊位基础信息",
        name_en="Berths",
        summary="泊位编号、14 位全码与位置",
        summary_en="Berths: painted code, 14-digit code, position",
        sharing=Sharing.UNCONDITIONAL,
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        fields=(
            Field("code", "string", "泊位编号", "Code"),
            Field("full_code", "string", "全码", "14-digit code"),
            _ROAD,
            Field("longitude", "number", "经度（WGS-84）", "Longitude (WGS-84)", nullable=True),
            Field("latitude", "number", "纬度（WGS-84）", "Latitude (WGS-84)", nullable=True),
            Field("opened", "boolean", "是否开放", "Open"),
        ),
    ),
    DataSet(
        code="berth-state",
        name="泊位实时状态",
        name_en="Berth states",
        summary="每个泊位此刻是否停有车辆",
        summary_en="Whether a car stands in each berth now",
        sharing=Sharing.UNCONDITIONAL,
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        open_at="/api/v1/public/ngsi/parking-spots/",
        fields=(
            Field("berth", "string", "泊位编号", "Berth's code"),
            _ROAD,
            Field("occupied", "boolean", "占用", "Occupied"),
            Field("since", "datetime", "自何时起占用", "Occupied since", nullable=True),
        ),
    ),
    DataSet(
        code="stay",
        name="停放记录（不含号牌）",
        name_en="Stays (no plates)",
        summary="每次停放的泊位与起止时间，精确到分钟；更正与作废随变更下发；泊位少于 5 个的路段不给出泊位",
        summary_en=(
            "Each stay's berth, beginning and end to the minute; corrections and voids follow as changes; on roads of "
            "fewer than 5 berths the berth is not told"
        ),
        sharing=Sharing.CONDITIONAL,
        condition=_NEED[0],
        condition_en=_NEED[1],
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        fields=(
            _ROAD,
            Field("berth", "string", "泊位编号", "Berth's code", nullable=True),
            Field("arrived_at", "datetime", "驶入时间", "Arrived"),
            Field("left_at", "datetime", "驶离时间", "Left", nullable=True),
        ),
    ),
    DataSet(
        code="road-hour",
        name="路段小时统计",
        name_en="Road hours",
        summary="路段每小时的停放次数、占用率与金额；少于 5 次的数不给出，占用率取整到 5%",
        summary_en="Stays, occupancy and money by road and hour; counts under 5 are null, occupancy in steps of 5 %",
        sharing=Sharing.CONDITIONAL,
        condition=_NEED[0],
        condition_en=_NEED[1],
        update="每小时，更正随到随发",
        update_en="hourly; corrections as they come",
        open_at="/api/v1/public/history/",
        fields=(
            _ROAD,
            Field("hour", "datetime", "小时", "Hour"),
            Field("arrivals", "integer", "驶入次数", "Arrivals", nullable=True),
            Field("departures", "integer", "驶离次数", "Departures", nullable=True),
            Field("mean_stay_s", "integer", "平均停车时长（秒）", "Mean stay, seconds", nullable=True),
            Field("occupancy", "number", "平均占用率（0 至 1）", "Mean occupancy, 0 to 1", nullable=True),
            Field("receivable_fen", "integer", "应收（分）", "Receivable, fen", nullable=True),
            Field("collected_fen", "integer", "其中已收（分）", "Of it collected, fen", nullable=True),
        ),
    ),
    DataSet(
        code="notice",
        name="应急公告",
        name_en="Emergency notices",
        summary="路段的封闭与免收",
        summary_en="Roads closed or free of charge",
        sharing=Sharing.UNCONDITIONAL,
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        open_at="/api/v1/public/roads/",
        fields=(
            Field("kind", "string", "类型：closed 封闭，free 免收", "closed or free"),
            Field("everywhere", "boolean", "全部路段", "All roads"),
            Field("roads", "array", "路段代码", "Roads' codes"),
            Field("from", "datetime", "开始", "From"),
            Field("to", "datetime", "结束", "To", nullable=True),
            Field("reason", "string", "原因", "Reason"),
            Field("reason_en", "string", "英文原因", "Reason in English"),
        ),
    ),
    DataSet(
        code="tariff",
        name="收费标准",
        name_en="Tariffs",
        summary="已批准的收费标准各版本及其规则文本",
        summary_en="Approved versions of the tariffs with their documents",
        sharing=Sharing.UNCONDITIONAL,
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        open_at="/api/v1/public/tariffs/",
        fields=(
            Field("code", "string", "代码", "Code"),
            Field("version", "integer", "版本", "Version"),
            Field("name", "string", "名称", "Name"),
            Field("zone", "string", "收费区域", "Zone", nullable=True),
            Field("in_force_from", "datetime", "生效时间", "In force from"),
            Field("withdrawn_from", "datetime", "失效时间", "Withdrawn from", nullable=True),
            Field("document", "object", "规则", "Document"),
        ),
    ),
    DataSet(
        code="device",
        name="设备在线情况",
        name_en="Devices online",
        summary="每个路段各类设备的数量与在线数",
        summary_en="Devices and those online by road and kind",
        sharing=Sharing.CONDITIONAL,
        condition=_NEED[0],
        condition_en=_NEED[1],
        update=_AT_ONCE[0],
        update_en=_AT_ONCE[1],
        fields=(
            _ROAD,
            Field("kind", "string", "设备类型", "Kind"),
            Field("devices", "integer", "设备数", "Devices"),
            Field("online", "integer", "在线数", "Online"),
        ),
    ),
    DataSet(
        code="vehicle",
        name="号牌与车主",
        name_en="Plates and their holders",
        summary="车主绑定的号牌、手机号与行踪",
        summary_en="Plates drivers have bound, their phones and whereabouts",
        sharing=Sharing.NOT_SHARED,
        condition=_PERSONAL[0],
        condition_en=_PERSONAL[1],
        update="—",
        update_en="—",
    ),
    DataSet(
        code="picture",
        name="取证照片",
        name_en="Evidence pictures",
        summary="驶入驶离的取证照片",
        summary_en="Pictures of arrivals and departures",
        sharing=Sharing.NOT_SHARED,
        condition=_PERSONAL[0],
        condition_en=_PERSONAL[1],
        update="—",
        update_en="—",
    ),
)
BY_CODE = {dataset.code: dataset for dataset in DATASETS}
SHARED = tuple(dataset for dataset in DATASETS if dataset.sharing is not Sharing.NOT_SHARED)
