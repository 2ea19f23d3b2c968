from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking.models import Berth, BerthState, Road, Zone
from sensors import network
from sensors.models import Device, Installation, Source

pytestmark = pytest.mark.django_db

HEADER = "road,road_name,zone,berth,lon,lat,device,device_kind,codec,source\n"
STREET = "".join(
    f"A,甲路,甲区,A0{n},114.3200{n},29.86,0254504c0000000{n},geomagnetic,chirpstack,lora\n" for n in range(1, 5)
)


def load(text: str, **options):
    return network.load((HEADER + text).encode(), now=timezone.now(), **options)


def refusals(text: str) -> list[tuple[int, str]]:
    return [(refusal.line, refusal.field) for refusal in load(text).refused]


def test_a_file_that_is_no_network_fails_the_command_and_writes_nothing(tmp_path):
    file = tmp_path / "network.csv"
    file.write_text("berth\nA01\n")
    with pytest.raises(CommandError, match="lacks road"):
        call_command("load_network", file, stdout=StringIO())
    with pytest.raises(CommandError):
        call_command("load_network", tmp_path / "nowhere.csv", stdout=StringIO())
    assert not Road.objects.exists()


def test_the_command_fails_when_every_row_is_refused(tmp_path):
    file = tmp_path / "network.csv"
    file.write_text(HEADER + "A,甲路,甲区,A01,east,29.86,,,,\n")
    out = StringIO()
    with pytest.raises(CommandError, match="every row"):
        call_command("load_network", file, stdout=out)
    assert "line 2: lon: 'east' is not a number of degrees" in out.getvalue()


@pytest.mark.parametrize(
    ("device", "field"),
    [
        (",geomagnetic,chirpstack,lora", "device"),
        ("S9,sonar,chirpstack,lora", "device_kind"),
        ("S9,,chirpstack,lora", "device_kind"),
        ("S9,geomagnetic,morse,lora", "codec"),
        (f"{'S' * 65},geomagnetic,chirpstack,lora", "device"),
    ],
)
def test_a_row_with_a_wrong_device_is_refused_whole_and_the_others_are_loaded(device, field):
    assert refusals(STREET + f"A,甲路,甲区,A09,114.33,29.86,{device}\n") == [(6, field)]
    assert Berth.objects.count() == 4


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("B,乙路,甲区,A01,114.32001,29.86,,,,", "berth"),
        ("A,乙路,甲区,A05,114.32005,29.86,,,,", "road_name"),
        ("A,甲路,乙区,A05,114.32005,29.86,,,,", "zone"),
        ("A,甲路,甲区,A01,114.4,29.86,,,,", "lon"),
        ("A,甲路,甲区,A01,114.32001,29.86,0254504c00000001,geomagnetic,chirpstack,lora", "berth"),
        ("A,甲路,甲区,A05,114.32005,29.86,0254504c00000001,geomagnetic,chirpstack,lora", "device"),
        ("A,甲路,甲区,A05,114.32005,29.86,0254504c00000001,high_camera,chirpstack,lora", "device_kind"),
        ("A,甲路,甲区,A05,114.32005,29.86,0254504c00000001,geomagnetic,chirpstack,other", "source"),
    ],
)
def test_a_row_that_contradicts_an_earlier_one_is_refused(row, field):
    assert refusals(STREET + row + "\n") == [(6, field)]
    assert Berth.objects.count() == 4


def test_a_berth_never_moves_to_another_road_by_a_later_file():
    load(STREET)
    report = load("B,乙路,甲区,A01,114.32001,29.86,,,,\nB,乙路,甲区,B01,114.33,29.86,,,,\n")
    assert [(refusal.line, refusal.field) for refusal in report.refused] == [(2, "berth")]
    assert "lies on road A already" in report.refused[0].reason
    assert Berth.objects.get(code="A01").road.code == "A"


def test_a_street_is_loaded_with_roads_berths_sensors_and_a_source_without_a_key():
    report = load(STREET)
    assert report.refused == []
    assert report.new_sources == ["lora"]
    assert {name: count.created for name, count in report.counts.items()} == {
        "zones": 1, "roads": 1, "berths": 4, "sources": 1, "devices": 4, "installations": 4,
    }  # fmt: skip
    assert Zone.objects.get().name == "甲区"
    assert BerthState.objects.count() == 4
    source = Source.objects.get()
    assert (source.codec, source.witness, source.keys.count()) == ("chirpstack", "geomagnetic", 0)


