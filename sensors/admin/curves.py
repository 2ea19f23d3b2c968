"""What a device's page shows of its health: figures as words, samples and events as curves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from sensors.admin import charts
from sensors.admin.charts import Curve
from sensors.models import Device, DeviceSample, DeviceState, WorkOrder

_HOURS = 48
_DAYS = 31
_EVENTS = """
SELECT date_trunc('hour', e.observed_at), count(*) FROM parking_eventrecord e
WHERE e.device = %s AND e.observed_at >= %s AND e.observed_at <= %s
    AND e.berth_id IN (SELECT berth_id FROM sensors_installation WHERE device_id = %s)
GROUP BY 1
"""


def fault_names(faults: Sequence[str]) -> str:
    """The faults in the reader's language."""
    names = dict(WorkOrder.Cause.choices)
    return "、".join(str(names.get(each, each)) for each in faults) or "—"


def figures(state: DeviceState) -> SafeString:
    """Every figure that the device has told, with its unit."""
    told = [
        (_("健康状态"), state.get_condition_display()),
        (_("异常项"), fault_names(state.faults)),
        (_("最近上报"), _moment(state.last_heard_at)),
        (_("上报周期"), "—" if state.rhythm_s is None else _("%d 分钟") % round(state.rhythm_s / 60)),
        (_("电池"), f"{_number(state.battery_v, 'V')} {_number(state.battery_pct, '%')}"),
        (_("信号"), _number(state.signal_dbm, "dBm")),
        (_("温度"), _number(state.temperature_c, "℃")),
        (_("时钟偏差"), _number(state.clock_offset_s, "s")),
        (_("近期丢包率"), "—" if state.loss is None else f"{state.loss:.0%}"),
        (_("序号缺口"), f"{state.sequence_gaps} / {state.sequence_gaps + state.sequence_heard}"),
    ]
    return format_html_join("", "<div>{}: {}</div>", told)


def of(device: Device, *, now: datetime) -> list[Curve]:
    """Events an hour over two days, then a curve for each kind of telemetry that was ever told. Two statements."""
    local = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    since = local - timedelta(hours=_HOURS - 1)
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [device.code, since, now, device.pk])
        counts = dict(cursor.fetchall())
    hours = [since + timedelta(hours=n) for n in range(_HOURS)]
    drawn = [charts.columns([(at, counts.get(at, 0)) for at in hours], title=_("每小时事件数"), unit=_("条"))]
    month = now - timedelta(days=_DAYS)
    samples = [
        (timezone.localtime(each.at), each)
        for each in DeviceSample.objects.filter(device=device, at__gte=month).order_by("at")
    ]
    for name, title, unit in (
        ("battery_v", _("电压"), "V"),
        ("battery_pct", _("电量"), "%"),
        ("signal_dbm", _("信号"), "dBm"),
        ("temperature_c", _("温度"), "℃"),
        ("clock_offset_s", _("时钟偏差"), "s"),
        ("loss", _("近期丢包率"), ""),
    ):
        values = [(at, getattr(each, name)) for at, each in samples if getattr(each, name) is not None]
        first = max(timezone.localtime(month), values[0][0] - timedelta(hours=1)) if values else month
        curve = charts.line(values, title=title, unit=unit, since=first, until=timezone.localtime(now))
        if curve is not None:
            drawn.append(curve)
    return drawn


def _moment(at: datetime | None) -> str:
    return "—" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"


def _number(value: float | None, unit: str) -> str:
    return "—" if value is None else f"{value:.4g} {unit}"
