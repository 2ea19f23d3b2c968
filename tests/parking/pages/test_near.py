from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from parking import surmise
from parking.models import Berth, ParkingSession, Road
from parking.pages import kerb, near
from tests.street import PLATE

pytestmark = pytest.mark.django_db
HERE = [114.32, 29.86]


@pytest.fixture
def street(road):
    road.geometry = {"type": "LineString", "coordinates": [[114.31, 29.85], HERE, [114.33, 29.87]]}
    road.save()
    return road


def first(**more):
    now = timezone.now()
    return near.near(kerb.roads_now(now=now), lead=timedelta(minutes=15), now=now, **more)[0]


def past_weeks(road, weeks):
    """Each week one car came within the quarter of an hour that is asked about."""
    now = timezone.now()
    for week in range(1, weeks + 1):
        arrived = now - timedelta(days=7 * week) + timedelta(minutes=5)
        ParkingSession.objects.create(
            number=f"W{week}", berth=Berth.objects.get(code="A01"), road=road, plate=PLATE, arrived_at=arrived,
            left_at=arrived + timedelta(hours=1), status="ended", created_at=arrived, updated_at=arrived,
        )  # fmt: skip


def test_a_road_without_a_history_gets_no_guess(street):
    past_weeks(street, 5)
    assert first().guess is None


def test_the_guess_follows_the_roads_own_weeks(street):
    past_weeks(street, 8)
    guess = first().guess
    assert (guess.free, guess.low, guess.high, guess.weeks) == (3, 3, 3, 8)


def test_the_guess_takes_one_query_however_many_roads(street, django_assert_num_queries):
    roads = {street.pk: (4, 0)}
    for index in range(5):
        other = Road.objects.create(code=f"R{index}", name="x", zone=street.zone)
        roads[other.pk] = (4, 0)
    with django_assert_num_queries(1):
        surmise.at_arrival(roads, now=timezone.now(), lead=timedelta(minutes=15))


def test_a_chinese_map_gets_gcj02_and_the_phones_own_map_wgs84(street):
    found = first()
    east, north, name = parse_qs(urlsplit(found.amap).query)["to"][0].split(",")
    assert (round(float(east) - HERE[0], 4), round(float(north) - HERE[1], 4)) == pytest.approx(
        (0.0054, -0.0023), abs=0.002
    )
    assert abs(float(east) - HERE[0]) > 0.002
    assert name == "甲路"
    assert found.geo.startswith("geo:29.860000,114.320000?")


def test_the_map_is_drawn_in_the_datum_of_its_tiles(street, settings):
    settings.MAP_TILES = {"url": "", "datum": "wgs84", "attribution": ""}
    assert near.map_data([first()])["roads"][0]["line"][1] == [29.86, 114.32]
    settings.MAP_TILES = {"url": "", "datum": "gcj02", "attribution": ""}
    assert near.map_data([first()])["roads"][0]["line"][1] != [29.86, 114.32]


def test_a_road_without_a_shape_has_no_way_there(road):
    found = first()
    assert (found.amap, found.geo, near.map_data([found])["roads"]) == ("", "", [])


@pytest.mark.parametrize("asked", ["", "x", "9999", "-5", "٣٠", "7"])
def test_an_odd_lead_is_a_quarter_of_an_hour(asked):
    assert near.lead_of(asked) == timedelta(minutes=15)


def test_the_list_tells_price_room_and_the_way(client, street):
    html = client.get("/roads/?in=30").content.decode()
    assert "首小时" in html
    assert "2.00 元" in html
    assert "导航到 甲路" in html


def test_every_page_for_anyone_is_in_the_map_of_the_site_in_both_languages(client, street):
    xml = client.get("/sitemap.xml").content.decode()
    for path in ("/roads/</loc>", "/roads/A/</loc>", "/help/</loc>", "/roads/A/?lang=en"):
        assert path in xml
    assert "Sitemap: http" in client.get("/robots.txt").content.decode()


def test_each_language_has_an_address_that_is_remembered(client, street):
    assert '<html lang="en"' in client.get("/?lang=en").content.decode()
    assert '<html lang="en"' in client.get("/roads/").content.decode()
    html = client.get("/?lang=zh-hans").content.decode()
    assert '<html lang="zh-hans"' in html
    assert 'hreflang="en"' in html
    assert '<html lang="zh-hans"' in client.get("/?lang=xx").content.decode()
