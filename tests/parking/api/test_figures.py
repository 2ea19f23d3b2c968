import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from parking import tokens
from parking.figures import rolling
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db
URL = "/api/v1/city/figures/"
DAY = {"from": "2026-11-20T00:00:00+08:00", "to": "2026-11-21T00:00:00+08:00"}


@pytest.fixture
def ask(client):
    street.build()
    token = tokens.create_token(username="dashboard", role="city", now=timezone.now())

    def get(**query):
        return client.get(URL, query, headers={"Authorization": f"Bearer {token}"})

    return get


@pytest.fixture
def stays(ask):
    for berth, left, plate in (("A01", "09:30", PLATE), ("A02", "10:00", OTHER_PLATE)):
        say(event("08:30", "arrival", berth=berth, plate=plate), event(left, "departure", berth=berth, plate=plate))
    fold(now=at("12:00"), later=600)
    rolling.sweep(now=timezone.now())


def test_without_a_token_nobody_is_told(client):
    assert client.get(URL).status_code == 401


def test_a_driver_is_refused(client):
    token = tokens.create_token(username="driver", role="driver", now=timezone.now())
    assert client.get(URL, headers={"Authorization": f"Bearer {token}"}).status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"by": "minute"}, "by"),
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-11-20T00:00:00"}, "from"),
        ({"from": DAY["to"], "to": DAY["from"]}, "to"),
        ({"from": "2020-01-01T00:00:00+08:00", "to": DAY["to"]}, "to"),
        ({"road": "nowhere"}, "road"),
    ],
    ids=["step", "words", "naive", "backwards", "years", "road"],
)
def test_a_wrong_question_is_answered_with_the_field(ask, query, field):
    answer = ask(**query)
    assert answer.status_code in (400, 404)
    assert list(answer.json()["fields"]) == [field]


def test_a_day_by_the_hour(ask, stays):
    told = ask(**DAY, by="hour").json()
    assert len(told["results"]) == 24
    assert told["whole"]["turnover"] == 0.5
    assert told["whole"]["mean_stay_s"] == 4500
    # One yuan for each begun half hour: two and three of them.
    assert (told["whole"]["receivable_fen"], told["whole"]["received_fen"]) == (500, 0)
    assert told["whole"]["auto_order_rate"] == 1
    assert told["results"][8]["from"] == "2026-11-20T08:00:00+08:00"
    assert told["results"][8]["arrivals"] == 2
    assert "occupied" not in told["results"][8]
    assert {each["name"] for each in told["definitions"]} == set(told["whole"])


def test_a_day_as_one_step_is_the_whole(ask, stays):
    told = ask(**DAY, by="day").json()
    (day,) = told["results"]
    assert day["turnover"] == told["whole"]["turnover"]


def test_one_road_alone(ask, stays):
    assert ask(**DAY, road="A").json()["whole"]["arrivals"] == 2


def test_as_csv_with_a_mark_that_excel_knows(ask, stays):
    answer = ask(**DAY, by="day", format="csv")
    assert answer.headers["Content-Type"] == "text/csv"
    head, row = answer.content.decode("utf-8-sig").strip().splitlines()
    assert head.startswith("from,to,arrivals,turnover,")
    assert row.startswith("2026-11-20 00:00,2026-11-21 00:00,2,0.5,")


def test_as_a_workbook(ask, stays):
    answer = ask(**DAY, by="day", format="xlsx")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert [cell.value for cell in sheet[2]][:4] == ["2026-11-20 00:00", "2026-11-21 00:00", 2, 0.5]


def test_the_queries_do_not_grow_with_the_days(ask, stays, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        ask(**DAY, by="hour")
