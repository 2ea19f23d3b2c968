import pytest
from django.utils import timezone

from parking import reviews
from parking.models import EventRecord, ParkingSession, Review, User
from parking.reviews import ACCEPT, VOID, Decision, Undecidable
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say, story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def reviewer():
    return User.objects.create(username="reviewer")


def held(plate=""):
    say(event("08:00", "arrival", plate=plate), event("09:10", "departure", plate=plate))
    fold()
    return Review.objects.get(closed_at__isnull=True)


def decide(review, reviewer, *, verdict=ACCEPT, reason="seen on the pictures", **more):
    reviews.decide(review.id, Decision(verdict=verdict, reason=reason, **more), by=reviewer, now=timezone.now())
    fold()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"verdict": "perhaps"}, "verdict"),
        ({"reason": " "}, "reason"),
        ({"plate": ""}, "plate"),
        ({"plate": "nonsense"}, "plate"),
        ({"plate": PLATE, "left_at": at("07:00")}, "left_at"),
    ],
)
def test_a_decision_that_can_not_stand_names_its_field(reviewer, wrong, field):
    review = held()
    with pytest.raises(Undecidable) as refused:
        decide(review, reviewer, **wrong)
    assert refused.value.field == field
    assert not EventRecord.objects.filter(kind="decided").exists()


def test_the_first_of_two_decisions_stands(reviewer):
    review = held()
    decide(review, reviewer, plate=PLATE)
    with pytest.raises(Undecidable):
        decide(review, reviewer, verdict=VOID)
    assert story() == [("08:00", "09:10", PLATE, "billed")]


def test_a_corrected_plate_bills_the_session_and_keeps_who_and_why(reviewer):
    number = held().session.number
    decide(Review.objects.get(), reviewer, plate="鄂l·12345")
    session = ParkingSession.objects.get()
    assert (session.number, session.plate, session.status, session.fee_fen) == (number, PLATE, "billed", 300)
    assert session.touched
    review = Review.objects.get()
    assert (review.decided_by, review.verdict, review.reason) == (reviewer, ACCEPT, "seen on the pictures")


def test_a_voided_session_stays_void_when_its_berth_is_read_again(reviewer):
    decide(held(), reviewer, verdict=VOID)
    assert story() == [("08:00", "09:10", "", "void")]
    say(event("10:00", "arrival", plate=PLATE), event("10:30", "departure", plate=PLATE))
    fold()
    say(event("08:30", "occupied"))
    fold()
    assert story() == [("08:00", "09:10", "", "void"), ("10:00", "10:30", PLATE, "billed")]
    assert not Review.objects.filter(closed_at__isnull=True).exists()


def test_a_decision_outlives_the_session_that_later_events_take_away(reviewer):
    say(event("08:00", "arrival", event_id="in"), event("09:10", "departure", event_id="out"))
    fold()
    decide(Review.objects.get(), reviewer, verdict=VOID)
    say(event("11:00", "revoked", revokes="in"), event("11:00", "revoked", revokes="out"))
    fold()
    assert ParkingSession.objects.get().status == "void"
    assert Review.objects.get().decided_by == reviewer


def test_a_stay_that_overlaps_another_can_only_be_voided(reviewer):
    say(event("08:24", "arrival", plate=PLATE), event("12:52", "departure", plate=PLATE))
    say(event("12:34", "arrival", plate=OTHER_PLATE), event("14:55", "departure", plate=OTHER_PLATE))
    fold()
    review = Review.objects.get(session__plate=OTHER_PLATE)
    with pytest.raises(Undecidable):
        decide(review, reviewer)
    decide(review, reviewer, verdict=VOID)
    assert [row[3] for row in story()] == ["billed", "void"]


def test_the_desk_decides_a_review_and_leaves_a_trace_of_the_plates_seen(client):
    admin = User.objects.create_superuser("boss", password="x")
    client.force_login(admin)
    review = held()
    address = f"/admin/parking/review/{review.id}/change/"
    page = client.get(address)
    assert page.status_code == 200
    assert "没有读到车牌" in page.content.decode()
    refused = client.post(address, {"verdict": ACCEPT, "plate": "nonsense", "reason": "x"})
    assert "鄂L12345" in refused.content.decode()
    taken = client.post(address, {"verdict": ACCEPT, "plate": PLATE, "reason": "pictures"})
    assert taken.status_code == 302
    fold()
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert client.get("/admin/parking/review/").status_code == 200
    assert client.get(address).status_code == 200
