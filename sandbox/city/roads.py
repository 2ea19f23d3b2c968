"""The 26 demo roads as a literal table.

The names are streets of Xianning's urban area; where they run here is invented: no published street geometry was found,
so the plan is a grid of straight lines that `plan.py` bends. Lengths and places are metres east and north of the
plan's origin, before bending.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RoadPlan:
    """One road: `axis` "x" runs east, "y" runs north; it keeps to `at` metres on the other axis.

    `kind` is the device that watches its berths; `berths` how many it has.
    """

    code: str
    name: str
    name_en: str
    zone: str
    axis: str
    at: float
    start: float
    end: float
    berths: int
    kind: str


_GEOMAGNETIC = "geomagnetic"
_HIGH = "high_camera"
_LOW = "low_camera"
_WENQUAN = "温泉"
_YONGAN = "永安"


def _road(
    number: int,
    name: str,
    name_en: str,
    zone: str,
    axis: str,
    at: float,
    start: float,
    end: float,
    berths: int,
    kind: str,
) -> RoadPlan:
    return RoadPlan(
        code=f"XA{number:02d}",
        name=name,
        name_en=name_en,
        zone=zone,
        axis=axis,
        at=at,
        start=start,
        end=end,
        berths=berths,
        kind=kind,
    )


# Phase 1 (XA01 to XA10, 2,205 berths) has geomagnetic sensors; phase 2 (XA11 to XA26, 1,525 berths) has cameras.
ROADS: tuple[RoadPlan, ...] = (
    _road(1, "咸宁大道", "Xianning Avenue", _WENQUAN, "x", -300, -1250, 1300, 286, _GEOMAGNETIC),
    _road(2, "淦河大道", "Ganhe Avenue", _WENQUAN, "y", 0, -1850, 600, 262, _GEOMAGNETIC),
    _road(3, "温泉路", "Wenquan Road", _WENQUAN, "x", -900, -1100, 1100, 240, _GEOMAGNETIC),
    _road(4, "银泉大道", "Yinquan Avenue", _WENQUAN, "x", -1500, -1200, 1200, 248, _GEOMAGNETIC),
    _road(5, "长安大道", "Chang'an Avenue", _YONGAN, "y", -900, -700, 2150, 258, _GEOMAGNETIC),
    _road(6, "永安大道", "Yong'an Avenue", _YONGAN, "x", 1500, -1400, 900, 232, _GEOMAGNETIC),
    _road(7, "贺胜路", "Hesheng Road", _YONGAN, "y", -300, 250, 2250, 205, _GEOMAGNETIC),
    _road(8, "桂花路", "Guihua Road", _WENQUAN, "y", 600, -1850, 150, 170, _GEOMAGNETIC),
    _road(9, "双鹤路", "Shuanghe Road", _YONGAN, "x", 900, -1300, 700, 172, _GEOMAGNETIC),
    _road(10, "茶花路", "Chahua Road", _WENQUAN, "y", 1000, -1800, 200, 132, _GEOMAGNETIC),
    _road(11, "怀德路", "Huaide Road", _YONGAN, "y", 300, 420, 2100, 142, _HIGH),
    _road(12, "书台街", "Shutai Street", _WENQUAN, "x", -600, -760, 820, 118, _HIGH),
    _road(13, "希望桥路", "Xiwangqiao Road", _WENQUAN, "x", 0, -700, 860, 124, _HIGH),
    _road(14, "十六潭路", "Shiliutan Road", _WENQUAN, "x", -1200, -820, 840, 116, _HIGH),
    _road(15, "金桂路", "Jingui Road", _WENQUAN, "y", -600, -1800, -100, 122, _HIGH),
    _road(16, "文笔路", "Wenbi Road", _YONGAN, "x", 1200, -1120, 560, 112, _HIGH),
    _road(17, "旗鼓大道", "Qigu Avenue", _YONGAN, "x", 1800, -1200, 640, 128, _HIGH),
    _road(18, "青龙路", "Qinglong Road", _YONGAN, "y", -1200, 420, 2050, 104, _HIGH),
    _road(19, "花坛路", "Huatan Road", _WENQUAN, "y", -300, -1780, -420, 96, _HIGH),
    _road(20, "西河路", "Xihe Road", _YONGAN, "x", 600, -1060, 520, 94, _HIGH),
    _road(21, "鱼水路", "Yushui Road", _YONGAN, "x", 300, -840, 640, 88, _HIGH),
    _road(22, "滨河东街", "Binhe East Street", _WENQUAN, "y", 300, -1420, -60, 74, _LOW),
    _road(23, "滨河西街", "Binhe West Street", _WENQUAN, "y", -150, -1420, -60, 66, _LOW),
    _road(24, "一号桥路", "Yihaoqiao Road", _WENQUAN, "x", -1050, -260, 820, 58, _LOW),
    _road(25, "马柏大道", "Mabai Avenue", _WENQUAN, "y", 800, -1160, -120, 47, _LOW),
    _road(26, "岔路口街", "Chalukou Street", _YONGAN, "y", 0, 760, 1660, 36, _LOW),
)
