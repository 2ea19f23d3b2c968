"""Who saw what was masked: every unmasking leaves a row."""

from datetime import datetime

from parking.models import PlateTrace


def plates_seen(*, by: str, through: str, query: str, rows: int, now: datetime, reason: str = "") -> None:
    """Note that someone was shown whole plates: who, by which door, what was asked, how many rows."""
    PlateTrace.objects.create(by=by[:150], through=through, query=query[:500], rows=rows, reason=reason[:300], at=now)
