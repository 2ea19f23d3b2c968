"""Appeals as the figures need them. The one place that knows where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from parking.models import Appeal

_FOR_THE_DRIVER = (Appeal.Status.UPHELD, Appeal.Status.PARTLY)


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals made in a period: how many, how many of them are decided, how many of those for the driver.

    One decided partly for the driver counts as for the driver; one withdrawn counts as made, not as decided.
    """

    made: int
    decided: int
    overturned: int


def count(road_ids: Sequence[int], *, from_at: datetime, to_at: datetime) -> Appeals:
    """The appeals about stays on these roads made in the half-open period; one query."""
    told = Appeal.objects.filter(session__road_id__in=road_ids, opened_at__gte=from_at, opened_at__lt=to_at).aggregate(
        made=Count("pk"),
        decided=Count("pk", filter=Q(status__in=(*_FOR_THE_DRIVER, Appeal.Status.REFUSED))),
        overturned=Count("pk", filter=Q(status__in=_FOR_THE_DRIVER)),
    )
    return Appeals(**told)