def test_the_same_file_again_changes_nothing():
    load(STREET)
    report = load(STREET)
    assert all((count.created, count.updated) == (0, 0) for count in report.counts.values())
    assert Installation.objects.count() == 4


def test_a_changed_row_changes_its_own_berth_only_and_what_a_row_leaves_empty_is_kept():
    load(STREET)
    Road.objects.update(name_en="A Street", geometry={"type": "LineString", "coordinates": []})
    report = load(STREET.replace("114.32001", "114.32009"))
    berths = report.counts["berths"]
    assert (berths.created, berths.updated, berths.unchanged) == (0, 1, 3)
    assert Berth.objects.get(code="A01").longitude == 114.32009
    assert Road.objects.get().name_en == "A Street"
    assert Road.objects.get().geometry != {}


def test_events_from_before_the_load_find_the_device_of_a_first_file():
    load(STREET)
    assert Installation.objects.filter(installed_at__gt=timezone.now() - timedelta(days=365)).count() == 0


def test_a_sensor_found_at_another_berth_has_moved_there_and_history_stays():
    load(STREET)
    moved = "A,甲路,甲区,A05,114.32005,29.86,0254504c00000001,geomagnetic,chirpstack,lora\n"
    report = load(moved)
    installations = report.counts["installations"]
    assert (installations.created, installations.updated) == (1, 1)
    before, after = Installation.objects.filter(device__code="0254504c00000001").order_by("installed_at")
    assert (before.berth.code, after.berth.code) == ("A01", "A05")
    assert before.removed_at == after.installed_at


def test_a_camera_may_watch_several_berths_and_a_berth_may_have_several_devices():
    camera = "".join(f"A,甲路,甲区,A0{n},114.3200{n},29.86,CAM-1,high_camera,signaltone,video\n" for n in range(1, 5))
    assert refusals(STREET + camera) == []
    assert Device.objects.get(code="CAM-1").installations.count() == 4
    assert Installation.objects.filter(berth__code="A01").count() == 2


def test_a_berth_that_nobody_has_measured_is_loaded_and_keeps_the_place_it_has():
    assert refusals("A,甲路,甲区,A01,,,,,,\n") == []
    assert Berth.objects.get().longitude is None
    load("A,甲路,甲区,A01,114.32,29.86,,,,\n")
    load("A,甲路,甲区,A01,,,,,,\n")
    assert Berth.objects.get().longitude == 114.32


def test_a_row_that_repeats_an_earlier_one_is_said_to():
    rows = [f"A,甲路,甲区,A01,114.32,29.86,{device},high_camera,signaltone,video" for device in ("C1", "C2", "C1")]
    report = load("\n".join(rows))
    assert [(refusal.line, refusal.reason) for refusal in report.refused] == [(4, "says the same as line 2")]


def test_a_patrol_vehicle_is_registered_and_stands_at_no_berth():
    assert refusals(STREET + ",,,,,,PATROL-1,patrol,,patrol\n") == []
    assert Device.objects.get(code="PATROL-1").installations.count() == 0


def test_a_dry_run_reports_and_writes_nothing():
    report = load(STREET, dry_run=True)
    assert report.counts["berths"].created == 4
    assert not Berth.objects.exists()


def test_places_in_gcj_02_are_kept_in_wgs_84():
    load("A,甲路,甲区,A01,114.298711,29.852891,,,,\n", gcj02=True)
    berth = Berth.objects.get()
    assert (berth.longitude, berth.latitude) == pytest.approx((114.2933439, 29.8554060), abs=1e-7)


def test_the_number_of_queries_does_not_grow_with_the_rows():
    def queries(berths: int, road: str) -> int:
        rows = "".join(
            f"{road},{road},甲区,{road}-{n},114.32,29.8{n:04d},{road}{n:06d},geomagnetic,chirpstack,lora\n"
            for n in range(berths)
        )
        with CaptureQueriesContext(connection) as seen:
            assert load(rows).refused == []
        return len(seen)

    few, many = queries(4, "B"), queries(400, "C")
    assert many <= few
