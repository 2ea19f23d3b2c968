import time
from urllib.parse import parse_qs, urlsplit

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from parking.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a long pass phrase"


@pytest.fixture(autouse=True)
def _door(settings):
    settings.SECOND_FACTOR = True
    settings.DEMO = False


@pytest.fixture
def clerk():
    user = User.objects.create_user("clerk", password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.create(name="auditor"))
    return user


def code_of(user, *, later=0):
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + later * device.step
    return f"{totp.token():06d}"


def sign_in(client):
    return client.post("/admin/login/?next=/admin/parking/", {"username": "clerk", "password": PASSWORD})


def prove(client, token):
    return client.post(reverse("second-factor"), {"token": token, "next": "/admin/"})


def set_up(client, clerk):
    sign_in(client)
    client.get(reverse("second-factor"))
    return prove(client, code_of(clerk))


def test_a_password_alone_opens_no_page_of_the_desk(client, clerk):
    sign_in(client)
    for path in ("/admin/", "/admin/parking/parkingsession/", "/admin/parking/review/desk/"):
        answer = client.get(path)
        assert (answer.status_code, urlsplit(answer.url).path) == (302, "/admin/second-factor/")
        assert parse_qs(urlsplit(answer.url).query)["next"] == [path]


@pytest.mark.parametrize("token", ["", "000000", "abcdef", "12 34", "鄂L12345", "0" * 400])
def test_a_wrong_code_opens_nothing(client, clerk, token):
    sign_in(client)
    client.get(reverse("second-factor"))
    assert prove(client, token).status_code == 422
    assert client.get("/admin/").status_code == 302
    assert not TOTPDevice.objects.get().confirmed


def test_the_right_code_opens_the_desk_and_gives_recovery_codes_once(client, clerk):
    shown = set_up(client, clerk).context["codes"]
    assert len(set(shown)) == 10
    assert client.get("/admin/").status_code == 200
    client.logout()
    sign_in(client)
    page = client.get(reverse("second-factor"))
    assert page.context["secret"] == ""
    assert "codes" not in page.context


def test_a_code_counts_once(client, clerk):
    set_up(client, clerk)
    used = code_of(clerk)
    client.logout()
    sign_in(client)
    assert prove(client, used).status_code == 422


def test_a_recovery_code_counts_once(client, clerk):
    code = set_up(client, clerk).context["codes"][0]
    client.logout()
    sign_in(client)
    assert prove(client, code).status_code == 302
    assert not StaticToken.objects.filter(token=code).exists()
    client.logout()
    sign_in(client)
    assert prove(client, code).status_code == 422


def test_guessing_codes_is_slowed_down(client, clerk):
    set_up(client, clerk)
    client.logout()
    sign_in(client)
    for _try in range(3):
        prove(client, "000000")
    assert prove(client, code_of(clerk, later=1)).status_code == 422


def test_nobody_is_led_to_a_foreign_page(client, clerk):
    set_up(client, clerk)
    answer = client.get(reverse("second-factor"), {"next": "https://elsewhere.example/"})
    assert answer.url == "/admin/"


def test_a_driver_has_no_business_at_the_door(client):
    client.force_login(User.objects.create(username="driver", phone="13800000000"))
    assert client.get(reverse("second-factor")).status_code == 403


def test_who_is_idle_is_signed_out(client, clerk, settings, time_machine):
    settings.SECOND_FACTOR = False
    time_machine.move_to(time.time())
    client.force_login(clerk)
    assert client.get("/admin/").status_code == 200
    time_machine.shift(settings.DESK_IDLE_MINUTES * 60 - 5)
    assert client.get("/admin/").status_code == 200
    time_machine.shift(settings.DESK_IDLE_MINUTES * 60 + 5)
    assert client.get("/admin/").url == "/admin/login/?next=%2Fadmin%2F"
    assert "_auth_user_id" not in client.session


def test_the_demo_shows_the_code_that_an_app_would(client, clerk, settings):
    settings.DEMO = True
    sign_in(client)
    page = client.get(reverse("second-factor"))
    assert page.context["shown"] == code_of(clerk)
    assert code_of(clerk) in page.content.decode()


def test_guessing_a_password_locks_the_name_out_from_that_address_only(client, clerk):
    for _try in range(5):
        client.post("/admin/login/", {"username": "clerk", "password": "wrong"})
    refused = sign_in(client)
    assert refused.status_code == 429
    assert "15 分钟" in refused.content.decode()
    elsewhere = client.post("/admin/login/", {"username": "clerk", "password": PASSWORD}, REMOTE_ADDR="10.9.8.7")
    assert elsewhere.status_code == 302
    assert AccessAttempt.objects.exists()
