"""How far back a tariff asks what the plate has done."""

from datetime import timedelta

from parking.domain.tariff.rules import Across, CapScope, FreeScope, Rules
from parking.domain.tariff.tariff import Tariff

_NONE = timedelta(0)
_TWO_DAYS = timedelta(days=2)


def reach(tariff: Tariff) -> timedelta:
    """Return how long before an arrival earlier stays of the plate can matter; nothing when no rule asks for them.

    Two days at least when one does: a natural day before midnight, and what the stays of that day went on with.
    """
    return max((_of(tariff.rules(name)) for name in tariff.classes), default=_NONE)


def _of(rules: Rules) -> timedelta:
    found = _NONE
    if rules.repeat is not None:
        found = max(_TWO_DAYS, timedelta(seconds=rules.repeat.within_s) + _TWO_DAYS)
    if rules.free is not None and rules.free.scope not in (FreeScope.STAY, FreeScope.WINDOW):
        found = max(found, _TWO_DAYS)
    if any(each.allowance is not None and each.allowance.per_day for each in rules.concessions):
        found = max(found, _TWO_DAYS)
    for cap in rules.caps:
        if cap.across is not Across.STAY:
            period = timedelta(seconds=cap.every_s) if cap.scope is CapScope.EVERY else _NONE
            found = max(found, period + _TWO_DAYS)
    return found
