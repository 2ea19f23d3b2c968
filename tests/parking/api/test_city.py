import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking import tokens
from parking.models import Berth, PlateTrace, Road
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

URL = "/api/v1/city/sessions/"


@pytest.fixture(autouse=True)
def _street():
    street.build()


def get(client, role="operator", **query):
    token = tokens.create_token(username=f"the {role}", role=role, now=timezone.now())
    return client.get(URL, query, headers={"Authorization": f"Bearer {token}"})


def park(berth="A01", plate=PLATE, arrived="08:00", left="09:10"):
    say(event(arrived, "arrival", plate=plate, berth=berth), event(left, "departure", plate=plate, berth=berth))
    fold()


def test_without_a_token_nobody_is_let_in(client):
    answer = client.get(URL)
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "fields"}


def test_a_token_nobody_holds_is_refused(client):
    assert client.get(URL, headers={"Authorization": "Bearer nobody's"}).status_code == 401


def test_a_role_without_the_right_is_refused(client):
    assert get(client, role="inspector").status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-11-20T08:00:00"}, "to"),
        ({"status": "gone"}, "status"),
        ({"cursor": "x"}, "cursor"),
        ({"berth": "x" * 100}, "berth"),
        ({"plate": "a\x00b"}, "plate"),
    ],
)
def test_a_wrong_query_names_its_field(client, query, field):
    answer = get(client, **query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_a_billed_session_has_the_form_of_the_contract(client):
    park()
    (session,) = get(client).json()["results"]
    assert session["plate"] == PLATE
    assert (session["berth"], session["road"], session["status"]) == ("A01", "A", "billed")
    assert (session["arrived_at"], session["left_at"]) == ("2026-11-20T08:00:00+08:00", "2026-11-20T09:10:00+08:00")
    assert session["fee_fen"] == sum(line["amount_fen"] for line in session["lines"]) == 300
    assert {"from", "to", "rule", "amount_fen"} <= set(session["lines"][0])
    assert session["charge"] == {"number": session["id"], "status": "open", "paid_fen": 0}
    assert session["review"] is None


def test_a_held_session_says_why(client):
    park(plate="")
    (session,) = get(client, status="held").json()["results"]
    assert "no_plate" in session["review"]["reasons"]
    assert session["charge"] is None


def test_plates_are_masked_for_those_who_need_not_know_and_seeing_them_leaves_a_trace(client):
    park()
    assert get(client, role="city").json()["results"][0]["plate"] == "鄂L1**45"
    assert not PlateTrace.objects.exists()
    assert get(client, role="operator").json()["results"][0]["plate"] == PLATE
    assert PlateTrace.objects.get().rows == 1


def test_the_filters_narrow_and_the_period_is_half_open(client):
    park("A01")
    park("A02", plate="", arrived="10:00", left="11:00")

    def berths(**query):
        return [row["berth"] for row in get(client, **query).json()["results"]]

    assert berths() == ["A02", "A01"]
    assert berths(berth="A01") == ["A01"]
    assert berths(plate="鄂l·12345") == ["A01"]
    assert berths(status="held") == ["A02"]
    assert berths(road="B") == []
    assert berths(**{"from": at("08:00").isoformat(), "to": at("10:00").isoformat()}) == ["A01"]


def test_pages_follow_each_other_without_gap_or_repeat_and_with_constant_queries(client):
    road = Road.objects.get()
    codes = [f"P{number:03}" for number in range(130)]
    Berth.objects.bulk_create([Berth(road=road, code=code) for code in codes])
    say(*[event("08:00", "arrival", berth=code, plate=PLATE) for code in codes])
    fold(now=at("08:30"))
    first = get(client).json()
    with CaptureQueriesContext(connection) as full:
        get(client)
    second = get(client, cursor=first["next"]).json()
    seen = [row["berth"] for row in first["results"] + second["results"]]
    assert sorted(seen) == codes
    assert second["next"] is None
    with CaptureQueriesContext(connection) as short:
        get(client, berth="P001")
    assert len(full) == len(short)
