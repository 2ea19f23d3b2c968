import pytest
from django.core.cache import cache

from parking.models import ParkingSession
from payments import charges
from tests import street
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db


def ask(client, plate=PLATE, **more):
    return client.post("/plate/", {"plate": plate, **more}, follow=True)


@pytest.mark.parametrize(
    "plate", ["", "L12345", "鄂L1234", "鄂L1234567890", "鄂L1234\u202e5", "鄂L12345\x00", "🚗", "x" * 4000]
)
def test_what_is_no_plate_is_refused_with_a_sentence_that_helps(client, plate):
    answer = client.post("/plate/", {"plate": plate})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert "鄂L12345" in answer.content.decode()


def test_an_eleventh_question_within_an_hour_is_refused(client, road):
    for _ in range(10):
        assert "应付金额" in ask(client).content.decode()
    assert "查询次数太多了" in client.post("/plate/", {"plate": PLATE}).content.decode()


def test_a_plate_asked_for_from_everywhere_is_refused_in_the_end(client, road):
    for number in range(30):
        cache.clear() if number == 0 else None
        client.post("/plate/", {"plate": PLATE}, REMOTE_ADDR=f"192.0.2.{number}")
    assert client.post("/plate/", {"plate": PLATE}, REMOTE_ADDR="198.51.100.1").status_code == 422
    assert client.post("/plate/", {"plate": OTHER_PLATE}, REMOTE_ADDR="198.51.100.1").status_code == 302


def test_nobody_sees_an_amount_without_naming_a_plate(client):
    assert client.get("/plate/due/").url == "/plate/"
    assert client.post("/plate/pay/").url == "/plate/"


def test_a_stranger_learns_the_sum_and_nothing_of_place_time_or_count(client, park):
    park(at("08:00"), at("09:10"))
    park(at("10:00"), at("10:40"), berth="A02")
    html = ask(client).content.decode()
    assert "5.00 元" in html
    main = html.split("<main")[1].split("</main")[0]
    for told in (
        "A01",
        "A02",
        "甲路",
        "08:00",
        "09:10",
        "11月",
        "2026",
        *ParkingSession.objects.values_list("number", flat=True),
    ):
        assert told not in main


def test_a_car_that_stands_now_answers_like_one_nobody_knows(client, park, hours_ago):
    park(hours_ago(2))
    known = ask(client).content.decode().split("<main")[1]
    unknown = ask(client, OTHER_PLATE).content.decode().split("<main")[1]
    swapped = unknown.replace("鄂L·67890", "鄂L·12345").replace("鄂 L 6 7 8 9 0", "鄂 L 1 2 3 4 5")
    assert known.split("csrf")[0] == swapped.split("csrf")[0]


def test_the_same_signs_on_another_colour_are_another_car(client, park):
    park(at("08:00"), at("09:10"))
    assert "3.00 元" in ask(client).content.decode()
    assert "0.00 元" in ask(client, color="yellow").content.decode()


def test_the_plate_is_in_no_address(client, park):
    answer = ask(client)
    assert [step[0] for step in answer.redirect_chain] == ["/plate/due/"]


def test_what_was_paid_is_owed_no_more(client, park, django_capture_on_commit_callbacks):
    park(at("08:00"), at("09:10"))
    charges.waive(ParkingSession.objects.get().number, reason="test", by="operator", now=at("12:00"))
    assert "0.00 元" in ask(client).content.decode()


def test_the_front_page_counts_free_berths_and_says_that_it_is_a_demonstration(client, park, hours_ago):
    park(hours_ago(1))
    html = client.get("/").content.decode()
    assert "现在 4 个泊位里有 <b>3</b> 个空位" in html
    assert "示意" in html


def test_the_pages_for_anyone_may_be_indexed_and_the_others_not(client, road):
    for page in ("/", "/roads/", "/roads/A/", "/help/", "/privacy/"):
        assert "noindex" not in client.get(page).content.decode()
    for page in ("/plate/", "/driver/sign-in/"):
        assert "noindex" in client.get(page).content.decode()


def test_without_roads_the_front_page_says_so(client):
    assert "还没有开放的路段" in client.get("/").content.decode()


def test_without_a_tariff_the_prices_say_that_parking_is_free(client, db):
    street.build(tariff=False)
    assert "停车不收费" in client.get("/roads/").content.decode()


def test_a_road_shows_a_strip_of_its_berths(client, park, hours_ago):
    park(hours_ago(1), berth="A03")
    html = client.get("/roads/A/").content.decode()
    assert html.count('aria-label="A0') == 4
    assert 'aria-label="A03 占用"' in html
    assert 'aria-label="A01 空闲"' in html


def test_an_unknown_or_closed_road_is_not_found(client, road):
    assert client.get("/roads/NONE/").status_code == 404
    road.opened = False
    road.save()
    assert client.get("/roads/A/").status_code == 404


def test_prices_by_example_are_those_of_the_tariff(client, road):
    html = client.get("/roads/").content.decode()
    assert "1 小时" in html
    assert "16.00 元" in html  # eight hours at one yuan a half hour


def test_the_reader_chooses_language_and_text_size(client, road):
    client.post("/i18n/setlang/", {"language": "en", "next": "/"})
    client.post("/text-size/", {"size": "large", "next": "/"})
    html = client.get("/").content.decode()
    assert '<html lang="en" class="large">' in html
    assert "Pay by plate" in html


def test_a_switch_leads_to_no_foreign_page(client):
    assert client.post("/text-size/", {"size": "large", "next": "https://evil.example/"}).url == "/"
