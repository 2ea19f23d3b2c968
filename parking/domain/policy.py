"""What a road asks of its witnesses before a stay is billed: plain data, with defaults that fit most kerbs.

Every field is explained for people in `FIELDS` (Chinese and English); a road keeps only what differs from the default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType


class PolicyError(ValueError):
    """Policy data that can't be used: `field` is the offending key, the message is for people."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One field of the policy as the page shows it. `unit` is a symbol (s, min, h) or empty."""

    name: str
    label: str
    label_en: str
    text: str
    text_en: str
    unit: str
    least: float
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one road. Durations are in the unit their names end in; weights are whole numbers."""

    settle_seconds: int = 5
    doubtful_settle_seconds: int = 900
    backlog_seconds: int = 120
    merge_seconds: int = 90
    debounce_seconds: int = 10
    repark_seconds: int = 15
    echo_minutes: int = 15
    flap_count: int = 3
    flap_minutes: int = 10
    startup_minutes: int = 15
    lost_after_hours: int = 24
    patrol_gap_minutes: int = 150
    sighting_gap_seconds: int = 60
    plate_proof: int = 12
    plate_margin: int = 9
    plate_confidence: float = 0.9
    single_read_confidence: float = 0.98
    doubted_confidence: float = 0.75
    action_confidence: float = 0.5
    camera_weight: int = 6
    camera_unsure_weight: int = 3
    patrol_weight: int = 4
    inspector_weight: int = 12
    clock_ahead_seconds: int = 300
    clock_behind_minutes: int = 15
    clock_slack_seconds: int = 10
    clock_doubt_minutes: int = 20
    free_settles: bool = True
    free_settles_unseen: bool = False
    pictures: int = 0
    unseen_minutes: int = 20
    patrol_opens: bool = False

    @classmethod
    def from_data(cls, data: Mapping[str, object]) -> "Policy":
        """A policy from plain data (JSON). Missing fields keep their defaults.

        Raises PolicyError for an unknown field, a value of another type, or one out of its range.
        """
        if not data:
            return DEFAULT
        for name, value in data.items():
            explained = FIELDS.get(name)
            if explained is None:
                raise PolicyError(name, "no such field")
            _check(explained, value)
        return cls(**data)  # type: ignore[arg-type]  # checked field by field above

    @classmethod
    def for_mix(cls, mix: str) -> "Policy":
        """The default policy of a device mix (a key of `MIXES`). Raises PolicyError for an unknown one."""
        if mix not in MIXES:
            raise PolicyError(mix, f"no such device mix; there are {', '.join(MIXES)}")
        return cls.from_data(MIXES[mix])

    def data(self) -> dict[str, object]:
        """What differs from the defaults, as plain data."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }


def _check(explained: Explained, value: object) -> None:
    wanted = _TYPES[explained.name]
    if wanted is bool:
        if not isinstance(value, bool):
            raise PolicyError(explained.name, "must be true or false")
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or (wanted is int and not isinstance(value, int)):
        raise PolicyError(explained.name, "must be a whole number" if wanted is int else "must be a number")
    if not explained.least <= value <= explained.most:
        raise PolicyError(explained.name, f"must lie between {explained.least:g} and {explained.most:g}")


