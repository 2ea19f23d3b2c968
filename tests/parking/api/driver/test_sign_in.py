import pytest
from django.utils import timezone

from parking.models import ApiToken, Consent, User
from tests.parking.api.driver.conftest import Caller, token_of
from tests.sandbox.fixtures import box, key_folder  # noqa: F401

pytestmark = pytest.mark.django_db
PHONE = "13800000001"


def code_for(nobody, phone=PHONE):
    return nobody.post("sign-in/code/", {"phone": phone}).json()["demo_code"]


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", ["", "12", "1380000000x", "13800000001\x00", "🚗", "9" * 400, None, 7, ["1"], {}])
def test_what_is_no_phone_is_named(nobody, phone):
    answer = nobody.post("sign-in/code/", {"phone": phone})
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert answer.json()["fields"]["phone"]


def test_a_second_code_within_a_minute_waits_and_says_how_long(nobody):
    code_for(nobody)
    answer = nobody.post("sign-in/code/", {"phone": PHONE})
    assert (answer.status_code, answer.json()["code"]) == (429, "too_soon")
    assert 0 < int(answer["Retry-After"]) <= 61


def test_a_known_and_an_unknown_phone_get_the_same_answer(nobody, settings):
    settings.DEMO = False
    User.objects.create(username="known", phone=PHONE)
    known = nobody.post("sign-in/code/", {"phone": PHONE})
    unknown = nobody.post("sign-in/code/", {"phone": "13800000002"})
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert "demo_code" not in known.json()


def test_a_wrong_code_is_refused_and_five_tries_end_it(nobody):
    code = code_for(nobody)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        answer = nobody.post("sign-in/", {"phone": PHONE, "code": wrong, "agreed": True})
        assert answer.json()["code"] == "wrong"
    assert nobody.post("sign-in/", {"phone": PHONE, "code": code, "agreed": True}).json()["code"] == "expired"


def test_nobody_signs_in_without_agreeing_to_the_privacy_notice(nobody):
    answer = nobody.post("sign-in/", {"phone": PHONE, "code": code_for(nobody), "agreed": False})
    assert answer.json()["code"] == "not_agreed"
    assert not User.objects.exists()


def test_staff_do_not_come_in_by_phone(nobody):
    User.objects.create(username="clerk", phone=PHONE, is_staff=True)
    answer = nobody.post("sign-in/", {"phone": PHONE, "code": code_for(nobody), "agreed": True})
    assert answer.json()["code"] == "staff"


@pytest.mark.parametrize(
    "path",
    ["account/", "account/export/", "vehicles/", "sessions/", "sessions/P1/", "charges/", "appeals/", "messages/"],
)
def test_nobody_is_told_anything_without_a_token(nobody, path):
    answer = nobody.get(path)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


# --- the ways in and out --------------------------------------------------------------------------------------------


def test_a_code_gives_a_token_once_and_the_agreement_is_kept(nobody):
    code = code_for(nobody)
    answer = nobody.post("sign-in/", {"phone": "+86 138-0000-0001", "code": code, "agreed": True})
    user = User.objects.get(phone=PHONE)
    assert Caller(answer.json()["token"]).get("account/").json()["phone"] == "138****0001"
    assert Consent.objects.get().purpose == "privacy"
    assert PHONE not in user.username
    assert nobody.post("sign-in/", {"phone": PHONE, "code": code, "agreed": True}).status_code == 400


def test_signing_out_ends_the_token_at_once(driver, api):
    assert api.post("sign-out/").status_code == 204
    assert api.get("account/").status_code == 401
    assert ApiToken.objects.get().revoked_at is not None


def test_a_closed_account_has_no_token(driver, api):
    driver.is_active = False
    driver.save()
    assert api.get("account/").status_code == 401


def test_a_wechat_code_opens_the_same_account_each_time(nobody, box, settings):  # noqa: F811
    settings.WECHAT_LOGIN = {**settings.WECHAT_LOGIN, "host": box.url}
    first = nobody.post("sign-in/wechat/", {"code": "demo-li", "agreed": True}).json()["token"]
    again = nobody.post("sign-in/wechat/", {"code": "demo-li", "agreed": True}).json()["token"]
    assert first != again
    assert User.objects.get().wechat_openid.startswith("o")
    assert Caller(again).get("account/").json()["wechat"] is True


def test_a_used_or_wrong_wechat_code_is_refused(nobody, box, settings):  # noqa: F811
    settings.WECHAT_LOGIN = {**settings.WECHAT_LOGIN, "host": box.url}
    nobody.post("sign-in/wechat/", {"code": "once", "agreed": True})
    assert nobody.post("sign-in/wechat/", {"code": "once", "agreed": True}).json()["code"] == "wrong_code"
    assert nobody.post("sign-in/wechat/", {"code": "bad", "agreed": True}).json()["code"] == "wrong_code"


def test_wechat_being_silent_is_said(nobody, settings):
    settings.WECHAT_LOGIN = {**settings.WECHAT_LOGIN, "host": "http://127.0.0.1:9"}
    answer = nobody.post("sign-in/wechat/", {"code": "x", "agreed": True})
    assert (answer.status_code, answer.json()["code"]) == (502, "wechat_silent")


def test_wechat_joins_an_account_and_leaves_the_one_before(driver, api, nobody, box, settings):  # noqa: F811
    settings.WECHAT_LOGIN = {**settings.WECHAT_LOGIN, "host": box.url}
    nobody.post("sign-in/wechat/", {"code": "demo-li", "agreed": True})
    assert api.post("account/wechat/", {"code": "demo-li"}).status_code == 204
    token = nobody.post("sign-in/wechat/", {"code": "demo-li", "agreed": True}).json()["token"]
    assert Caller(token).get("account/").json()["phone"] == "138****0000"


def test_a_token_of_another_person_shows_their_account(db):
    other = User.objects.create(username="other", phone="13900000000", date_joined=timezone.now())
    assert Caller(token_of(other)).get("account/").json()["phone"] == "139****0000"
