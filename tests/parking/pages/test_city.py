import json
import re

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from parking import pulse
from parking.models import ParkingSession, User
from tests.street import OTHER_PLATE, PLATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = User.objects.create(username="city")
    user.groups.add(Group.objects.create(name="city"))
    client.force_login(user)
    return client


def test_a_stranger_is_asked_for_name_and_password(client):
    assert client.get("/city/").url == "/city/sign-in/?next=%2Fcity%2F"


def test_a_driver_is_refused(browser):
    assert browser.get("/city/").status_code == 403


def test_a_page_left_open_after_signing_out_is_told_to_leave(client):
    answer = client.get("/city/now/")
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/city/sign-in/")


def test_a_wrong_password_is_refused_with_a_sentence(client, road):
    answer = client.post("/city/sign-in/", {"username": "city", "password": "wrong"})
    assert 'role="alert"' in answer.content.decode()


def test_the_city_has_no_plates(manager, park, hours_ago):
    park(hours_ago(2), hours_ago(1))
    park(hours_ago(1), plate=OTHER_PLATE, berth="A02")
    for page in ("/city/", "/city/now/"):
        html = manager.get(page).content.decode()
        assert PLATE not in html
        assert OTHER_PLATE not in html
        assert "L12345" not in html


def figures(html):
    found = re.findall(r'<p class="figure"><span>(.*?)</span><b>(.*?)</b>', html)
    return dict(found)


def test_the_figures_are_those_of_the_tables(manager, park, hours_ago):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    park(hours_ago(2), hours_ago(1))
    park(hours_ago(1), berth="A02")
    park(hours_ago(1), plate=OTHER_PLATE, berth="A03")
    told = figures(manager.get("/city/now/").content.decode())
    assert (told["占用"], told["空闲"]) == ("2", "2")
    assert told["今日停车"] == str(ParkingSession.objects.filter(arrived_at__gte=midnight).count())
    assert told["今日实收"] == "0.00 元"


def test_each_road_has_its_level_for_the_map(manager, park, hours_ago):
    park(hours_ago(1))
    html = manager.get("/city/").content.decode()
    levels = json.loads(re.search(r'id="levels" type="application/json">(.*?)</script>', html)[1])
    assert levels["A"]["level"] == 1
    assert "1 / 4" in levels["A"]["words"]


def test_it_says_when_its_data_is_old(manager, road):
    assert "数据延迟" in manager.get("/city/now/").content.decode()
    pulse.beat(now=timezone.now())
    assert "数据延迟" not in manager.get("/city/now/").content.decode()


def test_the_queries_do_not_grow_with_the_city(manager, park, hours_ago, django_assert_max_num_queries):
    for berth in ("A01", "A02", "A03"):
        park(hours_ago(1), berth=berth)
    with django_assert_max_num_queries(14):
        manager.get("/city/now/")
