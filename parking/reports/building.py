"""What a report says, read from the hourly sums, the sessions and the ledger. No plates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils.translation import gettext

from parking.figures import definitions, series, words
from parking.figures.definitions import FIGURES, Facts
from parking.models import Road
from parking.orders import CITY_TIME
from parking.wording import english, yuan
from payments import charges
from payments.tables import Table

_ROAD_FIGURES = (
    "arrivals", "turnover", "utilisation", "mean_stay_s", "receivable_fen", "received_fen", "collection_rate",
    "auto_order_rate", "contactless_share",
)  # fmt: skip
_BY_TARIFF = """
SELECT t.code, t.version, count(*), coalesce(sum(s.fee_fen), 0), count(*) FILTER (WHERE s.fee_fen = 0)
FROM parking_parkingsession s JOIN parking_tariffversion t ON t.id = s.tariff_id
WHERE s.billed_at >= %s AND s.billed_at < %s AND s.status = 'billed'
GROUP BY t.code, t.version ORDER BY t.code, t.version
"""
# A session's arrival is named `source/event_id`; no source's name holds a slash.
_BY_WITNESS = """
SELECT coalesce(e.witness, 'unknown'), count(*), count(*) FILTER (WHERE s.status = 'billed'),
    count(*) FILTER (WHERE s.status = 'held'), count(*) FILTER (WHERE s.status = 'billed' AND NOT s.touched)
FROM parking_parkingsession s
LEFT JOIN parking_eventkey k ON k.source = split_part(s.arrival_event, '/', 1)
    AND k.event_id = substr(s.arrival_event, strpos(s.arrival_event, '/') + 1)
LEFT JOIN parking_eventrecord e ON e.berth_id = k.berth_id AND e.observed_at = k.observed_at
    AND e.source = k.source AND e.event_id = k.event_id
WHERE s.left_at >= %s AND s.left_at < %s AND s.status <> 'void'
GROUP BY 1 ORDER BY 1
"""


class NoPeriod(ValueError):
    """Neither a day nor a month, or one that has not begun."""


@dataclass(frozen=True, slots=True)
class Period:
    """A day (`2026-11-22`) or a month (`2026-11`) of the city, half open."""

    name: str
    from_at: datetime
    to_at: datetime

    @property
    def monthly(self) -> bool:
        """Whether it is a month."""
        return len(self.name) == 7


def period(name: str, *, now: datetime) -> Period:
    """The period of that name. Raises NoPeriod."""
    try:
        first = date.fromisoformat(name if len(name) == 10 else f"{name}-01")
    except ValueError as error:
        raise NoPeriod(name) from error
    if len(name) not in (7, 10) or not 2000 < first.year < 3000:
        raise NoPeriod(name)
    after = first + timedelta(days=1) if len(name) == 10 else (first + timedelta(days=31)).replace(day=1)
    begin = datetime(first.year, first.month, first.day, tzinfo=CITY_TIME)
    if begin > now:
        raise NoPeriod(name)
    return Period(name, begin, datetime(after.year, after.month, after.day, tzinfo=CITY_TIME))


@dataclass(frozen=True, slots=True)
class Report:
    """Headline figures and four tables, in the reader's language."""

    period: Period
    made_at: datetime
    headline: Sequence[tuple[str, str]]
    tables: Sequence[Table]


def build(chosen: Period, *, now: datetime) -> Report:
    """The report of a period, in a constant number of queries."""
    found = series.read(from_at=chosen.from_at, to_at=chosen.to_at, now=now)
    whole = definitions.values(series.whole(found))
    return Report(
        period=chosen,
        made_at=now,
        headline=[
            (str(figure.label), words.say(figure.name, whole[figure.name])) for figure in FIGURES if not figure.of_now
        ],
        tables=[_roads(found), _tariffs(chosen), _channels(chosen), _witnesses(chosen)],
    )


def _roads(found: series.Read) -> Table:
    rows = []
    for road in found.roads:
        counts = found.facts(found.from_at, found.to_at, road_id=road.pk)
        values = definitions.values(Facts(counts.counts, counts.ground), of_now=False)
        rows.append([road.code, _name(road), *(words.say(name, values[name]) for name in _ROAD_FIGURES)])
    labels = [str(definitions.BY_NAME[name].label) for name in _ROAD_FIGURES]
    return Table(gettext("按路段"), [gettext("代码"), gettext("路段"), *labels], rows)


def _name(road: Road) -> str:
    return road.name_en if english() and road.name_en else road.name


def _rows(statement: str, chosen: Period) -> list[tuple[str | int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [chosen.from_at, chosen.to_at])
        return [tuple(row) for row in cursor.fetchall()]


def _tariffs(chosen: Period) -> Table:
    heads = [gettext("计费规则"), gettext("版本"), gettext("订单数"), gettext("金额"), gettext("其中免费")]
    return Table(
        gettext("按计费规则"),
        heads,
        [[code, version, count, yuan(int(fen)), free] for code, version, count, fen, free in _rows(_BY_TARIFF, chosen)],
    )


def _channels(chosen: Period) -> Table:
    sums: dict[str, list[int]] = {}
    for row in charges.income(from_at=chosen.from_at, to_at=chosen.to_at):
        total = sums.setdefault(row.channel, [0, 0, 0])
        total[0] += row.payments
        total[1] += row.paid_fen
        total[2] += row.refunded_fen
    names = {"wechat": gettext("微信支付"), "alipay": gettext("支付宝"), "cash": gettext("现金")}
    heads = [gettext("支付渠道"), gettext("笔数"), gettext("收款"), gettext("退款"), gettext("净收")]
    return Table(
        gettext("按支付渠道"),
        heads,
        [
            [names.get(channel, channel), count, yuan(paid), yuan(back), yuan(paid - back)]
            for channel, (count, paid, back) in sorted(sums.items())
        ],
    )


def _witnesses(chosen: Period) -> Table:
    names: Mapping[str, str] = {
        "geomagnetic": gettext("地磁"),
        "high_camera": gettext("高位视频"),
        "low_camera": gettext("低位视频"),
        "patrol": gettext("巡检车"),
        "inspector": gettext("巡检员"),
        "unknown": gettext("未注明"),
    }
    heads = [gettext("设备类型"), gettext("停车次数"), gettext("已出账"), gettext("待核实"), gettext("免人工订单")]
    return Table(
        gettext("按设备类型"),
        heads,
        [[names.get(str(kind), str(kind)), *numbers] for kind, *numbers in _rows(_BY_WITNESS, chosen)],
    )
