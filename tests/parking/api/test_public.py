import json

import pytest

from tests import street

pytestmark = pytest.mark.django_db

URL = "/api/v1/public/quote/"


@pytest.fixture(autouse=True)
def _street():
    street.build()


def ask(client, **changes):
    body = {
        "road": "A",
        "arrived_at": "2026-11-20T08:00:00+08:00",
        "left_at": "2026-11-20T09:10:00+08:00",
    } | changes
    body = {name: value for name, value in body.items() if value is not None}
    return client.post(URL, json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"road": "Z"}, 404, "road"),
        ({"road": None, "tariff": "nonsense"}, 404, "tariff"),
        ({"road": None}, 400, "road"),
        ({"tariff": "flat"}, 400, "road"),
        ({"left_at": "2026-11-20T07:00:00+08:00"}, 400, "left_at"),
        ({"arrived_at": "2026-11-20T08:00:00"}, 400, "arrived_at"),
        ({"arrived_at": "soon"}, 400, "arrived_at"),
        ({"left_at": None}, 400, "left_at"),
        ({"colour": "blue"}, 400, "colour"),
        ({"vehicle": {"plate_color": "pink"}}, 400, "vehicle.plate_color"),
        ({"vehicle": {"class": "tank"}}, 400, "vehicle.class"),
        ({"vehicle": {"wheels": 4}}, 400, "vehicle.wheels"),
    ],
)
def test_what_can_not_be_quoted_names_its_field(client, changes, status, field):
    answer = ask(client, **changes)
    assert answer.status_code == status
    assert list(answer.json()["fields"]) == [field]


@pytest.mark.parametrize("body", ["", "{", "[1]", '"x"', "null"])
def test_a_body_that_is_no_object_is_refused(client, body):
    answer = client.post(URL, body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize("by", [{"road": "A"}, {"road": None, "tariff": "flat"}])
def test_a_quote_explains_itself(client, by):
    quote = ask(client, **by).json()
    assert (quote["amount_fen"], quote["currency"]) == (300, "CNY")
    assert sum(line["amount_fen"] for line in quote["lines"]) == 300
    assert quote["tariff"] == {"code": "flat", "version": 1}


def test_the_roads_say_how_many_berths_are_free(client):
    street.say(street.event("08:00", "arrival", plate=street.PLATE))
    street.fold(now=street.at("08:30"))
    (road,) = client.get("/api/v1/public/roads/").json()["features"]
    assert (road["properties"]["berths"], road["properties"]["free"]) == (4, 3)


def test_the_tariffs_in_force_are_public(client):
    assert client.get("/api/v1/public/tariffs/").json()["results"][0]["code"] == "flat"
