"""What drivers come to do, with the taps counted."""

import io
import re
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from parking import messages, signs
from parking.models import AppealPicture, BerthState, ParkingSession, Permit
from payments import charges, inbox

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def clerk():
    """Does what the worker does: settles what the gateways told us."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            inbox.work(now=timezone.now())
            time.sleep(0.1)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


def press(page, plate):
    """Type a plate on the page's own keyboard."""
    for sign in plate:
        page.click(f".keys button:text-is('{sign}')")


def pay_at_the_payers_page(page):
    page.wait_for_url(re.compile(r"/pay/"))
    page.click("button")
    page.wait_for_url(re.compile(r"/paying/[^/]+/$"))


def test_a_driver_signs_in_and_sees_the_car_that_stands(look, driver):
    watched = look().go("/driver/")
    page = watched.page
    page.fill("#id_phone", "138 0000 0000")
    page.click("main form button")
    page.fill("#id_code", page.get_attribute("[data-demo-code]", "data-demo-code"))
    page.click("main form button")
    page.wait_for_url("**/driver/")
    assert "停放中" in page.inner_text("main")
    first = page.inner_text("[data-timer]")
    expect(page.locator("[data-timer]")).not_to_have_text(first)


def test_all_arrears_are_paid_in_three_taps(look, driver, till, clerk):
    watched = look(user=driver).go("/driver/")
    watched.tap("text=查看并支付")
    watched.tap("button[value=wechat]")
    pay_at_the_payers_page(watched.page)
    watched.page.wait_for_selector("text=支付成功")
    assert watched.taps + 1 <= 3  # and the one at the payer's page
    numbers = ParkingSession.objects.filter(status="billed").values_list("number", flat=True)
    assert {view.status for view in charges.views(numbers).values()} == {"settled"}


def test_unticking_an_order_takes_it_off_the_sum(look, driver):
    page = look(user=driver).go("/driver/orders/").page
    assert page.inner_text("[data-sum]") == "5.00 元"
    page.uncheck("input[name=number] >> nth=0")
    assert page.inner_text("[data-sum]") in ("2.00 元", "3.00 元")
    page.uncheck("input[name=number] >> nth=1")
    assert page.locator("button[value=wechat]").is_disabled()


def test_a_guest_pays_with_the_plate_keyboard_in_three_taps(look, till, clerk):
    watched = look().go("/")
    watched.page.tap("#id_plate")
    press(watched.page, "鄂L12345")
    assert watched.page.input_value("#id_plate") == "鄂L12345"
    watched.tap("text=查应付金额")
    watched.tap("button[value=alipay]")
    pay_at_the_payers_page(watched.page)
    watched.page.wait_for_selector("text=支付成功")
    assert watched.taps + 1 <= 3
    assert "甲路" not in watched.page.inner_text("main")


def test_a_guest_scans_a_berths_code_and_pays_in_three_taps(look, till, clerk):
    watched = look().go(f"/b/{signs.token('A04')}/")  # the camera opened it: the sign is the address
    watched.page.tap("#id_plate")
    press(watched.page, "鄂L12345")
    watched.tap("text=查应付金额")
    watched.page.wait_for_selector("text=5.00 元")
    assert "A01" not in watched.page.inner_text("main")
    watched.tap("button[value=wechat]")
    pay_at_the_payers_page(watched.page)
    watched.page.wait_for_selector("text=支付成功")
    assert watched.taps + 1 <= 3  # and the one at the payer's page
    assert watched.foreign == [] or all("/pay/" in each for each in watched.foreign)


def test_a_permit_is_bought_in_five_taps_and_holds_at_once(look, driver, till, clerk):
    Permit.objects.all().delete()
    watched = look(user=driver).go("/driver/")
    watched.tap(".tabs >> text=我的")
    watched.tap("text=停车证（包月、夜间）")
    watched.tap("text=包月证")
    watched.tap("button[value=wechat]")
    pay_at_the_payers_page(watched.page)
    watched.page.wait_for_selector("text=支付成功")
    assert watched.taps + 1 <= 5
    watched.go("/driver/permits/")
    watched.page.wait_for_selector(".status:has-text('有效')")


def test_the_result_survives_a_closed_tab(look, driver, till, clerk):
    watched = look(user=driver).go("/driver/orders/")
    watched.page.click("button[value=wechat]")
    watched.page.wait_for_url(re.compile(r"/pay/"))
    watched.page.click("button")
    watched.page.wait_for_url(re.compile(r"/paying/[^/]+/$"))
    address = watched.page.url
    watched.page.close()
    other = look()
    other.page.goto(address)
    other.page.wait_for_selector("text=支付成功")


