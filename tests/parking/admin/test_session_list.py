"""The list of orders: constant queries, no count of the whole table, along an index."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking.models import Berth, ParkingSession, User
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db

LIST = "/admin/parking/parkingsession/"


@pytest.fixture
def boss(client):
    user = User.objects.create_superuser("boss", password=None)
    client.force_login(user)
    return user


def fill(first, last):
    berth = Berth.objects.select_related("road").get(code="A01")
    ParkingSession.objects.bulk_create(
        ParkingSession(
            number=f"P{n:08}", berth=berth, road=berth.road, plate=f"鄂L{n:05}", status="held", contested=True,
            arrived_at=at("00:00") + timedelta(minutes=n), left_at=at("00:30") + timedelta(minutes=n),
            created_at=at("12:00"), updated_at=at("12:00"),
        )
        for n in range(first, last)
    )  # fmt: skip


def asked(client, query=""):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(LIST + query).status_code == 200
    return [each["sql"] for each in queries.captured_queries]


@pytest.mark.parametrize("query", ["", "?status__exact=held", "?q=P00000007", "?q=A01", "?p=2"])
def test_ten_times_as_many_orders_ask_no_more_statements(client, boss, query):
    street.build()
    fill(0, 150)
    asked(client, query)
    few = len(asked(client, query))
    fill(150, 1_500)
    assert len(asked(client, query)) == few


@pytest.mark.parametrize(("query", "index"), [("", "session_time"), ("?q=鄂L00007", "session_plate_time")])
def test_orders_are_listed_and_found_along_an_index(client, boss, query, index):
    street.build()
    fill(0, 3_000)
    (page,) = [sql for sql in asked(client, query) if "parking_parkingsession" in sql and "ORDER BY" in sql]
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE parking_parkingsession")
        cursor.execute("EXPLAIN " + page)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert index in plan
    assert "Seq Scan on parking_parkingsession" not in plan


def test_an_order_is_found_by_its_number_its_plate_and_its_berth(client, boss):
    street.build()
    fill(0, 3)
    for term, count in (("P00000001", 1), ("p00000001", 1), ("鄂l·00002", 1), ("A01", 3), ("A02", 0)):
        assert client.get(LIST, {"q": term}).context["cl"].result_count == count
