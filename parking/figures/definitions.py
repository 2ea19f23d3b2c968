"""Every figure once: its formula and unit, its name and its definition for people, and how it is computed.

A figure is None where it can't be known: nothing to divide by, or a period that is not over yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking.figures.counts import NOBODY, Counts, Ground, Standing

DAY_S = 86_400


class Unit(StrEnum):
    """How a figure is written."""

    COUNT = "count"
    FEN = "fen"
    SHARE = "share"  # 0 to 1, shown in percent
    SECONDS = "seconds"  # shown in minutes
    TURNS = "turns"  # stays a berth and day


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a figure is computed from."""

    counts: Counts
    ground: Ground
    standing: Standing = NOBODY


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def occupied(facts: Facts) -> int:
    """Open berths in which a car stands now. Berths."""
    return facts.standing.occupied


def free(facts: Facts) -> int:
    """Open berths less those in which a car stands now. Berths."""
    return facts.ground.berths - facts.standing.occupied


def arrivals(facts: Facts) -> int:
    """Stays that began in the period. Stays."""
    return facts.counts.arrivals


def turnover(facts: Facts) -> float | None:
    """Stays that ended in the period / open berths / days of the period so far. Stays a berth and day."""
    return facts.counts.departures * DAY_S / facts.ground.berth_s if facts.ground.berth_s else None


def utilisation(facts: Facts) -> float | None:
    """Occupied berth-seconds within charging hours / (open berths x seconds of charging hours so far). Share."""
    return _share(facts.counts.charged_occupied_s, facts.ground.charging_berth_s)


def occupancy(facts: Facts) -> float | None:
    """Occupied berth-seconds / (open berths x seconds of the period so far), day and night. Share."""
    return _share(facts.counts.occupied_s, facts.ground.berth_s)


def mean_stay(facts: Facts) -> float | None:
    """Summed length of the stays that ended in the period / their number. Seconds."""
    return _share(facts.counts.stay_s, facts.counts.departures)


def receivable(facts: Facts) -> int:
    """What the charges opened in the period ask for, less waivers, reductions and voids. Fen."""
    return facts.counts.receivable_fen


def received(facts: Facts) -> int:
    """Money that came in during the period, for whatever charge, less refunds paid out in it. Fen."""
    return facts.counts.received_fen


def arrears(facts: Facts) -> int:
    """What is still owed now for charges past their due date, whenever they were opened. Fen."""
    return facts.standing.arrears_fen


def collection_rate(facts: Facts) -> float | None:
    """Paid until now, less refunds, for the charges opened in the period / what they ask for. Share."""
    return _share(facts.counts.collected_fen, facts.counts.receivable_fen)


def collection_t0(facts: Facts) -> float | None:
    """Of what the charges opened in the period ask for: paid before the end of their day of opening. Share."""
    return _share(facts.counts.collected_t0_fen, facts.counts.receivable_fen)


def collection_t7(facts: Facts) -> float | None:
    """Paid before the end of the 7th day after opening; of charges whose 7th day is over. Share."""
    return _share(facts.ground.ripe7_collected_fen, facts.ground.ripe7_receivable_fen)


def collection_t30(facts: Facts) -> float | None:
    """Paid before the end of the 30th day after opening; of charges whose 30th day is over. Share."""
    return _share(facts.ground.ripe30_collected_fen, facts.ground.ripe30_receivable_fen)


def auto_order_rate(facts: Facts) -> float | None:
    """Orders billed without a person's touch / orders billed, held for a person or decided by one. Share."""
    return _share(facts.counts.auto_orders, facts.counts.orders)


def contactless_share(facts: Facts) -> float | None:
    """Charges opened in the period paid by a mandate's debit / charges opened in it for which was paid. Share."""
    return _share(facts.counts.contactless_charges, facts.counts.paid_charges)


def appeal_rate(facts: Facts) -> float | None:
    """Appeals made in the period / charges opened in it. Share."""
    return _share(facts.standing.appeals, facts.counts.charges)


def overturned_share(facts: Facts) -> float | None:
    """Appeals made in the period and decided for the driver / appeals made in it and decided. Share."""
    return _share(facts.standing.appeals_overturned, facts.standing.appeals_decided)


