import json
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from parking.domain import datum
from parking.models import Berth, Road, TariffVersion, User, Vehicle
from sensors import demo, keys
from sensors.models import Device, Installation, Source

pytestmark = pytest.mark.django_db

BOUNDARY = Path(__file__).parent.parent / "data" / "xianning" / "xianan.geojson"


@pytest.fixture
def keys_in(tmp_path):
    demo.load(now=timezone.now(), keys_in=tmp_path / "keys")
    return tmp_path / "keys"


def test_production_refuses_a_city_whose_accounts_have_a_known_password(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError):
        call_command("load_demo", stdout=StringIO())
    assert not User.objects.exists()


def test_phase_1_has_2205_sensed_berths_on_10_roads_and_phase_2_has_1525_filmed_ones_on_16(keys_in):
    assert [Road.objects.filter(phase=phase).count() for phase in (1, 2)] == [10, 16]
    assert [Berth.objects.filter(road__phase=phase).count() for phase in (1, 2)] == [2205, 1525]
    kinds = set(Installation.objects.values_list("berth__road__phase", "device__kind").distinct())
    assert kinds == {(1, "geomagnetic"), (2, "high_camera"), (2, "low_camera")}
    assert Installation.objects.values("berth").distinct().count() == 3730
    assert Device.objects.filter(kind="patrol").count() == 4


def test_every_berth_lies_in_xianan_has_its_own_outline_and_a_code_of_district_road_and_berth(keys_in):
    (ring,) = json.loads(BOUNDARY.read_text())["geometry"]["coordinates"]
    boundary = [datum.from_gcj02(longitude=longitude, latitude=latitude) for longitude, latitude in ring]
    berths = list(Berth.objects.select_related("road"))
    corners = [tuple(corner) for berth in berths for corner in berth.geometry["coordinates"][0]]
    assert all(inside(corner, boundary) for corner in corners)
    assert all(inside(tuple(point), boundary) for road in Road.objects.all() for point in road.geometry["coordinates"])
    assert len({json.dumps(berth.geometry) for berth in berths}) == 3730
    for berth in berths:
        road, number = berth.code.split("-")
        assert berth.full_code == f"421202{int(road[2:]):04d}{int(number):04d}"
        assert berth.road.code == road


def test_a_key_in_its_file_opens_the_door_for_each_source(keys_in):
    assert Source.objects.count() == 4
    for source in Source.objects.all():
        file = keys_in / f"{source.name}.key"
        assert file.stat().st_mode & 0o077 == 0
        speaker = keys.speaker(file.read_text())
        assert speaker is not None
        assert speaker.name == source.name


def test_there_is_a_tariff_a_driver_with_two_cars_and_staff_of_three_kinds(keys_in):
    assert TariffVersion.objects.get(status=TariffVersion.Status.APPROVED).code == "xianning-demo"
    assert set(Vehicle.objects.values_list("user__phone", "plate")) == {
        ("13800000000", "鄂L12345"),
        ("13800000000", "鄂LD12345"),
    }
    for name in ("admin", "operator", "inspector"):
        assert User.objects.get(username=name).check_password(demo.STAFF_PASSWORD)


def test_loaded_again_it_is_the_same_city_with_the_same_keys(keys_in, django_assert_max_num_queries):
    before = {file.name: file.read_text() for file in keys_in.iterdir()}
    with django_assert_max_num_queries(60):
        assert demo.load(now=timezone.now(), keys_in=keys_in) is None
    assert {file.name: file.read_text() for file in keys_in.iterdir()} == before
    assert (Berth.objects.count(), Installation.objects.count(), User.objects.count()) == (3730, 3730, 4)


def test_an_empty_database_is_filled_even_where_the_keys_were_left_behind(keys_in):
    Installation.objects.all().delete()
    assert demo.load(now=timezone.now(), keys_in=keys_in) is not None
    assert Installation.objects.count() == 3730


def inside(point: tuple[float, float], ring: list[tuple[float, float]]) -> bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in pairwise(ring):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
