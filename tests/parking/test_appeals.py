import io
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone
from PIL import Image

from parking import appeals, messages
from parking.appeals import CORRECT, FREE, MOVE, REFUSE, Decision, Refused
from parking.models import Appeal, AppealPicture, Discrepancy, Message, ParkingSession, User
from parking.uploads import Unusable
from payments import charges
from tests.parking.pages.conftest import car, driver, hours_ago, park, road  # noqa: F401
from tests.street import at, fold, story

pytestmark = pytest.mark.django_db
NOW = at("12:00")


def photo(size=(40, 30), kind="JPEG"):
    body = io.BytesIO()
    Image.new("RGB", size, "navy").save(body, kind)
    body.seek(0)
    return body


def session():
    return ParkingSession.objects.select_related("road", "berth", "charge").get()


def view():
    return charges.views([session().number])[session().number]


def opened(driver, reason="wrong_time", files=()):  # noqa: F811
    return appeals.appeal(user=driver, session=session(), reason=reason, words="", files=list(files), now=NOW)


@pytest.fixture
def clerk(db):
    return User.objects.create(username="clerk", is_staff=True)


@pytest.fixture
def chief(db):
    return User.objects.create(username="chief", is_staff=True)


@pytest.fixture
def order(car, park):  # noqa: F811
    park(at("08:00"), at("09:10"))


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_second_appeal_of_an_order_is_refused_while_one_is_open(driver, order):  # noqa: F811
    opened(driver)
    with pytest.raises(Refused, match="已经有一个申诉"):
        opened(driver)


def test_what_is_no_picture_is_refused_and_nothing_is_opened(driver, order):  # noqa: F811
    with pytest.raises(Unusable, match="JPG"):
        opened(driver, files=[io.BytesIO(b"<svg onload=alert(1)>")])
    with pytest.raises(Unusable, match="空"):
        opened(driver, files=[io.BytesIO(b"")])
    assert not Appeal.objects.exists()


def test_a_fourth_picture_and_an_eleventh_appeal_of_a_day_are_refused(driver, order):  # noqa: F811
    with pytest.raises(Refused, match="最多上传 3"):
        opened(driver, files=[photo() for _ in range(4)])
    for _ in range(10):
        appeals.withdraw(opened(driver), now=NOW)
    with pytest.raises(Refused, match="太多"):
        opened(driver)


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        (Decision(verdict="", answer="x"), "verdict"),
        (Decision(verdict=FREE, answer="  "), "answer"),
        (Decision(verdict=CORRECT, answer="x", left_at=at("07:00")), "left_at"),
        (Decision(verdict=CORRECT, answer="x", left_at=at("23:00")), "left_at"),
    ],
)
def test_an_answer_needs_a_verdict_a_reason_and_a_shorter_time(driver, order, clerk, decision, field):  # noqa: F811
    with pytest.raises(Refused) as refused:
        appeals.decide(opened(driver).number, decision, by=clerk, now=NOW)
    assert refused.value.field == field
    assert Appeal.objects.get().status == "open"


def test_nobody_answers_twice_or_answers_their_own(driver, order, clerk, chief):  # noqa: F811
    number = opened(driver).number
    with pytest.raises(Refused):
        appeals.decide(number, Decision(verdict=FREE, answer="x"), by=driver, now=NOW)
    appeals.decide(number, Decision(verdict=REFUSE, answer="照片显示是您的车"), by=clerk, now=NOW)
    with pytest.raises(Refused, match="已经有人处理"):
        appeals.decide(number, Decision(verdict=FREE, answer="x"), by=chief, now=NOW)
    assert view().due_fen == 300


def test_the_database_holds_two_people_apart(driver, order, clerk):  # noqa: F811
    found = opened(driver)
    with pytest.raises(IntegrityError):
        Appeal.objects.filter(pk=found.pk).update(
            status="upheld", answer="x", decided_by=clerk, decided_at=NOW, second_by=clerk
        )


# --- what an appeal does --------------------------------------------------------------------------------------------


def test_an_open_appeal_stops_the_urging_and_a_withdrawn_one_lets_it_go_on(driver, order):  # noqa: F811
    found = opened(driver)
    assert view().urge_paused
    assert appeals.withdraw(found, now=NOW)
    assert not view().urge_paused
    assert not appeals.withdraw(found, now=NOW)


def test_the_clock_runs_on_workdays(driver, order):  # noqa: F811
    found = opened(driver)  # Friday 20 November 2026
    assert found.due_at == at("18:00", day="2026-11-24")


def test_a_picture_is_kept_without_its_metadata(driver, order):  # noqa: F811
    body = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "home address"
    Image.new("RGB", (2400, 1200)).save(body, "JPEG", exif=exif)
    body.seek(0)
    opened(driver, files=[body])
    with AppealPicture.objects.get().file.open("rb") as kept:
        shown = Image.open(kept)
        assert max(shown.size) == 1600
        assert not dict(shown.getexif())


