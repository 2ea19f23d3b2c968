import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking import tokens
from parking.models import Berth
from sensors import rounds
from sensors.models import Device, DeviceState, Installation, WorkOrder
from tests import street

pytestmark = pytest.mark.django_db

LIST = "/api/v1/city/devices/"
HEALTH = "/api/v1/city/devices/health/"


@pytest.fixture(autouse=True)
def _street():
    street.build()
    for number in (1, 2, 3):
        made = Device.objects.create(code=f"S{number}", kind="geomagnetic")
        DeviceState.objects.create(
            device=made, last_heard_at=timezone.now(), battery_v=2.5 if number == 2 else 3.6, sequence_gaps=number
        )
        berth = Berth.objects.get(code=f"A0{number}")
        Installation.objects.create(device=made, berth=berth, installed_at=street.at("00:00", day="2026-01-01"))
    Device.objects.create(code="CAR", kind="patrol")
    Device.objects.create(code="OLD", kind="geomagnetic", active=False)
    rounds.examine(now=timezone.now())


@pytest.fixture
def ask(client):
    token = tokens.create_token(username="city", role="city", now=timezone.now())
    return lambda url, **query: client.get(url, query, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("url", [LIST, HEALTH])
@pytest.mark.parametrize(("role", "status"), [(None, 401), ("driver", 403), ("inspector", 403)])
def test_only_those_who_may_see_sessions_see_devices(client, url, role, status):
    token = tokens.create_token(username="x", role=role, now=timezone.now()) if role else "nobody's"
    assert client.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == status


@pytest.mark.parametrize("query", [{"condition": "dead"}, {"fault": "rust"}, {"road": "x" * 40}])
def test_a_filter_that_makes_no_sense_is_named(ask, query):
    answer = ask(LIST, **query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(query)


def test_the_list_tells_each_device_with_its_health(ask):
    body = ask(LIST).json()
    assert [each["device"] for each in body["results"]] == ["CAR", "S1", "S2", "S3"]
    assert body["next"] is None
    sick = body["results"][2]
    assert (sick["condition"], sick["faults"], sick["roads"], sick["berths"], sick["sequence_gaps"]) == (
        "failing",
        ["battery"],
        ["A"],
        ["A02"],
        2,
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"condition": "unknown"}, ["CAR"]),
        ({"fault": "battery"}, ["S2"]),
        ({"road": "A"}, ["S1", "S2", "S3"]),
        ({"cursor": "S1"}, ["S2", "S3"]),
    ],
)
def test_the_list_can_be_narrowed(ask, query, expected):
    assert [each["device"] for each in ask(LIST, **query).json()["results"]] == expected


def test_the_counts_are_by_state_road_and_cause(ask):
    assert ask(HEALTH).json() == {
        "devices": 4,
        "conditions": {"unknown": 1, "ok": 2, "late": 0, "silent": 0, "failing": 1},
        "orders": {"battery": 1},
        "roads": [
            {"road": "A", "devices": 3, "unknown": 0, "ok": 2, "late": 0, "silent": 0, "failing": 1},
            {"road": "", "devices": 1, "unknown": 1, "ok": 0, "late": 0, "silent": 0, "failing": 0},
        ],
    }
    narrow = ask(HEALTH, road="A").json()
    assert (narrow["devices"], len(narrow["roads"]), narrow["orders"]) == (3, 1, {"battery": 1})


def test_the_list_takes_the_same_statements_for_one_device_and_for_many(ask):
    with CaptureQueriesContext(connection) as few:
        ask(LIST, fault="battery")
    with CaptureQueriesContext(connection) as many:
        ask(LIST)
    assert len(few) == len(many)
    assert WorkOrder.objects.count() == 1
