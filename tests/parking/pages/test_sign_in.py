import pytest

from parking.models import SignInCode, User
from tests.parking.pages.conftest import PHONE

pytestmark = pytest.mark.django_db
PAGE, CODE = "/driver/sign-in/", "/driver/sign-in/code/"


def code_for(client, phone=PHONE):
    client.post(PAGE, {"phone": phone})
    return client.session["sign_in_demo_code"]


@pytest.mark.parametrize("phone", ["", "123", "1381234567a", "13800000000" * 9, "１２３", "\x00", "+1 202 555 0100"])
def test_what_is_no_phone_is_refused_and_no_code_made(client, phone):
    answer = client.post(PAGE, {"phone": phone})
    assert answer.status_code == 422
    assert not SignInCode.objects.exists()


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "1234567", "１２３４５", "x" * 99])
def test_what_is_no_code_is_refused_without_costing_a_try(client, code):
    code_for(client)
    assert client.post(CODE, {"code": code}).status_code == 422
    assert SignInCode.objects.get().tries == 0


def test_a_wrong_code_is_refused_with_what_to_do(client):
    wrong = f"{(int(code_for(client)) + 1) % 1_000_000:06d}"
    answer = client.post(CODE, {"code": wrong})
    assert answer.status_code == 422
    assert "对照最新一条短信" in answer.content.decode()
    assert not User.objects.exists()


def test_asking_again_at_once_is_refused_with_the_wait(client):
    code_for(client)
    assert "秒后再试" in client.post(PAGE, {"phone": PHONE}).content.decode()


def test_the_second_step_without_the_first_leads_back(client):
    assert client.get(CODE).url == PAGE


def test_staff_are_sent_to_their_own_door(client):
    User.objects.create(username="boss", phone=PHONE, is_staff=True)
    answer = client.post(CODE, {"code": code_for(client)})
    assert "工作账号" in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_outside_a_demonstration_the_page_never_shows_the_code(client, settings):
    settings.DEMO = False
    client.post(PAGE, {"phone": PHONE})
    assert not client.session["sign_in_demo_code"]
    assert "data-demo-code" not in client.get(CODE).content.decode()


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_no_foreign_page(client, target):
    client.get(PAGE, {"next": target})
    assert client.post(CODE, {"code": code_for(client)}).url == "/driver/"


def test_a_known_and_an_unknown_phone_get_the_same_answer(client, driver):
    known = client.post(PAGE, {"phone": PHONE})
    unknown = client.post(PAGE, {"phone": "13911112222"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


@pytest.mark.parametrize("page", ["/driver/", "/driver/orders/", "/driver/account/", "/driver/vehicles/add/"])
def test_a_driver_page_asks_for_signing_in_and_then_goes_on(client, page):
    asked = client.get(page)
    assert asked.url == f"{PAGE}?next={page}"
    client.get(asked.url)
    assert client.post(CODE, {"code": code_for(client)}).url == page


def test_signing_out_ends_it(browser):
    browser.post("/driver/sign-out/")
    assert browser.get("/driver/").status_code == 302
