import pytest

from parking.models import ParkingSession, Vehicle
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db


def test_another_persons_session_is_not_found(api, car, park):
    park(at("08:00"), at("09:10"), plate=OTHER_PLATE)
    number = ParkingSession.objects.get().number
    assert api.get(f"sessions/{number}/").status_code == 404
    assert api.get("sessions/").json() == {"results": [], "next": None}


@pytest.mark.parametrize(
    ("name", "value"), [("status", "odd"), ("from", "yesterday"), ("cursor", "AAAA"), ("to", "2026-11-20T08:00:00")]
)
def test_a_query_that_means_nothing_is_refused_by_its_field(api, name, value):
    answer = api.get("sessions/", **{name: value})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


def test_a_plate_that_is_not_proved_shows_its_sum_but_no_place_or_time(api, car, park):
    park(at("08:00"), at("09:10"))
    Vehicle.objects.update(verified_at=None)
    told = api.get("charges/").json()
    assert told["total_fen"] == 300
    assert (told["results"][0]["place"], told["results"][0]["from"], told["results"][0]["to"]) == (None, None, None)
    assert api.get("sessions/").json()["results"] == []


def test_taking_back_the_consent_hides_the_stays(api, car, park):
    park(at("08:00"), at("09:10"))
    api.post("account/consents/", {"purpose": "whereabouts", "given": False})
    assert api.get("sessions/").json()["results"] == []
    assert api.get("charges/").json()["results"][0]["place"] is None
    api.post("account/consents/", {"purpose": "whereabouts", "given": True})
    assert len(api.get("sessions/").json()["results"]) == 1


def test_a_proved_car_shows_its_sessions_page_by_page(api, car, park):
    from parking.api.driver import sessions

    for hour in range(8, 13):
        park(at(f"{hour:02}:00"), at(f"{hour:02}:20"))
    page, seen, sessions.PAGE = None, [], 2
    try:
        while page != "end":
            told = api.get("sessions/", **({"cursor": page} if page else {})).json()
            seen += [each["arrived_at"] for each in told["results"]]
            page = told["next"] or "end"
    finally:
        sessions.PAGE = 50
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)


def test_a_session_tells_lines_charge_and_payments(api, car, park):
    park(at("08:00"), at("09:10"))
    told = api.get(f"sessions/{ParkingSession.objects.get().number}/").json()
    assert told["session"]["plate"] == PLATE
    assert sum(line["amount_fen"] for line in told["session"]["lines"]) == told["due_fen"] == 300
    assert told["place_en"] == "A Street A01"
    assert told["payments"] == told["refunds"] == told["appeals"] == []
    assert told["running"] is None


def test_a_car_that_stands_tells_its_fee_so_far(api, car, park, hours_ago):
    park(hours_ago(1.2))
    told = api.get(f"sessions/{ParkingSession.objects.get().number}/").json()
    assert told["running"]["amount_fen"] == 300
    assert told["running"]["rises_to_fen"] == 400


def test_the_queries_do_not_grow_with_the_sessions(api, car, park, django_assert_max_num_queries):
    for hour in range(8, 18):
        park(at(f"{hour:02}:00"), at(f"{hour:02}:20"))
    with django_assert_max_num_queries(10):
        api.get("sessions/")
