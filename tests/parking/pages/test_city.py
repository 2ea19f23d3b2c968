import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from parking import passes, pulse
from parking.figures.definitions import FIGURES
from parking.models import ParkingSession, RoadNotice, User
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
    return dict(re.findall(r'<b data-figure="(\w+)">(.*?)</b>', html))


def script(html):
    return json.loads(re.search(r'id="city-data" type="application/json">(.*?)</script>', html, re.DOTALL)[1])


def test_the_figures_are_those_of_the_tables(manager, park, hours_ago):
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    park(hours_ago(2), hours_ago(1))
    park(hours_ago(1), berth="A02")
    park(hours_ago(1), plate=OTHER_PLATE, berth="A03")
    told = figures(manager.get("/city/").content.decode())
    assert (told["occupied"], told["free"]) == ("2", "2")
    assert told["arrivals"] == str(ParkingSession.objects.filter(arrived_at__gte=midnight).count())
    assert told["received_fen"] == "0.00 元"
    assert set(told) == {figure.name for figure in FIGURES}


def test_each_figure_says_what_it_means(manager, road):
    html = manager.get("/city/").content.decode()
    for figure in FIGURES:
        assert f"<dd>{figure.definition}</dd>" in html


def test_each_road_has_its_level_for_the_map(manager, park, hours_ago):
    park(hours_ago(1))
    told = script(manager.get("/city/").content.decode())["snapshot"]["roads"]["A"]
    assert (told["level"], told["occupied"], told["berths"], told["free"]) == (1, 1, 4, 3)


def test_it_says_when_its_data_is_old(manager, road):
    assert "数据延迟：归并进程落后</p>" in manager.get("/city/").content.decode()
    pulse.beat(now=timezone.now())
    assert "数据延迟：归并进程落后</p>" not in manager.get("/city/").content.decode()


def test_who_cannot_hear_the_stream_is_told_the_same_by_asking(manager, park, hours_ago):
    park(hours_ago(1))
    told = manager.get("/city/now.json").json()
    assert told["roads"]["A"]["occupied"] == 1
    assert told["figures"]["occupied"] == {"zh-hans": "1", "en": "1"}


def test_asking_without_a_name_is_refused(client):
    assert client.get("/city/now.json").status_code == 401


def test_a_road_shows_its_strip_of_berths(manager, park, hours_ago):
    park(hours_ago(1))
    html = manager.get("/city/roads/A/").content.decode()
    assert html.count('<li class="occupied">') == 2  # the berth, and the key
    assert manager.get("/city/roads/nowhere/").status_code == 404


def test_the_page_may_listen_to_the_streams_port_and_nothing_else(manager, road, settings):
    settings.STREAM_PORT = 8010
    answer = manager.get("/city/")
    assert "connect-src 'self' http://testserver:8010" in answer.headers["Content-Security-Policy"]
    stream = script(answer.content.decode())["stream"]
    assert stream.startswith("http://testserver:8010/city/stream/?pass=")
    assert passes.good(parse_qs(urlsplit(stream).query)["pass"][0])


def test_a_closed_road_and_a_silent_one_are_told_in_words(manager, park, hours_ago, road):
    park(hours_ago(3), hours_ago(2))
    assert "甲路已 120 分钟没有任何上报" in manager.get("/city/now/").content.decode()
    notice = RoadNotice.objects.create(
        kind="closed",
        from_at=hours_ago(1),
        reason="防汛",
        made_by=User.objects.get(username="city"),
        made_at=hours_ago(1),
    )
    notice.roads.add(road)
    html = manager.get("/city/now/").content.decode()
    assert "甲路已封闭：防汛" in html
    assert manager.get("/city/now.json").json()["roads"]["A"]["notice"] == "closed"


def test_the_queries_do_not_grow_with_the_city(manager, park, hours_ago, django_assert_max_num_queries):
    for berth in ("A01", "A02", "A03"):
        park(hours_ago(1), berth=berth)
    with django_assert_max_num_queries(60):
        manager.get("/city/now/")