def test_a_preview_changes_nothing(driver, order):  # noqa: F811
    found = opened(driver)
    effect = appeals.preview(found, Decision(verdict=CORRECT, answer="x", left_at=at("08:40")), now=NOW)
    assert (effect.fee_fen, effect.new_fee_fen, effect.from_due_fen, effect.refund_fen) == (300, 200, 100, 0)
    assert view().due_fen == 300


def test_a_corrected_time_asks_only_for_that_time(driver, order, clerk):  # noqa: F811
    found = opened(driver)
    after = appeals.decide(
        found.number, Decision(verdict=CORRECT, answer="影像显示 8:40 离开", left_at=at("08:40")), by=clerk, now=NOW
    )
    assert (after.status, after.relief_fen, view().due_fen) == ("upheld", 100, 200)
    assert not view().urge_paused
    told = Message.objects.get()
    assert (told.word, told.key) == ("appeal_answered", found.number)
    assert found.number in messages.body(told, english=False)


def test_somebody_elses_car_is_charged_nothing(driver, order, clerk):  # noqa: F811
    appeals.decide(opened(driver, "not_mine").number, Decision(verdict=FREE, answer="车牌识别有误"), by=clerk, now=NOW)
    assert (view().due_fen, view().status) == (0, "void")


@pytest.mark.parametrize("plate", ["", "12345", "鄂L12345", "\x00"])
def test_moving_to_another_car_needs_that_cars_plate(driver, order, clerk, plate):  # noqa: F811
    found = opened(driver, "not_mine")
    with pytest.raises(Refused, match="真正停在那里的车"):
        appeals.decide(found.number, Decision(verdict=MOVE, answer="另一辆", plate=plate), by=clerk, now=NOW)
    assert view().due_fen == 300


def test_only_somebody_elses_car_is_moved_to_another_plate(driver, order, clerk):  # noqa: F811
    with pytest.raises(Refused, match="不是我的车"):
        appeals.decide(opened(driver).number, Decision(verdict=MOVE, answer="是", plate="鄂L67890"), by=clerk, now=NOW)


def test_a_stay_not_billed_yet_is_charged_to_the_car_that_truly_stood_there(driver, car, park, clerk, hours_ago):  # noqa: F811
    arrived = hours_ago(5)
    park(arrived)
    found = opened(driver, "not_mine")
    decision = Decision(
        verdict=MOVE, answer="影像显示是另一辆车", plate="鄂l·67890", left_at=arrived + timedelta(hours=1)
    )
    assert appeals.decide(found.number, decision, by=clerk, now=timezone.now()).status == "upheld"
    fold(later=600)
    (moved,) = ParkingSession.objects.filter(status="billed")
    assert (moved.plate, moved.fee_fen) == ("鄂L67890", 200)
    assert charges.unpaid_for_plates(["鄂L12345"]) == []
    assert [each.due_fen for each in charges.unpaid_for_plates(["鄂L67890"])] == [200]


def test_a_billed_stay_of_another_car_is_freed_and_left_unbilled_with_its_reason(driver, order, clerk):  # noqa: F811
    decision = Decision(verdict=MOVE, answer="影像显示是另一辆车", plate="鄂L67890")
    appeals.decide(opened(driver, "not_mine").number, decision, by=clerk, now=NOW)
    fold(later=600)
    assert (view().due_fen, view().status) == (0, "void")
    assert charges.unpaid_for_plates(["鄂L67890"]) == []
    (left,) = Discrepancy.objects.all()
    assert (left.session, left.reason, left.closed_at) == (session(), "other_plate", None)


def test_above_one_persons_limit_a_second_one_must_agree(driver, order, clerk, chief, settings):  # noqa: F811
    settings.APPEAL_LIMIT_FEN = 299
    number = opened(driver).number
    assert appeals.decide(number, Decision(verdict=FREE, answer="是"), by=clerk, now=NOW).status == "waits"
    assert view().due_fen == 300
    with pytest.raises(Refused, match="另一个人"):
        appeals.confirm(number, agreed=True, by=clerk, now=NOW)
    assert appeals.confirm(number, agreed=True, by=chief, now=NOW).status == "upheld"
    assert view().due_fen == 0


def test_a_second_person_may_send_it_back(driver, order, clerk, chief, settings):  # noqa: F811
    settings.APPEAL_LIMIT_FEN = 0
    number = opened(driver).number
    appeals.decide(number, Decision(verdict=FREE, answer="是"), by=clerk, now=NOW)
    after = appeals.confirm(number, agreed=False, by=chief, now=NOW)
    assert (after.status, after.answer, after.decided_by) == ("open", "", None)


def test_a_car_that_left_unseen_is_ended_by_the_answer(driver, car, park, clerk, hours_ago):  # noqa: F811
    arrived = hours_ago(5)
    park(arrived)
    found = opened(driver, "already_left")
    decision = Decision(verdict=CORRECT, answer="已按影像结束", left_at=arrived + timedelta(hours=1))
    appeals.decide(found.number, decision, by=clerk, now=timezone.now())
    fold(later=600)
    assert [row[3] for row in story()] == ["billed"]
    assert view().amount_fen == 200
