"""Open data: cached and tagged, in the shapes that others publish, and nobody to be found in it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.utils import timezone

from parking import kerbside
from parking.figures import rolling
from parking.models import Berth, BerthState, Road, RoadNotice, User
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db
PUBLISHED = json.loads((Path(__file__).parents[2] / "data/standards/published.json").read_text())
ROADS = "/api/v1/public/roads/"
LINE = {"type": "LineString", "coordinates": [[114.31, 29.86], [114.32, 29.861], [114.33, 29.86]]}


def published(name):
    return next(each["json"] for each in PUBLISHED if name in (each.get("model"), each.get("title")))


@pytest.fixture
def road():
    made = street.build()
    Road.objects.update(geometry=LINE)
    Berth.objects.update(longitude=114.31, latitude=29.86)
    return made


def occupy_quietly(berth="A01"):
    BerthState.objects.update_or_create(
        berth=Berth.objects.get(code=berth), defaults={"occupied": True, "last_event_at": at("08:00")}
    )


def occupy(berth="A01"):
    occupy_quietly(berth)
    cache.clear()


def test_the_same_answer_is_not_sent_twice(client, road):
    first = client.get(ROADS)
    assert first.headers["Cache-Control"] == "public, max-age=2"
    cache.clear()
    again = client.get(ROADS, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])


def test_a_car_that_comes_changes_the_tag(client, road):
    first = client.get(ROADS)
    occupy()
    again = client.get(ROADS, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.json()["features"][0]["properties"]["free"] == 3


def test_a_closed_road_has_nothing_free_and_says_why(client, road):
    user = User.objects.create(username="duty")
    RoadNotice.objects.create(
        kind="closed", everywhere=True, from_at=timezone.now(), reason="防汛", made_by=user, made_at=timezone.now()
    )
    told = client.get(ROADS).json()["features"][0]["properties"]
    assert (told["free"], told["notice"]["kind"], told["notice"]["reason"]) == (0, "closed", "防汛")


def test_one_reading_serves_everybody_for_two_seconds(client, road, django_assert_num_queries):
    client.get(ROADS)
    with django_assert_num_queries(0):
        client.get(ROADS)


def kind(value):
    if isinstance(value, list):
        return ["list", kind(value[0])] if value else ["list"]
    return "number" if isinstance(value, int | float) else type(value).__name__


def like(ours, theirs, path=""):
    """Where our document has what the published example has, it has it in the same form."""
    for name in ours.keys() & theirs.keys():
        one, other, where = ours[name], theirs[name], f"{path}.{name}"
        if name == "coordinates":
            assert isinstance(one, list), where
        elif name == "value" and path.endswith(".location"):
            assert set(one) == {"type", "coordinates"}, where
        elif isinstance(one, dict) and isinstance(other, dict):
            like(one, other, where)
        elif isinstance(one, list) and isinstance(other, list) and one and isinstance(one[0], dict):
            like(one[0], other[0], where)
        else:
            assert kind(one) == kind(other), where
    return ours.keys() & theirs.keys()


# Attributes of the model that the published example happens to leave out.
_ALSO = {"OnStreetParking": {"name"}, "ParkingSpot": set()}


@pytest.mark.parametrize(
    ("address", "model"),
    [("on-street-parking/", "OnStreetParking"), ("parking-spots/?road=A", "ParkingSpot")],
    ids=["roads", "berths"],
)
def test_entities_have_the_form_of_the_published_example(client, road, address, model):
    occupy()
    theirs = published(model)
    entities = client.get(f"/api/v1/public/ngsi/{address}").json()
    for entity in entities:
        shared = like(entity, theirs)
        assert {"id", "type", "@context", "location"} <= shared
        assert entity.keys() - theirs.keys() - {"chargeType"} <= _ALSO[model]
        assert entity["type"] == theirs["type"] == model
        assert entity["id"].startswith(f"urn:ngsi-ld:{model}:")
    statuses = {entity["status"]["value"] for entity in entities if "status" in entity}
    assert statuses <= {"free", "occupied", "closed", "unknown"}


def test_zones_have_the_form_of_the_published_example(client, road):
    theirs = published("Curb Zones Minimum")
    ours = client.get("/api/v1/public/cds/curbs/zones/").json()
    assert theirs.keys() <= ours.keys()
    (zone,) = ours["data"]["zones"]
    assert theirs["data"]["zones"][0].keys() <= zone.keys()
    like(ours, theirs)
    ring = zone["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 7
    assert zone["available_spaces"] == 4


def test_an_unknown_road_has_no_spots(client, road):
    answer = client.get("/api/v1/public/ngsi/parking-spots/?road=nowhere")
    assert (answer.status_code, list(answer.json()["fields"])) == (404, ["road"])


HISTORY = {"from": "2026-11-20T08:00:00+08:00", "to": "2026-11-20T10:00:00+08:00"}


@pytest.mark.parametrize(
    ("query", "field"),
    [({}, "from"), (HISTORY | {"to": ""}, "to"), (HISTORY | {"to": "2026-12-20T00:00:00+08:00"}, "to")],
    ids=["nothing", "no-end", "a-month"],
)
def test_a_wrong_question_about_the_past_names_its_field(client, road, query, field):
    answer = client.get("/api/v1/public/history/", query)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_the_past_hides_few_people_and_tells_no_plate(client, road):
    for number in range(1, 5):
        say(
            event("08:30", "arrival", berth=f"A{number:02}", plate=PLATE),
            event("08:45", "departure", berth=f"A{number:02}", plate=PLATE),
        )
    fold(now=at("12:00"), later=600)
    rolling.sweep(now=timezone.now())
    assert client.get("/api/v1/public/history/", HISTORY).json()["results"] == []
    Berth.objects.bulk_create([Berth(road=road, code=f"A{number:02}") for number in range(5, 9)])
    rolling.sweep(now=timezone.now())
    answer = client.get("/api/v1/public/history/", HISTORY)
    eight, nine = answer.json()["results"]
    assert (eight["arrivals"], eight["occupancy"], nine["occupancy"]) == (None, 0.25, 0.0)
    assert "12345" not in answer.content.decode()


def test_while_one_reads_anew_the_others_are_told_the_old_body(client, road, django_assert_num_queries):
    now = timezone.now()
    old = kerbside.body("geojson", now=now)
    occupy_quietly()
    late = now + timedelta(seconds=kerbside.KEPT_S + 1)
    cache.add("kerbside:geojson:reading", True, kerbside.STALE_S)
    with django_assert_num_queries(0):
        assert kerbside.body("geojson", now=late) == old
    cache.delete("kerbside:geojson:reading")
    new = kerbside.body("geojson", now=late)
    assert new.tag != old.tag
    assert kerbside.body("geojson", now=late) == new
