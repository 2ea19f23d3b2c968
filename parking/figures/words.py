"""Figures as people read them."""

from django.utils.translation import gettext

from parking.figures.definitions import BY_NAME, Unit
from parking.wording import yuan


def say(name: str, value: float | int | None) -> str:
    """A figure's value with its unit, in the reader's language; a dash where it isn't known."""
    if value is None:
        return "—"
    unit = BY_NAME[name].unit
    if unit is Unit.FEN:
        return yuan(int(value))
    if unit is Unit.SHARE:
        return f"{value * 100:.1f}%"
    if unit is Unit.TURNS:
        return f"{value:.2f}"
    if unit is Unit.SECONDS:
        return gettext("%(n)d 分钟") % {"n": round(value / 60)}
    return f"{value:,}"