def devices_online(facts: Facts) -> float | None:
    """Devices not silent, each by its own rhythm of reports / devices in service. Share."""
    return _share(facts.standing.devices_online, facts.standing.devices)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as people meet it: `name` in the API, `label` over the number, `definition` under it.

    One `of_now` speaks of this moment, or of people rather than hours: it is told for a whole period only.
    """

    name: str
    unit: Unit
    label: StrPromise
    definition: StrPromise
    compute: Callable[[Facts], float | int | None]
    of_now: bool = False


FIGURES: tuple[Figure, ...] = (
    Figure("occupied", Unit.COUNT, _("占用"), _("此刻停有车辆的开放泊位数"), occupied, of_now=True),
    Figure("free", Unit.COUNT, _("空闲"), _("开放泊位数减去占用泊位数"), free, of_now=True),
    Figure("arrivals", Unit.COUNT, _("停车次数"), _("时段内驶入的停车次数"), arrivals),
    Figure("turnover", Unit.TURNS, _("周转率"), _("时段内结束的停车次数 ÷ 开放泊位数 ÷ 天数（次/泊位/天）"), turnover),
    Figure(
        "utilisation",
        Unit.SHARE,
        _("利用率"),
        _("收费时段内的占用泊位时长 ÷（开放泊位数 × 收费时长）"),
        utilisation,
    ),
    Figure(
        "occupancy", Unit.SHARE, _("平均占用率"), _("占用泊位时长 ÷（开放泊位数 × 时段长度），含免费时段"), occupancy
    ),
    Figure("mean_stay_s", Unit.SECONDS, _("平均停车时长"), _("时段内结束的停车的总时长 ÷ 次数"), mean_stay),
    Figure("receivable_fen", Unit.FEN, _("应收金额"), _("时段内生成的账单金额，减去减免与作废"), receivable),
    Figure("received_fen", Unit.FEN, _("实收"), _("时段内到账的金额（不论账单何时生成），减去退款"), received),
    Figure("arrears_fen", Unit.FEN, _("欠费"), _("此刻已过应付期限而未付的金额，不论何时生成"), arrears, of_now=True),
    Figure("collection_rate", Unit.SHARE, _("收缴率"), _("时段内账单至今已付（减退款）÷ 时段内应收"), collection_rate),
    Figure("collection_t0", Unit.SHARE, _("当日收缴率"), _("生成账单当天内已付 ÷ 应收"), collection_t0),
    Figure(
        "collection_t7",
        Unit.SHARE,
        _("7 日收缴率"),
        _("生成后第 7 天结束前已付 ÷ 应收，只计满 7 天的账单"),
        collection_t7,
    ),
    Figure(
        "collection_t30",
        Unit.SHARE,
        _("30 日收缴率"),
        _("生成后第 30 天结束前已付 ÷ 应收，只计满 30 天的账单"),
        collection_t30,
    ),
    Figure(
        "auto_order_rate",
        Unit.SHARE,
        _("免人工率"),
        _("无人工介入出账的订单 ÷（已出账、待核实与人工决定的订单）"),
        auto_order_rate,
    ),
    Figure(
        "contactless_share",
        Unit.SHARE,
        _("无感支付占比"),
        _("由签约自动扣款付清的账单 ÷ 已付账单，按笔数"),
        contactless_share,
    ),
    Figure("appeal_rate", Unit.SHARE, _("申诉率"), _("时段内提出的申诉 ÷ 时段内账单数"), appeal_rate, of_now=True),
    Figure(
        "overturned_share",
        Unit.SHARE,
        _("申诉改判率"),
        _("时段内提出且已裁决的申诉中，支持车主的占比"),
        overturned_share,
        of_now=True,
    ),
    Figure(
        "devices_online",
        Unit.SHARE,
        _("设备在线率"),
        _("按各自上报节奏没有失联的设备 ÷ 在用设备"),
        devices_online,
        of_now=True,
    ),
)
BY_NAME = {figure.name: figure for figure in FIGURES}


def values(facts: Facts, *, of_now: bool = True) -> dict[str, float | int | None]:
    """Every figure of these facts, by name; those of the moment are left out on request. Rounded to four places."""
    told: dict[str, float | int | None] = {}
    for figure in FIGURES:
        if figure.of_now and not of_now:
            continue
        value = figure.compute(facts)
        told[figure.name] = round(value, 4) if isinstance(value, float) else value
    return told
