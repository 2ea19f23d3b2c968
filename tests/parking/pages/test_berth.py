"""The page behind a berth's code: for anyone, and no oracle of who stands there."""

import pytest
from django.contrib.auth.models import Permission

from parking import signs
from parking.models import Berth, User
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db


def page(code="A01"):
    return f"/b/{signs.token(code)}/"


@pytest.mark.parametrize("token", ["A01", "A01:", "A01:AAAA", ":", "\u202eA01:x", "A01:x:y", "😀:x"])
def test_a_code_nobody_signed_warns_and_offers_the_true_way(client, road, token):
    answer = client.get(f"/b/{token}/")
    assert answer.status_code == 404
    assert "这个二维码不是我们的" in answer.content.decode()
    assert client.post(f"/b/{token}/", {"plate": PLATE}).status_code == 404


def test_another_berths_signature_does_not_fit(client, road):
    signature = signs.token("A01").partition(":")[2]
    assert client.get(f"/b/A02:{signature}/").status_code == 404


def test_a_berth_that_is_gone_is_told_like_a_code_of_others(client, road):
    Berth.objects.filter(code="A04").delete()
    assert client.get(page("A04")).status_code == 404


@pytest.mark.parametrize("plate", ["", "12345", "A01", "\x00", "鄂L12345鄂L12345鄂L12345鄂L12345x", "鄂L\u202e54321"])
def test_what_is_no_plate_is_explained_on_the_same_page(client, road, plate):
    answer = client.post(page(), {"plate": plate})
    assert answer.status_code == 422
    assert "鄂L12345" in answer.content.decode()
    assert "A01 号泊位" in answer.content.decode()


def test_the_page_tells_where_and_what_it_costs_and_asks_for_no_name(client, road):
    told = client.get(page()).content.decode()
    for words in ("A01 号泊位", "甲路", "不用登录", "小型车，今天 9:00 停入"):
        assert words in told
    assert "noindex" in told


def test_a_closed_berth_still_takes_a_plate(client, road):
    Berth.objects.filter(code="A01").update(opened=False)
    assert "不开放" in client.get(page()).content.decode()
    assert client.post(page(), {"plate": PLATE}).url == "/plate/due/"


def test_a_guest_learns_the_sum_and_nothing_of_who_stands_where(client, road, park, hours_ago):
    park(at("08:00"), at("09:10"))
    park(hours_ago(1), plate=PLATE, berth="A01")
    here, elsewhere = (client.post(page(code), {"plate": PLATE}) for code in ("A01", "A02"))
    assert here.url == elsewhere.url == "/plate/due/"
    told = client.get("/plate/due/").content.decode().split("<main")[1].split("</main")[0]
    assert "3.00 元" in told
    for secret in ("A01", "甲路", "08:", "09:"):
        assert secret not in told
    unknown = client.post(page(), {"plate": OTHER_PLATE})
    assert unknown.url == here.url


def test_questions_at_the_berth_count_with_those_at_the_counter(client, road):
    answers = [client.post(page() if n % 2 else "/plate/", {"plate": PLATE}).status_code for n in range(11)]
    assert answers == [302] * 10 + [422]


def test_the_sheet_leads_each_berth_to_its_own_page(road, settings):
    settings.PUBLIC_URL = "https://parking.example"
    assert signs.address("A01") == f"https://parking.example{page()}"
    assert signs.berth_of(signs.token("A01")) == "A01"


def test_signs_outlive_a_change_of_the_secret_key(road, settings):
    settings.BERTH_SIGNS_KEY = "a key of its own, long enough to sign with"
    before = signs.token("A01")
    settings.SECRET_KEY = "another secret key that came in a night"
    assert signs.berth_of(before) == "A01"


def test_an_operator_prints_the_codes_of_a_road(client, road):
    clerk = User.objects.create(username="clerk", is_staff=True, is_superuser=True)
    client.force_login(clerk)
    answer = client.post(
        "/admin/parking/road/", {"action": "print_codes", "_selected_action": [str(road.pk)]}, follow=True
    )
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_who_may_not_see_roads_prints_nothing(client, road):
    clerk = User.objects.create(username="clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_charge"))
    client.force_login(clerk)
    answer = client.post("/admin/parking/road/", {"action": "print_codes", "_selected_action": [str(road.pk)]})
    assert answer.status_code == 403
