"""What the tariff tests share: a small tariff, and a stay written as two clock times."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from parking.domain import calendar, tariff
from parking.domain.tariff import Fee, Tariff, Vehicle

CHINA = ZoneInfo("Asia/Shanghai")
CALENDAR = calendar.seeded()
PLATE = "鄂L12345"


def at(text: str, *, zone: ZoneInfo = CHINA) -> datetime:
    """ "09:30" on Monday 23 November 2026; "24 09:30" on another day of that month; or a whole local time."""
    if "T" not in text:
        day, _, clock = text.rpartition(" ")
        text = f"2026-11-{day.zfill(2) if day else '23'}T{clock}"
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def document(**changes: Any) -> dict[str, Any]:
    """Day 08:00-20:00, first hour 3, then 1.5 a half-hour; `None` takes a field away."""
    found: dict[str, Any] = {
        "code": "street",
        "currency": "CNY",
        "outside_bands": "free",
        "bands": [
            {
                "id": "day",
                "name": {"zh": "白天", "en": "day"},
                "from": "08:00",
                "to": "20:00",
                "steps": [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 30, "price": 1.5}],
                "clause": "第二条",
            }
        ],
    }
    found |= changes
    return {key: value for key, value in found.items() if value is not None}


def hourly(price: float = 2, **changes: Any) -> dict[str, Any]:
    """One price an hour, day and night."""
    band = {"id": "all", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 60, "price": price}]}
    return {"code": "hourly", "currency": "CNY", "bands": [band]} | changes


def fee(
    rules: dict[str, Any] | Tariff,
    arrived: str,
    left: str,
    *,
    history: tariff.History = tariff.NO_HISTORY,
    zone: ZoneInfo = CHINA,
    **vehicle: Any,
) -> Fee:
    """Price the stay of 鄂L12345."""
    parsed = rules if isinstance(rules, Tariff) else tariff.parse(rules)
    return tariff.price(
        arrived_at=at(arrived, zone=zone),
        left_at=at(left, zone=zone),
        tariff=parsed,
        calendar=CALENDAR,
        vehicle=Vehicle(plate=PLATE, **vehicle),
        history=history,
    )


def amount(*args: Any, **kwargs: Any) -> int:
    """The fee in fen."""
    return fee(*args, **kwargs).amount_fen


def table(found: Fee) -> list[tuple[str, str, str, int]]:
    """The lines as from, to, kind, amount."""
    return [
        (f"{line.from_at:%d %H:%M}", f"{line.to_at:%d %H:%M}", line.kind.value, line.amount_fen) for line in found.lines
    ]
