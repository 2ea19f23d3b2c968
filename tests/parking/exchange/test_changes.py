"""What changed comes at least once, in an order that misses nothing, and tells no plate."""

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from parking.exchange import changes, rows
from parking.exchange.catalogue import BY_CODE, SHARED
from parking.figures import rolling
from parking.models import (
    Berth,
    BerthState,
    DataMark,
    DeviceCount,
    ParkingSession,
    Road,
    RoadNotice,
    TariffVersion,
    User,
)
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

NOW = at("23:00")


def told(dataset, position=0, limit=1_000):
    changes.number(now=NOW)
    return changes.page(dataset=dataset, position=position, limit=limit)


def ids(page):
    return [(each["id"], each["deleted"]) for each in page.results]


def park(arrived, left=None, *, berth="A01", plate=PLATE):
    said = [event(arrived, "arrival", berth=berth, plate=plate)]
    if left:
        said.append(event(left, "departure", berth=berth, plate=plate))
    say(*said, now=NOW)
    fold(now=NOW, later=600)


@pytest.mark.django_db
def test_a_position_never_given_is_unknown(road):
    with pytest.raises(changes.Unknown):
        changes.page(dataset="road", position=changes.newest() + 1, limit=1)


@pytest.mark.django_db
def test_the_first_page_is_all_there_is_and_the_next_is_empty(road):
    first = told("berth")
    assert [each["row"]["code"] for each in first.results] == ["A01", "A02", "A03", "A04"]
    again = told("berth", first.position)
    assert (again.results, again.position, again.more) == ([], first.position, False)


@pytest.mark.django_db
def test_pages_of_any_size_tell_the_same(road):
    whole = told("berth")
    found, position, more = [], 0, True
    while more:
        page = told("berth", position, limit=1)
        found, position, more = found + list(page.results), page.position, page.more
    assert found == whole.results


@pytest.mark.django_db
def test_every_field_of_the_catalogue_is_told_in_its_type(road):
    user = User.objects.create(username="duty")
    notice = RoadNotice.objects.create(kind="closed", from_at=NOW, reason="防汛", made_by=user, made_at=NOW)
    notice.roads.add(road)
    DeviceCount.objects.create(road=road, kind="camera", devices=3, online=2, at=NOW)
    park("08:10", "09:40")
    rolling.sweep(now=timezone.now())
    kinds = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "datetime": str,
        "object": dict,
        "array": list,
    }
    for dataset in SHARED:
        page = told(dataset.code)
        assert page.results, dataset.code
        for each in page.results:
            assert list(each["row"]) == [field.key for field in dataset.fields], dataset.code
            for field in dataset.fields:
                value = each["row"][field.key]
                assert field.nullable if value is None else isinstance(value, kinds[field.type]), field


@pytest.mark.django_db
def test_a_stay_tells_no_plate_and_only_minutes(road):
    Berth.objects.create(road=road, code="A05")
    park("08:10:47", "09:40:31")
    (stay,) = told("stay").results
    assert stay["row"] == {
        "road": "A",
        "berth": "A01",
        "arrived_at": "2026-11-20T08:10:00+08:00",
        "left_at": "2026-11-20T09:40:00+08:00",
    }
    assert "12345" not in str(stay)


@pytest.mark.django_db
def test_on_a_road_of_few_berths_a_stay_tells_no_berth(road):
    park("08:10", "09:40")
    (stay,) = told("stay").results
    assert (stay["row"]["road"], stay["row"]["berth"]) == ("A", None)


@pytest.mark.django_db
def test_few_stays_are_no_number(road):
    park("08:10", "09:40")
    rolling.sweep(now=NOW)
    for hour in told("road-hour").results:
        values = {name: value for name, value in hour["row"].items() if name not in ("road", "hour")}
        assert set(values.values()) == {None}


@pytest.mark.django_db
def test_a_correction_comes_again_and_a_void_one_as_gone(road):
    park("08:10")
    first = told("stay")
    (before,) = ids(first)
    say(event("09:30", "departure", plate=PLATE), now=NOW)
    fold(now=NOW, later=600)
    second = told("stay", first.position)
    assert second.results[0]["row"]["left_at"].startswith("2026-11-20T09:30")
    ParkingSession.objects.update(status="void")
    third = told("stay", second.position)
    assert ids(third) == [(before[0], True)]
    assert third.results[0]["row"] is None


@pytest.mark.django_db
def test_what_is_not_told_is_no_change(road):
    park("08:10", "09:40")
    position = told("stay").position
    ParkingSession.objects.update(plate=OTHER_PLATE, confidence=0.5, touched=True)
    BerthState.objects.update(last_event_at=timezone.now(), failures=3)
    assert told("stay", position).results == []
    assert DataMark.objects.count() == 0


@pytest.mark.django_db
def test_a_row_that_changed_often_comes_once(road):
    position = told("road").position
    for name in ("一路", "二路", "三路"):
        Road.objects.update(name=name)
    assert [each["row"]["name"] for each in told("road", position).results] == ["三路"]


@pytest.mark.django_db
def test_a_new_berth_changes_its_road_too(road):
    position = told("road").position
    Berth.objects.create(road=road, code="A05")
    assert [each["row"]["berths"] for each in told("road", position).results] == [5]


@pytest.mark.django_db
def test_drafts_of_tariffs_are_nobodys_business(road):
    position = told("tariff").position
    TariffVersion.objects.create(code="new", version=1, status="draft", in_force_from=NOW, document=street.FLAT)
    assert told("tariff", position).results == []
    TariffVersion.objects.filter(code="new").update(status="approved")
    assert [each["row"]["code"] for each in told("tariff", position).results] == ["new"]


@pytest.mark.django_db
def test_a_page_costs_three_questions_however_long(road, django_assert_num_queries):
    Berth.objects.bulk_create([Berth(road=road, code=f"B{number:03}") for number in range(300)])
    changes.number(now=NOW)
    for limit in (1, 300):
        with django_assert_num_queries(3):
            changes.page(dataset="berth", position=0, limit=limit)


@pytest.mark.django_db
def test_an_empty_list_of_keys_asks_nothing(road, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert rows.read(BY_CODE["road"].code, []) == {}


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_missed_by_who_has_read_on():
    """A change begun before another and committed after it: by ids or clocks the reader would be past it."""
    road = street.build()
    position = told("road").position
    begun, go_on = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                Road.objects.filter(pk=road.pk).update(name="慢路")
                begun.set()
                go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(30)
    other = Road.objects.create(code="B", name="快路", zone=road.zone)
    quick = told("road", position)
    assert ids(quick) == [(str(other.pk), False)]
    go_on.set()
    thread.join(30)
    late = told("road", quick.position)
    assert [each["row"]["name"] for each in late.results] == ["慢路"]


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_number_each_change_once():
    street.build()
    DataMark.objects.bulk_create([DataMark(dataset="road", key=str(number)) for number in range(500)])

    def read():
        try:
            changes.number(now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    changes.number(now=NOW)
    assert DataMark.objects.count() == 0
    found = changes.page(dataset="road", position=0, limit=1_000)
    assert len({each["id"] for each in found.results}) == len(found.results) >= 500
