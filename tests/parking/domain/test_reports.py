from datetime import timedelta

import pytest

from parking.domain import reports
from parking.domain.events import INFERRED, STATE_REPORT, Kind
from tests.street import at, event


def kinds(events):
    return [each.kind for each in sorted(reports.as_changes(events), key=lambda each: each.observed_at)]


def report(clock, kind, **more):
    return event(clock, kind, detail=STATE_REPORT, device="d", **more)


def test_events_that_are_no_reports_pass_untouched():
    told = [event("08:00", "arrival"), event("09:00", "vacant")]
    assert reports.as_changes(told) == told


@pytest.mark.parametrize("order", [1, -1])
def test_a_report_that_differs_from_the_last_is_a_change_in_whatever_order_they_come(order):
    told = [
        report("08:00", "vacant"),
        report("08:10", "occupied"),
        report("08:20", "occupied"),
        report("09:00", "vacant"),
        report("09:10", "vacant"),
    ]
    assert kinds(told[::order]) == [Kind.VACANT, Kind.ARRIVAL, Kind.OCCUPIED, Kind.DEPARTURE, Kind.VACANT]


def test_two_devices_are_told_apart():
    told = [report("08:10", "occupied"), event("08:20", "vacant", detail=STATE_REPORT, device="other")]
    assert kinds(told) == [Kind.ARRIVAL, Kind.VACANT]


def inferred(clock, kind):
    return event(clock, kind, detail=f"{INFERRED}120", device="d")


def test_an_inferred_change_that_the_device_reported_is_dropped():
    told = [event("08:00", "departure", device="d"), inferred("08:01:30", "departure")]
    assert kinds(told) == [Kind.DEPARTURE]


def test_an_inferred_change_that_was_lost_stands():
    told = [event(at("08:00") - timedelta(minutes=30), "departure", device="d"), inferred("08:00", "departure")]
    assert kinds(told) == [Kind.DEPARTURE, Kind.DEPARTURE]