def test_a_plate_is_bound_in_three_taps(look, driver):
    watched = look(user=driver).go("/driver/")
    watched.tap(".tabs >> text=我的")
    watched.tap("text=绑定车辆")
    watched.page.fill("#id_plate", "鄂l·d54321")
    watched.tap("main form button.button")
    watched.page.wait_for_url("**/driver/")
    assert "已绑定 鄂LD54321" in watched.page.inner_text(".toasts")


def test_unbinding_asks_once_and_can_be_called_off(look, driver):
    page = look(user=driver).go("/driver/account/").page
    page.click("button[aria-label='解绑 京A12345']")
    page.click("dialog[open] [data-no]")
    assert driver.vehicles.count() == 2
    page.click("button[aria-label='解绑 京A12345']")
    page.click("dialog[open] [data-yes]")
    page.wait_for_selector("text=已解绑 京A12345")
    assert driver.vehicles.count() == 1


def test_a_wrong_plate_is_explained_and_the_explanation_has_the_focus(look):
    page = look().go("/plate/").page
    page.fill("#id_plate", "12345")
    page.click("main form button.button")
    page.wait_for_selector("[role=alert]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_plate"


def test_paying_works_by_keyboard_alone_and_the_focus_can_be_seen(look, driver):
    page = look(user=driver, width=1440, phone=False).go("/driver/orders/").page
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.value") == "wechat":
            break
    assert page.evaluate("document.activeElement.value") == "wechat"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_without_javascript_a_guest_still_sees_the_amount(chromium, live_server):
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(live_server.url)
    page.fill("#id_plate", "鄂L12345")
    page.click("text=查应付金额")
    assert "5.00 元" in page.inner_text("main")
    context.close()


def test_the_live_page_follows_the_street(look, manager, settings):
    watched = look(user=manager, width=1440, phone=False).go("/city/")
    page = watched.page
    path = page.locator("#map path.road-line")
    assert path.count() == 1
    assert "level-1" in path.get_attribute("class")
    assert path.get_attribute("aria-label")
    BerthState.objects.update(occupied=True)
    expect(path).to_have_class(re.compile("level-5"), timeout=15_000)
    assert "4 / 4" in path.get_attribute("aria-label")
    path.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#road-panel h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#road-panel")).to_be_hidden()
    expect(path).to_be_focused()


def test_an_appeal_with_a_picture_takes_five_taps(look, driver):
    watched = look(user=driver).go("/driver/")
    page = watched.page
    watched.tap("#latest-title >> xpath=../.. >> a[href*='/driver/orders/']:has-text('A01')")
    watched.tap("text=对订单有疑问")
    watched.tap("text=时间不对")
    watched.taps += 1  # the phone's own picture chooser
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    page.set_input_files("#id_picture", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()})
    watched.tap("text=提交申诉")
    page.wait_for_url(re.compile(r"/driver/appeals/S"))
    assert watched.taps == 5
    assert "处理中" in page.inner_text("main")
    assert "最晚答复" in page.inner_text("main")
    assert AppealPicture.objects.count() == 1


def test_automatic_payment_is_ended_in_three_taps(look, driver):
    watched = look(user=driver).go("/driver/")
    watched.tap(".tabs >> text=我的")
    watched.tap("main >> text=自动扣款")
    watched.tap("button[aria-label='停用 微信支付 鄂L12345']")
    watched.page.wait_for_selector("text=您已停用")
    assert watched.taps == 3
    [mandate] = charges.mandates_of(["鄂L12345"])
    assert mandate.ended_at is not None


def test_an_account_is_deleted_in_four_taps(look, driver):
    watched = look(user=driver).go("/driver/")
    watched.tap(".tabs >> text=我的")
    watched.tap("text=我的信息")
    watched.tap("form[data-confirm] button")
    watched.tap("dialog[open] [data-yes]")
    watched.page.wait_for_selector("text=账号已注销")
    assert watched.taps == 4
    driver.refresh_from_db()
    assert (driver.phone, driver.is_active, driver.vehicles.count()) == (None, False, 0)


def test_a_space_is_found_and_the_way_opened_in_two_taps(look, driver):
    watched = look(user=driver).go("/driver/")
    watched.tap(".tabs >> text=找空位")
    way = watched.page.get_attribute("text=导航 >> nth=0", "href")
    assert way.startswith("https://uri.amap.com/navigation?to=114.3")
    assert watched.taps + 1 <= 2
    assert watched.foreign == []


def test_a_message_leads_to_paying_in_two_taps(look, driver):
    messages.sweep(now=timezone.now() + timedelta(minutes=20))
    watched = look(user=driver).go("/driver/messages/")
    watched.tap("text=费用已算好 >> nth=0")
    watched.page.wait_for_selector("button[value=wechat]")
    assert watched.taps + 1 <= 2
