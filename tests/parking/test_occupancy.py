import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking.models import EventRecord, StaleBerth
from parking.occupancy import Verdict
from tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _street():
    street.build()


def test_an_event_at_an_unknown_berth_is_told_apart_and_stops_nobody_else():
    observed = street.say(street.event("08:00", "arrival", berth="Z99"), street.event("08:00", "arrival"))
    assert observed.verdicts == (Verdict.UNKNOWN_BERTH, Verdict.ACCEPTED)
    assert EventRecord.objects.count() == 1


def test_the_same_event_again_is_a_duplicate_and_wakes_nobody():
    event = street.event("08:00", "arrival", event_id="one")
    street.say(event)
    StaleBerth.objects.all().delete()
    assert street.say(event).verdicts == (Verdict.DUPLICATE,)
    assert EventRecord.objects.count() == 1
    assert not StaleBerth.objects.exists()


def test_the_same_id_with_other_content_is_a_conflict_and_the_first_one_stands():
    street.say(street.event("08:00", "arrival", event_id="one", plate=street.PLATE))
    observed = street.say(street.event("08:00", "arrival", event_id="one", plate=street.OTHER_PLATE))
    assert observed.verdicts == (Verdict.CONFLICT,)
    assert EventRecord.objects.get().plate == street.PLATE


def test_repeats_and_conflicts_inside_one_batch_are_found_too():
    one = street.event("08:00", "arrival", event_id="one")
    other = street.event("08:01", "arrival", event_id="one")
    assert street.say(one, one, other).verdicts == (Verdict.ACCEPTED, Verdict.DUPLICATE, Verdict.CONFLICT)


def test_two_sources_may_use_the_same_id():
    observed = street.say(
        street.event("08:00", "arrival", event_id="one", source="a"),
        street.event("08:00", "arrival", event_id="one", source="b"),
    )
    assert observed.count(Verdict.ACCEPTED) == 2


def test_a_batch_marks_each_berth_stale_once_from_its_earliest_event():
    street.say(
        street.event("09:00", "departure"),
        street.event("08:00", "arrival"),
        street.event("08:30", "arrival", berth="A02"),
    )
    rows = StaleBerth.objects.order_by("berth__code").values_list("berth__code", "since_at")
    assert list(rows) == [("A01", street.at("08:00")), ("A02", street.at("08:30"))]


def test_the_number_of_statements_does_not_grow_with_the_batch():
    counts = []
    for size in (1, 400):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            street.say(*[street.event("08:00", "arrival", berth=f"A0{i % 4 + 1}") for i in range(size)])
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 5
