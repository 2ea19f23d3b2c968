from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from parking import review_queue, reviews
from parking.models import Discrepancy, ParkingSession, Review, User, Vehicle
from parking.review_queue import LEASE
from parking.reviews import ACCEPT, VOID, Decision, Undecidable
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def ann():
    return User.objects.create(username="ann")


@pytest.fixture
def bob():
    return User.objects.create(username="bob")


def held(*berths):
    for berth in berths or ("A01",):
        say(event("08:00", "arrival", berth=berth), event("09:10", "departure", berth=berth))
    fold()


def billed(plate=PLATE):
    say(event("08:00", "arrival", plate=plate), event("09:10", "departure", plate=plate))
    fold()
    return ParkingSession.objects.get()


def claim(by, **more):
    return review_queue.claim(by=by, roads=more.get("roads"), now=more.get("now") or timezone.now())


def decide(review, by, *, verdict=ACCEPT, now=None, **more):
    decision = Decision(verdict=verdict, reason="seen", **more)
    reviews.decide(review.pk, decision, by=by, now=now or timezone.now())


def test_two_people_get_two_items_and_a_third_gets_none(ann, bob):
    held("A01", "A02")
    first, second = claim(ann), claim(bob)
    assert {first.session.berth.code, second.session.berth.code} == {"A01", "A02"}
    assert claim(User.objects.create(username="cid")) is None
    assert claim(ann) == first


def test_an_item_left_lying_goes_to_the_next_person(ann, bob):
    held()
    now = timezone.now()
    claim(ann, now=now)
    assert claim(bob, now=now + LEASE - timedelta(seconds=1)) is None
    assert claim(bob, now=now + LEASE + timedelta(seconds=1)).claimed_by == bob


def test_an_item_in_other_hands_can_not_be_decided(ann, bob):
    held()
    review = claim(ann)
    with pytest.raises(Undecidable):
        decide(review, bob, plate=PLATE)
    decide(review, ann, plate=PLATE)
    assert Review.objects.get().decided_by == ann


def test_what_was_passed_on_needs_another_person(ann, bob):
    held()
    review = claim(ann)
    assert review_queue.pass_on(review.pk, by=ann, note="plate half covered")
    assert claim(ann) is None
    with pytest.raises(Undecidable):
        decide(review, ann, plate=PLATE)
    assert claim(bob).pass_note == "plate half covered"
    decide(review, bob, plate=PLATE)


def test_the_time_an_item_took_is_kept(ann):
    held()
    now = timezone.now()
    review = claim(ann, now=now)
    decide(review, ann, plate=PLATE, now=now + timedelta(seconds=9))
    assert Review.objects.get().seconds == 9
    backlog = review_queue.backlog(by=ann, roads=None, today_at=now - timedelta(hours=1))
    assert (backlog.waiting, backlog.done_today, backlog.median_s) == (0, 1, 9)


def test_only_the_roads_of_a_person_are_shown(ann):
    held()
    assert claim(ann, roads=frozenset()) is None
    assert claim(ann, roads={"elsewhere"}) is None
    assert claim(ann, roads={Review.objects.get().session.road.code}) is not None


def test_look_alikes_are_offered_only_when_they_are_known_here(ann):
    driver = User.objects.create(username="driver")
    say(event("08:00", "arrival", plate="鄂L1234S", plate_confidence=0.5), event("09:10", "departure"))
    fold()
    review = Review.objects.get()
    assert review_queue.suggestions(review, now=timezone.now()) == ["鄂L1234S"]
    Vehicle.objects.create(user=driver, plate="鄂L12345", bound_at=at("00:00"))
    assert review_queue.suggestions(review, now=timezone.now()) == ["鄂L1234S", "鄂L12345"]


def test_samples_are_drawn_once_and_come_after_what_is_held_up(ann):
    session = billed()
    draw = {"share": 1.0, "since_at": session.billed_at - timedelta(minutes=1), "now": timezone.now()}
    assert review_queue.draw_samples(**draw | {"share": 0.0}) == 0
    assert [review_queue.draw_samples(**draw) for _ in range(2)] == [1, 0]
    held("A02")
    first = claim(ann)
    assert not first.sample
    decide(first, ann, verdict=VOID)
    sample = claim(ann)
    assert sample.sample
    assert sample.session == session


def test_a_sample_found_right_changes_nothing(ann):
    session = billed()
    review_queue.draw_samples(share=1, since_at=session.billed_at, now=timezone.now())
    decide(claim(ann), ann)
    assert Review.objects.get().verdict == review_queue.RIGHT
    assert not Discrepancy.objects.exists()
    day = timedelta(days=1)
    assert review_queue.sampled(from_at=timezone.now() - day, to_at=timezone.now() + day) == (1, 1)


@pytest.mark.parametrize("wrong", [{"verdict": VOID}, {"plate": OTHER_PLATE}, {"left_at": at("09:00")}])
def test_a_sample_found_wrong_goes_to_whoever_decides_about_the_money(ann, wrong):
    session = billed()
    review_queue.draw_samples(share=1, since_at=session.billed_at, now=timezone.now())
    decide(claim(ann), ann, **wrong)
    fold()
    session.refresh_from_db()
    assert (session.status, session.plate) == ("billed", PLATE)
    found = Discrepancy.objects.get()
    assert (found.session, found.reason, found.closed_at) == (session, "sample_wrong", None)


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_never_share_an_item():
    held("A01", "A02", "A03", "A04")
    people = [User.objects.create(username=f"p{number}") for number in range(6)]
    got, start = [], Barrier(len(people))

    def take(person):
        start.wait()
        review = claim(person)
        got.append(review.pk if review else None)
        connection.close()

    threads = [Thread(target=take, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [each for each in got if each]
    assert len(taken) == len(set(taken)) <= 4
    assert {claim(person).pk for person in people if claim(person)} == set(Review.objects.values_list("pk", flat=True))
