"""The desk in a real browser: a review item is one key, and the next one is there without a page load."""

import pytest

from parking.models import ParkingSession, Review, User
from tests import street
from tests.browser.conftest import Watched
from tests.street import PLATE, event, fold, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reviewer(transactional_db):
    return User.objects.create_superuser("boss", password="x")


@pytest.fixture
def queue(transactional_db):
    """Three held orders: one whose plate was read, one without a plate, one read in two ways."""
    street.build()
    say(
        event("08:00", "arrival", plate=PLATE, plate_confidence=0.7),
        event("09:10", "departure"),
        event("08:10", "arrival", berth="A02"),
        event("09:20", "departure", berth="A02"),
        event("08:20", "arrival", berth="A03", plate=PLATE, plate_confidence=0.6),
        event("09:30", "departure", berth="A03", plate="鄂L1234S", plate_confidence=0.6),
    )
    fold()
    return Review.objects.filter(closed_at__isnull=True)


def open_desk(look, user, **more) -> Watched:
    page = look(user=user, phone=False, width=1440, **more)
    page.go("/admin/parking/review/desk/")
    return page


def answer(watched, key) -> None:
    """Press a key and wait for the next item."""
    before = watched.page.get_attribute("[name=review]", "value")
    watched.page.keyboard.press(key)
    watched.page.wait_for_function("before => document.querySelector('[name=review]')?.value !== before", arg=before)


def test_one_key_answers_an_item_and_brings_the_next(look, reviewer, queue):
    assert queue.count() == 3
    desk = open_desk(look, reviewer)
    loads = []
    desk.page.on("load", lambda: loads.append(1))
    answer(desk, "3")
    assert Review.objects.get(closed_at__isnull=False).verdict == "void"
    assert Review.objects.get(closed_at__isnull=False).seconds is not None
    answer(desk, "4")
    answer(desk, "3")
    desk.page.wait_for_selector(".desk-empty")
    assert loads == []
    assert desk.foreign == []
    assert desk.troubles == []


def test_accepting_without_a_plate_asks_for_it_and_takes_a_candidate(look, reviewer, queue):
    queue.exclude(session__berth__code="A03").delete()
    desk = open_desk(look, reviewer)
    desk.page.keyboard.press("2")
    assert desk.page.is_visible("[data-plate-input]")
    desk.page.fill("[data-plate-input]", "nonsense")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".desk-error")
    assert "鄂L12345" in desk.page.inner_text(".desk-error")
    desk.page.click(f"[data-plate='{PLATE}']")
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector(".desk-empty")
    review = Review.objects.get(closed_at__isnull=False)
    assert (review.verdict, review.decision["plate"]) == ("accept", PLATE)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_desk_fits_and_reads_well(look, reviewer, queue, language, width):
    page = look(user=reviewer, width=width, language=language, phone=width < 500).go("/admin/parking/review/desk/")
    assert page.width <= width
    assert page.troubles == []


@pytest.mark.parametrize("width", [390, 1440])
def test_an_orders_story_fits_and_a_correction_takes_four_clicks_and_a_reason(look, reviewer, width):
    street.build()
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold()
    session = ParkingSession.objects.get()
    desk = look(user=reviewer, width=width, phone=width < 500).go("/admin/parking/parkingsession/")
    desk.tap(f"a[href*='/parkingsession/{session.pk}/change/']")
    desk.page.wait_for_selector(".story li")
    assert desk.width <= width
    desk.tap("a[href$='/act/waive/']")
    desk.page.fill("[name=reason]", "临停")
    desk.tap(".act form .desk-button:not(.second)")
    desk.page.wait_for_selector(".effect")
    assert desk.width <= width
    desk.tap(".act form .desk-button:not(.second)")
    desk.page.wait_for_selector(".story li.money")
    assert desk.taps == 4
    assert "减免" in desk.page.inner_text(".story")
    assert desk.troubles == []
