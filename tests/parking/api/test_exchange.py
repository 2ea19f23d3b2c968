"""The exchange by HTTP: refusals first, then a department's whole way from its application to the last page."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from parking.exchange import granting, keys
from parking.exchange.catalogue import DATASETS
from parking.models import DataCall, DataSubscription, Department, Road, User
from tests import street
from tests.parking.exchange.conftest import *  # noqa: F403  (the same department and its people)
from tests.street import event, fold, say

pytestmark = pytest.mark.django_db
BASE = "/api/v1/exchange"
ASKED = {"datasets": ["stay", "road"], "purpose": "交通规划", "basis": "文件一号"}
NOW = timezone.now()


def bearer(key):
    return {"authorization": f"Bearer {key}"}


@pytest.fixture
def key(granted, key_of, road):
    now = timezone.now()
    return key_of(granted("stay", "road", "berth", now=now), now)


@pytest.fixture
def ask(client, key):
    def get(path, *, status=200, **query):
        answer = client.get(f"{BASE}/{path}", query, headers=bearer(key))
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return get


@pytest.fixture
def send(client, key):
    def post(path, body, *, status, method="post"):
        answer = getattr(client, method)(
            f"{BASE}/{path}", json.dumps(body), content_type="application/json", headers=bearer(key)
        )
        assert answer.status_code == status, answer.content
        return answer.json() if answer.content else None

    return post


KEYED = ["data/road/", "subscriptions/", "subscriptions/SUB1/", "calls/"]
MATRIX = {
    "applications/": {"department": 200},
    "applications/DX1/": {"department": 404},
    "numbers/": {"city": 200, "manager": 200, "data_steward": 200, "data_officer": 200},
}
ROLES = ["driver", "inspector", "city", "manager", "department", "data_steward", "data_officer", "operator"]


@pytest.mark.parametrize("path", [*KEYED, *MATRIX])
def test_without_a_key_or_token_nothing_is_told(client, path):
    answer = client.get(f"{BASE}/{path}")
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "fields"}


@pytest.mark.parametrize("path", KEYED)
def test_a_persons_token_is_no_key(client, token, path):
    answer = client.get(f"{BASE}/{path}", headers=bearer(token("boss", "manager")))
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")


@pytest.mark.parametrize("path", list(MATRIX))
@pytest.mark.parametrize("role", ROLES)
def test_each_role_comes_as_far_as_the_matrix_says(client, token, role, path):
    answer = client.get(f"{BASE}/{path}", headers=bearer(token("someone", role)))
    assert answer.status_code == MATRIX[path].get(role, 403)


@pytest.mark.parametrize("path", list(MATRIX))
def test_a_key_is_no_persons_token(client, key, path):
    assert client.get(f"{BASE}/{path}", headers=bearer(key)).status_code == 401


def test_a_key_opens_only_what_was_granted(ask):
    assert ask("data/berth-state/", status=403)["code"] == "not_granted"
    assert ask("data/vehicle/", status=404)["code"] == "unknown_dataset"
    assert ask("data/nothing/", status=404)["code"] == "unknown_dataset"


@pytest.mark.parametrize(
    "cursor",
    ["x", "路", "cm9hZA", "c3RheXwx", "cm9hZHwtMQ", "cm9hZHx4", "cm9hZHw5OTk5OTk5OTk5OTk5OTk5OTk5OTk"],
    ids=["short", "no-base64", "no-position", "of-another", "negative", "no-number", "too-long"],
)
def test_a_cursor_that_is_not_ours_names_its_field(ask, cursor):
    assert "cursor" in ask("data/road/", status=400, cursor=cursor)["fields"]


@pytest.mark.parametrize("limit", ["0", "1001", "-1", "x", "1e3", "²"])
def test_a_wrong_limit_names_its_field(ask, limit):
    assert "limit" in ask("data/road/", status=400, limit=limit)["fields"]


def test_a_cursor_from_before_the_tables_were_put_back_is_gone(ask):
    assert ask("data/road/", status=410, cursor="cm9hZHw5OTk5OTk5OTk")["code"] == "cursor_gone"


@pytest.mark.parametrize(
    ("query", "field"),
    [({"from": "yesterday"}, "from"), ({"to": "2026-02-30"}, "to"), ({"from": "2020-01-01", "to": "2026-01-01"}, "to")],
    ids=["no-date", "no-day", "years"],
)
def test_a_wrong_day_names_its_field(ask, query, field):
    assert field in ask("calls/", status=400, **query)["fields"]


def test_over_the_days_quota_one_waits_until_midnight(client, granted, key_of, road):
    now = timezone.now()
    grant = granted("road", daily_calls=2, now=now)
    first, second = key_of(grant, now), key_of(grant, now + timedelta(seconds=1))
    answers = [client.get(f"{BASE}/data/road/", headers=bearer(each)) for each in (first, second, first)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "quota_exhausted"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 86_401
    assert sorted(DataCall.objects.values_list("calls", "refused")) == [(1, 0), (1, 1)]
    tomorrow = now + timedelta(days=1)
    keys.spend(keys.holder(first, now=tomorrow), dataset="road", now=tomorrow)


def test_over_the_rate_one_waits_a_minute(client, granted, key_of, road):
    now = timezone.now()
    grant = granted("road", now=now)
    grant.minute_calls = 1
    grant.save()
    key = key_of(grant, now)
    client.get(f"{BASE}/data/road/", headers=bearer(key))
    answer = client.get(f"{BASE}/data/road/", headers=bearer(key))
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "too_fast", "60")


def test_an_application_that_lacks_something_names_it(client, token, department, clerk):
    token = token("clerk", "department")
    for body, field in (
        ({}, "datasets"),
        (ASKED | {"datasets": ["vehicle"]}, "datasets"),
        (ASKED | {"basis": ""}, "basis"),
        (ASKED | {"days": "long"}, "days"),
        (ASKED | {"plates": True}, "plates"),
        (ASKED | {"purpose": "用\x00途"}, "purpose"),
    ):
        answer = client.post(
            f"{BASE}/applications/", json.dumps(body), content_type="application/json", headers=bearer(token)
        )
        assert (answer.status_code, field in answer.json()["fields"]) == (400, True), body


def test_who_speaks_for_no_department_can_not_apply(client, token):
    answer = client.post(
        f"{BASE}/applications/",
        json.dumps(ASKED),
        content_type="application/json",
        headers=bearer(token("stranger", "department")),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "no_department")


def test_another_departments_application_is_not_there(client, token, applied):
    Department.objects.create(code="water", name="水务局", created_at=NOW).members.add(
        User.objects.create(username="w")
    )
    number = applied().number
    for path in (f"applications/{number}/", f"applications/{number}/key/"):
        method = client.post if path.endswith("key/") else client.get
        assert method(f"{BASE}/{path}", headers=bearer(token("w", "department"))).status_code == 404


def test_the_catalogue_is_for_anyone_and_says_what_is_not_shared(client):
    found = client.get(f"{BASE}/catalogue/").json()["results"]
    assert [each["code"] for each in found] == [dataset.code for dataset in DATASETS]
    closed = [each for each in found if each["sharing"] == "not_shared"]
    assert {each["code"] for each in closed} == {"vehicle", "picture"}
    for each in found:
        assert all((each["name"], each["name_en"], each["owner"]))
        assert (each["data_at"] is None) == (each in closed)
        assert bool(each["fields"]) != (each in closed)
        if each["sharing"] == "conditional":
            assert each["condition"]


def test_a_department_applies_waits_takes_its_key_and_reads(client, token, department, officer, road):
    token = token("clerk", "department")
    made = client.post(
        f"{BASE}/applications/", json.dumps(ASKED), content_type="application/json", headers=bearer(token)
    )
    assert (made.status_code, made.json()["status"], made.json()["grant"]) == (201, "applied", None)
    number = made.json()["number"]
    assert client.post(f"{BASE}/applications/{number}/key/", headers=bearer(token)).status_code == 409
    application = department.applications.get()
    granting.approve(application.pk, by=officer, reason="同意", now=timezone.now())
    assert client.get(f"{BASE}/applications/", headers=bearer(token)).json()["results"][0]["status"] == "approved"
    taken = client.post(f"{BASE}/applications/{number}/key/", headers=bearer(token))
    assert (taken.status_code, taken.headers["Cache-Control"]) == (201, "no-store")
    page = client.get(f"{BASE}/data/road/", headers=bearer(taken.json()["key"])).json()
    assert [each["row"]["code"] for each in page["results"]] == ["A"]


def test_following_a_cursor_tells_what_changed(ask, road):
    first = ask("data/road/")
    assert first["more"] is False
    assert ask("data/road/", cursor=first["next"])["results"] == []
    Road.objects.update(name="新名")
    (change,) = ask("data/road/", cursor=first["next"])["results"]
    assert (change["row"]["name"], change["deleted"]) == ("新名", False)


def test_calls_are_counted_by_key_day_and_data_set(ask):
    ask("data/road/")
    ask("data/berth/", limit="3")
    ask("data/berth/")
    told = ask("calls/")
    assert [(each["dataset"], each["calls"], each["rows"]) for each in told["results"]] == [
        ("berth", 2, 7),
        ("road", 1, 1),
    ]
    assert told["results"][0]["day"] == keys.today(timezone.now()).isoformat()


def test_a_subscription_tells_a_page_until_it_is_acknowledged(ask, send):
    made = send("subscriptions/", {"dataset": "berth"}, status=201)
    assert send("subscriptions/", {"dataset": "berth"}, status=200)["number"] == made["number"]
    path = f"subscriptions/{made['number']}/"
    first = ask(path, limit="3")
    assert ask(path, limit="3")["results"] == first["results"]
    send(path + "ack/", {"cursor": first["next"]}, status=200)
    rest = ask(path, limit="3")
    assert [each["row"]["code"] for each in first["results"] + rest["results"]] == ["A01", "A02", "A03", "A04"]


def test_an_acknowledgement_never_moves_back_or_beyond_what_there_is(ask, send):
    made = send("subscriptions/", {"dataset": "berth"}, status=201)
    path = f"subscriptions/{made['number']}/"
    whole = ask(path)["next"]
    send(path + "ack/", {"cursor": whole}, status=200)
    assert send(path + "ack/", {"cursor": made["cursor"]}, status=200)["cursor"] == whole
    send(path + "ack/", {"cursor": "YmVydGh8OTk5OTk5OTk5"}, status=410)
    send(path + "ack/", {"cursor": "x"}, status=400)


def test_a_subscription_from_now_on_leaves_out_what_there_was(ask, send, road):
    made = send("subscriptions/", {"dataset": "road", "start": "now"}, status=201)
    assert ask(f"subscriptions/{made['number']}/")["results"] == []
    Road.objects.update(name="新名")
    assert len(ask(f"subscriptions/{made['number']}/")["results"]) == 1


def test_a_subscription_that_ended_or_is_anothers_is_not_there(ask, send, granted, client, key_of):
    made = send("subscriptions/", {"dataset": "road"}, status=201)
    path = f"subscriptions/{made['number']}/"
    now = timezone.now()
    foreign = key_of(granted("road", now=now), now)
    assert client.get(f"{BASE}/{path}", headers=bearer(foreign)).status_code == 404
    send(path, {}, status=204, method="delete")
    ask(path, status=404)
    assert DataSubscription.objects.get().ended_at is not None
    assert ask("subscriptions/")["results"] == []


def test_a_revoked_grant_closes_at_once(client, key, officer):
    grant = keys.holder(key, now=timezone.now()).grant_id
    granting.revoke(grant, by=officer, reason="到此", now=timezone.now())
    assert client.get(f"{BASE}/data/road/", headers=bearer(key)).status_code == 401


def test_no_plate_leaves_by_any_data_set(client, granted, key_of, road, officer):
    now = timezone.now()
    say(event("08:10", "arrival", plate=street.PLATE), event("09:40", "departure", plate=street.PLATE))
    fold(later=600)
    shared = [dataset.code for dataset in DATASETS if dataset.fields]
    key = key_of(granted(*shared, now=now), now)
    told = [client.get(f"{BASE}/data/{code}/", headers=bearer(key)).content.decode() for code in shared]
    assert all(each.startswith("{") for each in told)
    assert "2026-11-20T08:10" in "".join(told)
    assert "12345" not in "".join(told)


def test_the_numbers_are_those_of_the_platform(client, token, ask, applied, officer):
    ask("data/road/")
    applied("road", now=timezone.now())
    told = client.get(f"{BASE}/numbers/", headers=bearer(token("mayor", "city"))).json()
    assert (told["departments"], told["departments_with_grant"], told["grants"], told["calls"]) == (1, 1, 1, 1)
    assert told["applications"] == {"applied": 1, "approved": 1, "refused": 0}
    assert told["catalogues"] == {"unconditional": 5, "conditional": 3, "not_shared": 2}
    assert told["by_department"][0] == {
        "code": "police",
        "name": "交警支队",
        "name_en": "Traffic police",
        "calls": 1,
        "rows": 1,
        "refused": 0,
    }
    assert sum(each["calls"] for each in told["by_day"]) == 1
    assert len(told["by_day"]) == 31


def test_the_numbers_cost_the_same_for_many_departments(client, token, road, django_assert_max_num_queries):
    Department.objects.bulk_create([Department(code=f"d{n}", name=f"部门{n}", created_at=NOW) for n in range(50)])
    headers = bearer(token("mayor", "city"))
    with django_assert_max_num_queries(14):
        client.get(f"{BASE}/numbers/", headers=headers)


def test_the_schema_tells_every_route_with_its_errors():
    from drf_spectacular.generators import SchemaGenerator

    schema = SchemaGenerator().get_schema(request=None, public=True)
    routes = {path: item for path, item in schema["paths"].items() if path.startswith(f"{BASE}/")}
    assert len(routes) == 10
    for path, item in routes.items():
        for method, operation in item.items():
            said = set(operation["responses"])
            assert said & {"200", "201", "204"}, (path, method)
            if "catalogue" not in path:
                assert "401" in said, (path, method)
    assert {"403", "404", "410", "429"} <= set(routes[f"{BASE}/data/{{dataset}}/"]["get"]["responses"])
    assert {"dataKey": []} in routes[f"{BASE}/data/{{dataset}}/"]["get"]["security"]
