"""Permits and coupons as pages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from parking.models import Campaign, Permit, PermitProduct, User, Vehicle
from parking.permits import give_coupons
from payments.models import Charge
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.street import OTHER_PLATE, PLATE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(db):
    return PermitProduct.objects.create(
        code="night", kind="night", name="夜间证", name_en="Night permit", price_fen=10_000, start="19:00", end="08:00"
    )


def buy(browser, *cars, **more):
    return browser.post("/driver/permits/buy/night/", {"cars": [str(pk) for pk in cars], **more})


def settled():
    Charge.objects.update(status="settled", settled_at=timezone.now())


@pytest.mark.parametrize("path", ["/driver/permits/", "/driver/permits/buy/night/", "/driver/permits/M1/", "/driver/coupons/"])  # fmt: skip # noqa: E501
def test_a_stranger_is_sent_to_the_sign_in(client, product, path):
    assert client.get(path).url.startswith("/driver/sign-in/")


def test_what_is_not_sold_is_not_found(browser, car):
    assert browser.get("/driver/permits/buy/night/").status_code == 404


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"cars": []}, "请至少选择一辆车"),
        ({"cars": ["0", "\x00"]}, "这辆车已不在您的名下"),
        ({"begin": "\x00昨天"}, "请按 2026-12-01 的样子填写日期"),
        ({"begin": "2020-01-01"}, "开始日期不能早于今天"),
        ({"begin": "2999-01-01"}, "最多提前 60 天办理"),
        ({"begin": "9999-12-31"}, "最多提前 60 天办理"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(browser, car, product, said, words):
    answer = browser.post("/driver/permits/buy/night/", {"cars": [str(car.pk)]} | said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Charge.objects.exists()


def test_a_car_that_is_only_bound_is_led_to_its_proof(browser, driver, product):
    payer = Vehicle.objects.create(user=driver, plate=PLATE, plate_color="blue", bound_at=timezone.now())
    assert "只能给核验过车主的车办理" in browser.get("/driver/permits/buy/night/").content.decode()
    assert buy(browser, payer.pk).status_code == 422


def test_an_order_leads_to_the_payers_page_and_a_second_tap_to_the_same(browser, car, product, sandbox):  # noqa: F811
    started = buy(browser, car.pk, gateway="wechat")
    assert sandbox.url in browser.get(started.url).content.decode()
    buy(browser, car.pk, gateway="wechat")
    assert Charge.objects.count() == 1
    page = browser.get(f"/driver/permits/{Permit.objects.get().number}/").content.decode()
    assert "待支付" in page
    assert "100.00 元" in page


def test_a_gateway_that_is_silent_leaves_the_order_to_be_paid_later(browser, car, product, settings):
    answer = browser.post("/driver/permits/buy/night/", {"cars": [str(car.pk)]}, follow=True)
    assert answer.status_code == 200
    assert "支付渠道" in answer.content.decode()
    assert Charge.objects.get().status == "open"


def test_a_paid_permit_tells_when_it_holds_and_what_ending_it_gives_back(browser, car, product, sandbox):  # noqa: F811
    buy(browser, car.pk)
    settled()
    page = browser.get(f"/driver/permits/{Permit.objects.get().number}/").content.decode()
    for words in ("有效", "每天 19:00–08:00", "全市收费路段", "退证退款", "续期"):
        assert words in page


def test_another_persons_permit_is_not_found(browser, car, product, client, sandbox):  # noqa: F811
    buy(browser, car.pk)
    number = Permit.objects.get().number
    client.force_login(User.objects.create(username="other", phone="13900000000"))
    assert client.get(f"/driver/permits/{number}/").status_code == 404
    assert client.post(f"/driver/permits/{number}/pay/").status_code == 404
    client.post(f"/driver/permits/{number}/refund/")
    client.post(f"/driver/permits/{number}/cancel/")
    assert Permit.objects.get().revoked_at is None


def test_what_another_person_held_before_is_not_shown_with_the_plate(browser, car, product):
    before = User.objects.create(username="before")
    now = timezone.now()
    for number, ends in (("M1", now - timedelta(days=1)), ("M2", now + timedelta(days=1))):
        permit = Permit.objects.create(
            number=number, product=product, kind="night", from_at=now - timedelta(days=30), to_at=ends, holder=before,
            ordered_at=now,
        )  # fmt: skip
        permit.plates.create(plate=PLATE)
    page = browser.get("/driver/permits/").content.decode()
    assert "permit-M2" in page
    assert "permit-M1" not in page


def test_coupons_are_shown_with_their_worth_and_those_of_others_are_not(browser, car):
    now = timezone.now()
    Campaign.objects.create(
        code="autumn", name="秋日", kind="percent", value=20, from_at=now - timedelta(1), to_at=now + timedelta(9)
    )
    give_coupons("autumn", plates=[PLATE, OTHER_PLATE], now=now)
    page = browser.get("/driver/coupons/").content.decode()
    assert "减 20%" in page
    assert "67890" not in page
