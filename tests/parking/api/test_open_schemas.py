"""Our open documents against the published models: required attributes, types and enumerations, offline."""

import json
import uuid
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from django.core.cache import cache
from django.utils import timezone

from parking import curb_events
from parking.figures import history
from parking.models import Berth, ParkingSession, Road, RoadNotice, User
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db
SCHEMAS = json.loads((Path(__file__).parents[2] / "data/standards/schemas.json").read_text())
LINE = {"type": "LineString", "coordinates": [[114.31, 29.86], [114.32, 29.861], [114.33, 29.86]]}
EVENTS = "/api/v1/public/cds/events/event/"
EIGHT = {"from": "2026-11-20T08:00:00+08:00", "to": "2026-11-20T09:00:00+08:00"}


@pytest.fixture
def road():
    made = street.build()
    Road.objects.update(geometry=LINE)
    Berth.objects.bulk_create([Berth(road=made, code=f"A{number:02}") for number in range(5, 9)])
    Berth.objects.update(longitude=114.31, latitude=29.86)
    cache.clear()
    return made


def valid(document, name):
    jsonschema.validate(
        document, SCHEMAS[name]["schema"], format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def key_values(entity):
    """The normalized entity in the model's plain form, to which its schema applies."""
    names = {"Property": "value", "GeoProperty": "value", "Relationship": "object"}
    return {name: value[names[value["type"]]] if isinstance(value, dict) else value for name, value in entity.items()}


def close(kind):
    user, _made = User.objects.get_or_create(username="duty")
    RoadNotice.objects.create(
        kind=kind, everywhere=True, from_at=timezone.now(), reason="防汛", made_by=user, made_at=timezone.now()
    )
    cache.clear()


def park(berths, *, arrived="08:10", left="08:50"):
    for number in berths:
        code = f"A{number:02}"
        say(event(arrived, "arrival", berth=code, plate=PLATE), event(left, "departure", berth=code, plate=PLATE))
    fold(now=at("12:00"), later=600)


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_each_schema_refuses_what_lacks_a_required_attribute(name):
    with pytest.raises(jsonschema.ValidationError):
        valid({}, name)


@pytest.mark.parametrize("kind", ["", "closed", "free"])
def test_roads_are_valid_entities_whatever_holds_there(client, road, kind):
    if kind:
        close(kind)
    (entity,) = client.get("/api/v1/public/ngsi/on-street-parking/").json()
    plain = key_values(entity)
    valid(plain, "OnStreetParking")
    assert plain["chargeType"] == (["free"] if kind == "free" else ["temporaryFee"])
    assert plain["availableSpotNumber"] == (0 if kind == "closed" else 8)
    assert ("description" in plain) == bool(kind)


def test_a_road_without_a_place_is_no_entity(client, road):
    Road.objects.update(geometry={})
    cache.clear()
    assert client.get("/api/v1/public/ngsi/on-street-parking/").json() == []


def test_berths_are_valid_entities(client, road):
    park([1])
    spots = client.get("/api/v1/public/ngsi/parking-spots/?road=A").json()
    assert len(spots) == 8
    for spot in spots:
        valid(key_values(spot), "ParkingSpot")


def test_zones_and_the_policies_they_name_are_valid(client, road):
    zones = client.get("/api/v1/public/cds/curbs/zones/").json()
    policies = client.get("/api/v1/public/cds/curbs/policies/").json()
    for document in (zones, policies):
        valid(document, "CurbDocument")
    for zone in zones["data"]["zones"]:
        valid(zone, "CurbZone")
    for policy in policies["data"]["policies"]:
        valid(policy, "CurbPolicy")
    named = {id_ for zone in zones["data"]["zones"] for id_ in zone["curb_policy_ids"]}
    assert named == {policy["curb_policy_id"] for policy in policies["data"]["policies"]}


def test_events_are_valid_and_tell_neither_plate_nor_berth(client, road):
    park(range(1, 6))
    answer = client.get(EVENTS, EIGHT)
    assert answer.headers["Content-Type"] == "application/vnd.cds+json;version=1.0"
    document = answer.json()
    valid(document, "CurbDocument")
    events = document["data"]["events"]
    assert sorted(each["event_type"] for each in events) == ["park_end"] * 5 + ["park_start"] * 5
    for each in events:
        valid(each, "CurbEvent")
        assert each["event_time"] % (15 * 60 * 1000) == 0
    assert len({each["event_id"] for each in events}) == 10
    assert len({str(each["event_location"]["geometry"]) for each in events}) == 1
    told = answer.content.decode()
    assert "12345" not in told
    assert not any(str(number) in told for number in ParkingSession.objects.values_list("number", flat=True))


def test_few_events_of_a_kind_are_none(client, road):
    park(range(1, 5))
    assert client.get(EVENTS, EIGHT).json()["data"]["events"] == []
    assert curb_events.K == history.K


def test_asking_for_minutes_tells_no_more_than_the_hour(client, road):
    park(range(1, 6))
    whole = client.get(EVENTS, EIGHT).json()["data"]
    piece = {"from": "2026-11-20T08:09:00+08:00", "to": "2026-11-20T08:11:00+08:00"}
    assert client.get(EVENTS, piece).json()["data"] == whole


def test_the_hour_that_is_not_over_tells_nothing(client, road):
    now = timezone.now()
    for number in range(1, 7):
        code = f"A{number:02}"
        say(event(now - timedelta(seconds=1), "arrival", berth=code, plate=PLATE), now=now)
    fold()
    hour = now.replace(minute=0, second=0, microsecond=0)
    asked = {"from": hour.isoformat(), "to": (hour + timedelta(hours=1)).isoformat()}
    found = curb_events.document(from_at=hour, to_at=hour + timedelta(hours=1), now=now)
    assert found["data"]["events"] == []
    assert client.get(EVENTS, asked).status_code == 200


def test_an_events_id_stays_the_same(client, road):
    park(range(1, 6))
    first, again = (client.get(EVENTS, EIGHT).json()["data"]["events"] for _ in range(2))
    assert first == again
    assert all(uuid.UUID(each["event_id"]) for each in first)


@pytest.mark.parametrize(
    "query",
    [EIGHT | {"to": "2026-11-22T00:00:00+08:00"}, EIGHT | {"to": "2026-11-20T07:00:00+08:00"}, {"to": "x"}],
    ids=["days", "backwards", "no-time"],
)
def test_a_wrong_question_about_events_names_its_field(client, road, query):
    answer = client.get(EVENTS, query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["to"])
