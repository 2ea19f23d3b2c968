"""The numbers that a city's exchange platform reports: departments, catalogues, applications, grants, calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum

from parking.exchange.catalogue import DATASETS, SHARED, Sharing
from parking.models import DataApplication, DataCall, DataGrant, DataSubscription, Department
from parking.orders import CITY_TIME


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: who or what, and its calls in the period."""

    code: str
    name: str
    name_en: str
    calls: int
    rows: int
    refused: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """The report. Applications are those made in [first, last]; grants and subscriptions those in force now."""

    departments: int
    departments_with_grant: int
    catalogues: Mapping[str, int]
    fields: int
    applications: Mapping[str, int]
    grants: int
    subscriptions: int
    calls: int
    rows: int
    refused: int
    by_department: Sequence[Line]
    by_dataset: Sequence[Line]
    by_day: Sequence[tuple[date, int]]


_Sums = dict[Any, tuple[Any, ...]]
_NOTHING = (0, 0, 0)


def read(*, first: date, last: date, now: datetime) -> Numbers:
    """The numbers of the days from `first` to `last`, both included; eight queries whatever there is."""
    in_force = DataGrant.objects.filter(revoked_at__isnull=True, from_at__lte=now, to_at__gt=now)
    begins = datetime(first.year, first.month, first.day, tzinfo=CITY_TIME)
    ends = datetime(last.year, last.month, last.day, tzinfo=CITY_TIME) + timedelta(days=1)
    statuses = dict(
        DataApplication.objects.filter(applied_at__gte=begins, applied_at__lt=ends)
        .order_by()
        .values_list("status")
        .annotate(Count("id"))
    )
    called = DataCall.objects.filter(day__gte=first, day__lte=last).order_by()
    sums = {"calls": Sum("calls"), "rows": Sum("rows"), "refused": Sum("refused")}
    by_department: _Sums = {row[0]: row[1:] for row in called.values_list("key__grant__department_id").annotate(**sums)}
    by_dataset: _Sums = {row[0]: row[1:] for row in called.values_list("dataset").annotate(**sums)}
    days: dict[date, int] = dict(called.values_list("day").annotate(Sum("calls")))
    known = Department.objects.aggregate(all=Count("id", filter=Q(active=True)))
    return Numbers(
        departments=known["all"],
        departments_with_grant=in_force.order_by().values("department_id").distinct().count(),
        catalogues={kind.value: sum(each.sharing is kind for each in DATASETS) for kind in Sharing},
        fields=sum(len(each.fields) for each in SHARED),
        applications={status: statuses.get(status, 0) for status in DataApplication.Status.values},
        grants=in_force.count(),
        subscriptions=DataSubscription.objects.filter(ended_at__isnull=True, grant__in=in_force).count(),
        calls=sum(row[0] for row in by_dataset.values()),
        rows=sum(row[1] for row in by_dataset.values()),
        refused=sum(row[2] for row in by_dataset.values()),
        by_department=[
            Line(each.code, each.name, each.name_en or each.name, *by_department.get(each.pk, _NOTHING))
            for each in Department.objects.order_by("code")
        ],
        by_dataset=[Line(each.code, each.name, each.name_en, *by_dataset.get(each.code, _NOTHING)) for each in SHARED],
        by_day=[(day, days.get(day, 0)) for day in _days(first, last)],
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=index) for index in range((last - first).days + 1)]
