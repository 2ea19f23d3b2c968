"""Months on a calendar: from the 31st to the last day of a shorter month."""

from calendar import monthrange
from datetime import datetime, tzinfo


def later(at: datetime, *, months: int, zone: tzinfo) -> datetime:
    """The same day and clock so many months later as the zone reads them; the month's last day where there is none."""
    local = at.astimezone(zone)
    index = local.year * 12 + local.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return local.replace(year=year, month=month, day=min(local.day, monthrange(year, month)[1]))
