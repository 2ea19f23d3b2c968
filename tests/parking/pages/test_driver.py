from datetime import timedelta

import pytest
from django.utils import timezone

from parking.models import ParkingSession, User, Vehicle
from payments import charges
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db


def number():
    return ParkingSession.objects.get().number


# --- refusals -------------------------------------------------------------------------------------------------------


def test_an_order_of_somebody_else_is_not_found(browser, car, park):
    park(at("08:00"), at("09:10"), plate=OTHER_PLATE)
    assert browser.get(f"/driver/orders/{number()}/").status_code == 404
    assert browser.get(f"/driver/orders/{number()}/receipt.pdf").status_code == 404


def test_binding_a_plate_does_not_show_where_it_stood(browser, driver, park, hours_ago):
    park(hours_ago(2))
    browser.post("/driver/vehicles/add/", {"plate": PLATE, "color": ""})
    home = browser.get("/driver/").content.decode()
    assert "待核验" in home
    assert "甲路" not in home
    assert "停放中" not in home
    assert number() not in browser.get("/driver/orders/").content.decode()
    assert browser.get(f"/driver/orders/{number()}/").status_code == 404


def test_the_holder_before_me_is_not_shown_to_me(browser, car, park, hours_ago):
    park(at("08:00", day="2026-03-02"), at("08:20", day="2026-03-02"))
    Vehicle.objects.update(bound_at=hours_ago(24))
    charges.waive(number(), reason="test", by="operator", now=timezone.now())
    assert browser.get(f"/driver/orders/{number()}/").status_code == 404


def test_a_contested_stay_is_no_order_of_the_drivers(browser, car, park):
    park(at("08:00"))
    ParkingSession.objects.update(contested=True)
    assert browser.get(f"/driver/orders/{number()}/").status_code == 404


def test_an_unpaid_order_has_no_receipt(browser, car, park):
    park(at("08:00"), at("09:10"))
    assert browser.get(f"/driver/orders/{number()}/receipt.pdf").status_code == 404


def test_another_persons_car_can_not_be_unbound(browser, db):
    theirs = Vehicle.objects.create(user=User.objects.create(username="x"), plate=PLATE, bound_at=timezone.now())
    assert browser.post(f"/driver/vehicles/{theirs.pk}/remove/").status_code == 404
    assert Vehicle.objects.exists()


def test_an_eleventh_car_is_refused(browser, driver):
    for index in range(10):
        Vehicle.objects.create(user=driver, plate=f"鄂L1000{index}", bound_at=timezone.now())
    assert "最多绑定 10 辆车" in browser.post("/driver/vehicles/add/", {"plate": PLATE}).content.decode()


def test_unbinding_by_a_link_is_refused(browser, car):
    assert browser.get(f"/driver/vehicles/{car.pk}/remove/").status_code == 405


# --- what a driver sees ---------------------------------------------------------------------------------------------


def test_without_a_car_the_page_says_what_to_do(browser):
    assert "/driver/vehicles/add/" in browser.get("/driver/").content.decode()


def test_a_parked_car_shows_place_time_fee_and_the_next_rise(browser, car, park, hours_ago):
    arrived = hours_ago(2) - timedelta(minutes=10)
    park(arrived)
    html = browser.get("/driver/").content.decode()
    assert "甲路 A01" in html
    assert "停放中" in html
    assert f'data-since="{arrived.isoformat()}' in html or "data-since=" in html
    assert "2 小时 10 分" in html
    assert "5.00 元" in html
    rises = timezone.localtime(arrived + timedelta(minutes=150))
    assert f"{rises:%H:%M}" in html
    assert "6.00 元" in html


def test_the_running_part_alone_is_given_to_the_page_that_asks_again(browser, car, park, hours_ago):
    park(hours_ago(1))
    html = browser.get("/driver/now/").content.decode()
    assert "停放中" in html
    assert "<html" not in html


def test_an_order_explains_each_line_of_its_fee(browser, car, park):
    park(at("08:00"), at("09:10"))
    html = browser.get(f"/driver/orders/{number()}/").content.decode()
    assert "待支付" in html
    assert "08:00–" in html
    assert html.count("3.00 元") >= 2
    assert "1 小时 10 分" in html


def test_an_english_reader_reads_the_lines_in_english(browser, car, park):
    park(at("08:00"), at("09:10"))
    html = browser.get(f"/driver/orders/{number()}/", headers={"accept-language": "en"}).content.decode()
    assert "To pay" in html
    assert "¥3.00" in html
    assert "A Street A01" in html
    lines = html.split("<tbody>")[1].split("</tbody>")[0]
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in lines)


def test_orders_stand_in_groups_the_most_pressing_first(browser, car, park, hours_ago):
    park(at("08:00"), at("09:10"))
    park(at("12:00"), at("12:20"), berth="A02")
    ParkingSession.objects.filter(berth__code="A02").update(status="held", charge=None, billed_at=None)
    park(hours_ago(1), berth="A03")
    html = browser.get("/driver/orders/").content.decode()
    places = [html.index(f'id="group-{code}"') for code in ("due", "parked", "checked")]
    assert places == sorted(places)
    assert "核实前不收费" in html


def test_what_is_owed_for_any_of_my_plates_is_summed(browser, car, park):
    park(at("08:00"), at("09:10"))
    html = browser.get("/driver/").content.decode()
    assert "3.00 元" in html.split("查看并支付")[0]


def test_unbinding_takes_the_orders_away(browser, car, park):
    park(at("08:00"), at("09:10"))
    browser.post(f"/driver/vehicles/{car.pk}/remove/")
    assert browser.get(f"/driver/orders/{number()}/").status_code == 404


def test_the_queries_do_not_grow_with_the_orders(browser, car, park, django_assert_max_num_queries):
    for hour in range(8, 20):
        park(at(f"{hour:02}:00"), at(f"{hour:02}:20"))
    with django_assert_max_num_queries(14):
        browser.get("/driver/orders/")