_ROWS: tuple[tuple[str, str, str, str, str, str, float, float], ...] = (
    (
        "settle_seconds", "静默期", "Quiet period",
        "泊位最近一条事件到达后，须静默多久才自动计费。进出场均读到同一车牌的停留用此值。",
        "How long the berth must be silent after its newest event before a stay named at both ends is billed.",
        "s", 0, 86400,
    ),
    (
        "doubtful_settle_seconds", "存疑静默期", "Quiet period in doubt",
        "仅凭先后顺序配对的进出场（两端未同时读到车牌），自驶离起等待多久，让迟到的事件先到。",
        "How long a stay paired by order alone waits after its departure, so that late events come first.",
        "s", 0, 172800,
    ),
    (
        "backlog_seconds", "补传静默期", "Backlog",
        "仅凭先后顺序配对的停留，自驶离事件到达平台起至少等待多久，让同一批补传的事件到齐。",
        "How long a stay paired by order alone waits at least after its departure came in, for the rest of a backlog.",
        "s", 0, 86400,
    ),
    (
        "merge_seconds", "同一变化的时差", "Same change",
        "不同设备报告的同类变化，时差在此之内视为同一次变化。",
        "Reports of the same kind from different devices within this time are one change.",
        "s", 0, 900,
    ),
    (
        "debounce_seconds", "重复上报", "Repeated report",
        "同一设备在此时间内再次报告同类变化，视为重复上报。",
        "The same device repeating the same change within this time has said it once.",
        "s", 0, 120,
    ),
    (
        "repark_seconds", "挪车", "Re-parking",
        "同一车牌驶离后在此时间内又驶入同一泊位，视为同一次停留；计费也等过此时间。",
        "The same plate back on the berth within this time has not left; billing waits as long after a departure.",
        "s", 0, 1800,
    ),
    (
        "echo_minutes", "回声", "Echo",
        "无车牌设备的单边变化，若距有车牌证明的同类变化不超过此时间，视为其回声而不另立停留。",
        "A one-sided change without a plate this near to a proved change of the same kind is its echo, not a stay.",
        "min", 0, 120,
    ),
    (
        "flap_count", "抖动次数", "Flapping",
        "无车牌设备在抖动时段内短促变化达到此次数，视为抖动。",
        "That many short states of a device without plates within the flapping time are flapping.",
        "", 2, 20,
    ),
    (
        "flap_minutes", "抖动时段", "Flapping time",
        "判断抖动的时间范围。", "The time within which flapping is counted.", "min", 1, 120,
    ),
    (
        "startup_minutes", "重启后不可信", "After a restart",
        "设备重启后在此时间内的状态报告不作为证据。",
        "What a device says of the berth's state within this time after its restart proves nothing.",
        "min", 0, 240,
    ),
    (
        "lost_after_hours", "疑似漏离位", "Lost departure",
        "在场停留超过此时间没有任何在场证据，转人工核实，不再计时。",
        "An open stay without any sign of presence for this long is held for a person and counts no further.",
        "h", 1, 720,
    ),
    (
        "patrol_gap_minutes", "巡检间隔", "Patrol gap",
        "仅有巡检的泊位，两次见到同一车的间隔超过此时间即视为两次停留。",
        "On a berth with patrols only, sightings of one car further apart than this are two stays.",
        "min", 5, 1440,
    ),
    (
        "sighting_gap_seconds", "独立巡检", "Independent sightings",
        "同一来源两次见到同一车至少相隔此时间才算两次独立证据。",
        "Two sightings by one source count as two only when this far apart.",
        "s", 0, 3600,
    ),
    (
        "plate_proof", "车牌证明分", "Plate proof",
        "自动计费所需的车牌得分：各次独立识读按来源加权求和。",
        "The score a plate needs before it is billed: the weights of its independent reads together.",
        "", 1, 100,
    ),
    (
        "plate_margin", "车牌领先分", "Plate margin",
        "首选车牌得分须超过其他车牌得分之和多少。",
        "By how much the leading plate must exceed all others together.",
        "", 0, 100,
    ),
    (
        "plate_confidence", "可信识读", "Sure read",
        "识读置信度达到此值按可信识读计分，每差 0.05 增减一分；设备不给置信度时视为可信。",
        "A read this sure counts in full, each 0.05 a point more or less; without a figure it counts as sure.",
        "", 0, 1,
    ),
    (
        "single_read_confidence", "单次识读", "Single read",
        "同一设备证明进出场但只读到一次车牌时，该次识读须达到的置信度；设为 1.01 表示不接受单次识读。",
        "What one read must reach when one device proves both ends but read the plate once; 1.01 refuses single reads.",
        "", 0, 1.01,
    ),
    (
        "doubted_confidence", "自疑识读", "Doubted read",
        "与首选车牌仅差易混字符、且设备自身置信度不高于此值的识读，可由同一设备的极可信识读否定；0 表示不否定。",
        "A confusable read its device trusts no more than this yields to a very sure one of the same device; 0: never.",
        "", 0, 1,
    ),
    (
        "action_confidence", "动作置信度", "Sure action",
        "进出场动作置信度低于此值的事件不能单独证明进出场。",
        "A change with less action confidence than this proves nothing alone.",
        "", 0, 1,
    ),
    ("camera_weight", "摄像机权重", "Camera weight", "可信识读的得分。", "What a sure camera read counts.", "", 0, 100),
    (
        "camera_unsure_weight", "摄像机低置信权重", "Unsure camera weight",
        "低于可信识读的得分。", "What an unsure camera read counts.", "", 0, 100,
    ),
    (
        "patrol_weight", "巡检权重", "Patrol weight",
        "巡检车一次识读的得分。实测约十分之一的扫描错一个泊位，默认须三次一致。",
        "What one patrol scan counts. About one real scan in ten is one berth off: by default three must agree.",
        "", 0, 100,
    ),
    (
        "inspector_weight", "巡检员权重", "Inspector weight",
        "巡检员现场确认的得分，默认一次即可。", "What an inspector's check counts; one is enough by default.",
        "", 0, 100,
    ),
    (
        "clock_ahead_seconds", "时钟超前", "Clock ahead",
        "设备时间超前接收时间多于此值的进出场转人工核实。",
        "A change whose device clock runs ahead of ours by more than this is held.",
        "s", 0, 86400,
    ),
    (
        "clock_behind_minutes", "时钟回拨", "Clock behind",
        "驶入迟到超过此值而驶离实时到达时，疑为时钟回拨，转人工核实。",
        "An arrival this late whose departure came live may be a clock set back: it is held.",
        "min", 1, 14400,
    ),
    (
        "clock_slack_seconds", "传输时差", "Time on the way",
        "设备时间与接收时间相差不超过此值，视为正常传输，不疑其时钟。",
        "A report heard within this time of its own clock was only under way; its clock is not doubted.",
        "s", 0, 3600,
    ),
    (
        "clock_doubt_minutes", "时钟存疑", "Clock in doubt",
        "两端均迟到（或超前）但不超过此值时，可能是设备时钟不准：若按接收时间计费金额不同，转人工；0 表示不查。",
        "Both ends late or early by at most this may be a wrong clock: held if that changes the fee; 0: never.",
        "min", 0, 1440,
    ),
    (
        "free_settles", "免费即结", "Free is settled",
        "进出场均已证明、只是车牌存疑的停留，若任何车辆都无需付费，则到期自动以零元结清，不记在任何车牌名下。",
        "A stay proved at both ends with a doubtful plate is settled at nothing, in no name, if no car would owe.",
        "", 0, 1,
    ),
    (
        "free_settles_unseen", "仅地磁亦免费即结", "Free without a camera",
        "仅由不识车牌的设备看到的停留也照“免费即结”办理；关闭则转人工。",
        "The same for a stay that only devices without plates saw; off: it is held for a person.",
        "", 0, 1,
    ),
    (
        "pictures", "证据照片数", "Pictures",
        "计费前进、出场各须有的照片数；0 表示不要求。",
        "How many pictures each end needs before the stay is billed; 0 asks for none.",
        "", 0, 20,
    ),
    (
        "unseen_minutes", "两端未见", "Ends unseen",
        "仅由巡检车认定车牌的地磁停留，首次见车距驶入、末次见车距驶离超过此值即转人工：地磁察觉不到几秒内的换车。",
        "A sensed stay named by patrols alone is held if they passed later after its start or earlier before its end.",
        "min", 0, 1440,
    ),
    (
        "patrol_opens", "巡检可立停留", "Patrol opens",
        "仅有巡检的路段：巡检见车即可计费（首见起、末见止，从宽于车主）；有其他设备的路段应关闭。",
        "Only for roads without other devices: a stay from the first to the last sighting may be billed.",
        "", 0, 1,
    ),
)  # fmt: skip

FIELDS: Mapping[str, Explained] = MappingProxyType(
    {
        row[0]: Explained(
            name=row[0],
            label=row[1],
            label_en=row[2],
            text=row[3],
            text_en=row[4],
            unit=row[5],
            least=row[6],
            most=row[7],
        )
        for row in _ROWS
    }
)
_TYPES: Mapping[str, type] = MappingProxyType({field.name: type(field.default) for field in fields(Policy)})
DEFAULT = Policy()

MIXES: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "camera": {},
        "camera+sensor": {},
        "sensor+patrol": {},
        "all": {},
        "patrol": {"patrol_opens": True, "patrol_gap_minutes": 90},
    }
)
"""What each mix of devices changes of the defaults."""
