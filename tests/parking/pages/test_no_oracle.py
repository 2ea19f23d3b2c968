"""A stranger learns nothing of a plate or a phone by wording, by the number of questions, or by asking often."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking.models import User, Vehicle
from payments import charges
from tests.street import at

pytestmark = pytest.mark.django_db

UNKNOWN, BOUND, PAID, STANDING = "鄂L00001", "鄂L00002", "鄂L00003", "鄂L00004"
PLATES = (UNKNOWN, BOUND, PAID, STANDING)


@pytest.fixture
def town(park, driver, hours_ago):
    """Four plates that owe nothing: never seen, bound and proved, parked and paid, standing now."""
    now = timezone.now()
    Vehicle.objects.create(user=driver, plate=BOUND, plate_color="blue", bound_at=now, verified_at=now)
    park(at("08:00"), at("09:10"), plate=PAID)
    park(hours_ago(1), plate=STANDING, berth="A02")
    for view in charges.unpaid_for_plates([PAID]):
        charges.waive(view.number, reason="试", by="clerk", now=now)


def plain(html, *known):
    """The page without what differs by asking: tokens, nonces, and what the stranger typed."""
    for each in known:
        html = html.replace(each, "?").replace(f"{each[:2]}·{each[2:]}", "?").replace(" ".join(each), "?")
    return re.sub(r'(csrfmiddlewaretoken" value|nonce|data-demo-code)="[^"]*"|>\d{6}<', "", html)


def asked(path, body, follow, **how):
    """What a fresh browser is told, and with how many queries."""
    client = Client()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(path, body, follow=follow, **how)
    return answer, len(queries)


def test_what_a_plate_owes_is_said_alike_for_every_plate_that_owes_nothing(road, town):
    told = set()
    for plate in PLATES:
        answer, queries = asked("/plate/", {"plate": plate}, follow=True)
        told.add((answer.status_code, queries, plain(answer.content.decode(), plate)))
    assert len(told) == 1


def test_the_api_says_it_alike_too(road, town):
    told = set()
    for plate in PLATES:
        answer, queries = asked(
            "/api/v1/driver/guest/due/", {"plate": plate}, follow=False, content_type="application/json"
        )
        told.add((answer.status_code, queries, answer.json()["due_fen"], tuple(answer.json())))
    assert told == {(200, next(iter(told))[1], 0, ("due_fen", "ticket"))}


def test_a_plate_asked_for_too_often_is_refused_in_the_same_words_known_or_not(road, town):
    refused = set()
    for plate in (UNKNOWN, STANDING):
        client = Client(REMOTE_ADDR=f"10.0.0.{PLATES.index(plate)}")
        answers = [client.post("/plate/", {"plate": plate}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [302] * 10 + [422]
        refused.add(plain(answers[-1].content.decode(), plate))
    assert len(refused) == 1


def test_a_plate_is_asked_for_thirty_times_a_day_however_many_addresses_ask(road, town):
    codes = [Client(REMOTE_ADDR=f"10.0.{n}.1").post("/plate/", {"plate": STANDING}).status_code for n in range(31)]
    assert codes == [302] * 30 + [422]


def test_a_code_is_sent_alike_to_a_known_and_an_unknown_phone(db):
    User.objects.create(username="known", phone="13800000000")
    told = set()
    for phone in ("13800000000", "13900000000"):
        answer, queries = asked("/driver/sign-in/", {"phone": phone}, follow=True)
        masked = f"{phone[:3]} **** {phone[-4:]}"
        told.add((answer.status_code, queries, plain(answer.content.decode(), phone, masked)))
    assert len(told) == 1


def test_a_wrong_code_is_refused_alike_for_a_known_and_an_unknown_phone(db):
    User.objects.create(username="known", phone="13800000000")
    told = set()
    for phone in ("13800000000", "13900000000"):
        client = Client()
        client.post("/driver/sign-in/", {"phone": phone})
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/driver/sign-in/code/", {"code": "00000x0"})
        masked = f"{phone[:3]} **** {phone[-4:]}"
        told.add((answer.status_code, len(queries), plain(answer.content.decode(), phone, masked)))
    assert len(told) == 1
