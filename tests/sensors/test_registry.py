"""The register of devices in and out as a table."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking.models import Berth
from sensors import registry
from sensors.models import Device, Installation, Source
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")
HEAD = ",".join(registry.COLUMNS)


@pytest.fixture(autouse=True)
def _street():
    street.build()
    Source.objects.create(name="lora", codec="tts", created_at=NOW)


def load(*lines, now=NOW):
    reader = csv.DictReader(io.StringIO("\n".join([HEAD, *lines])))
    return registry.load(enumerate(reader, start=2), now=now)


def stays(code="S1"):
    return [
        (each.berth.code, each.channel, each.installed_at, each.removed_at)
        for each in Installation.objects.filter(device__code=code).order_by("installed_at", "id")
    ]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (",geomagnetic,,,,,,,", "device"),
        ("x" * 65 + ",geomagnetic,,,,,,,", "device"),
        ("S1,sundial,,,,,,,", "kind"),
        ("S1,geomagnetic,esperanto,,,,,,", "codec"),
        ("S1,geomagnetic,,nobody,,,,,", "source"),
        ("S1,geomagnetic,,,perhaps,,,,", "active"),
        ("S1,geomagnetic,,,,,Z99,,", "berth"),
        ("S1,geomagnetic,,,,3,,,", "berth"),
        ("S1,patrol,,,,,A01,,", "berth"),
        ("S1,high_camera,,,," + "9" * 33 + ",A01,,", "channel"),
        ("S1,geomagnetic,,,,,A01,yesterday,", "installed_at"),
        ("S1,geomagnetic,,,,,A01,2026-11-20T08:00:00,", "installed_at"),
        ("S1,geomagnetic,,,,,A01,2026-11-20T08:00:00+08:00,2026-11-20T08:00:00+08:00", "removed_at"),
    ],
)
def test_a_wrong_line_is_named_with_its_column_and_spares_the_others(line, column):
    done = load(line, "S2,geomagnetic,tts,lora,yes,,A02,,")
    assert [(each.line, each.column) for each in done.refused] == [(2, column)]
    assert done.refused[0].reason
    assert list(Device.objects.values_list("code", flat=True)) == ["S2"]


def test_two_lines_that_contradict_each_other_are_refused_at_the_second():
    done = load("C1,high_camera,,,,1,A01,,", "C1,low_camera,,,,2,A02,,")
    assert [(each.line, each.column) for each in done.refused] == [(3, "device")]
    assert "2" in done.refused[0].reason


def test_a_moved_sensor_leaves_its_old_berth_and_keeps_its_history():
    load("S1,geomagnetic,tts,lora,yes,,A01,2026-01-01T00:00:00+08:00,")
    done = load("S1,geomagnetic,tts,lora,yes,,A03,2026-11-20T08:00:00+08:00,")
    assert (done.added, done.refused) == (1, [])
    moved = at("08:00")
    assert stays() == [("A01", "", at("00:00", day="2026-01-01"), moved), ("A03", "", moved, None)]


def test_a_camera_watches_several_berths_and_each_channel_one():
    load(
        "C1,high_camera,,,,,A01,2026-01-01T00:00:00+08:00,",
        "C1,high_camera,,,,,A02,2026-01-01T00:00:00+08:00,",
        "C1,high_camera,,,,7,A03,2026-01-01T00:00:00+08:00,",
    )
    assert [stay[3] for stay in stays("C1")] == [None, None, None]
    load("C1,high_camera,,,,7,A04,,")
    assert [stay[0] for stay in stays("C1") if stay[3] is None] == ["A01", "A02", "A04"]


def test_the_end_of_an_installation_can_be_told():
    load("S1,geomagnetic,,,,,A01,2026-01-01T00:00:00+08:00,")
    done = load("S1,geomagnetic,,,,,A01,2026-01-01T00:00:00+08:00,2026-11-20T08:00:00+08:00")
    assert done.added == 1
    assert stays()[0][3] == at("08:00")


def test_a_period_that_overlaps_a_past_one_is_refused():
    load("S1,geomagnetic,,,,,A01,2026-01-01T00:00:00+08:00,2026-06-01T00:00:00+08:00")
    done = load("S1,geomagnetic,,,,,A02,2026-05-01T00:00:00+08:00,")
    assert (done.refused[0].column, "A01" in done.refused[0].reason) == ("installed_at", True)
    assert len(stays()) == 1


def test_a_sensor_that_lies_there_already_stays_as_it_is():
    load("S1,geomagnetic,,,,,A01,,")
    done = load("S1,geomagnetic,,,,,A01,,", now=at("13:00"))
    assert (done.added, done.unchanged, done.refused) == (0, 1, [])


def test_a_device_of_another_kind_now_is_changed():
    load("S1,geomagnetic,,,,,A01,,")
    assert load("S1,geomagnetic,tts,lora,no,,,,").added == 1
    device = Device.objects.get()
    assert (device.codec, device.source.name, device.active) == ("tts", "lora", False)


def test_what_goes_out_comes_in_again_and_changes_nothing(tmp_path, capsys):
    load(
        "S1,geomagnetic,tts,lora,yes,,A01,2026-01-01T00:00:00+08:00,2026-06-01T00:00:00+08:00",
        "S1,geomagnetic,tts,lora,yes,,A02,2026-06-01T00:00:00+08:00,",
        "C1,high_camera,,,,7,A03,,",
        "CAR,patrol,patrol,,no,,,,",
    )
    call_command("export_devices")
    told = capsys.readouterr().out
    file = tmp_path / "devices.csv"
    file.write_text(told)
    call_command("import_devices", str(file))
    assert capsys.readouterr().out == "0 entered, 4 unchanged, 0 refused\n"
    Installation.objects.all().delete()
    Device.objects.all().delete()
    call_command("import_devices", str(file), "--dry-run")
    assert "Nothing was written" in capsys.readouterr().out
    assert not Device.objects.exists()
    call_command("import_devices", str(file))
    capsys.readouterr()
    call_command("export_devices")
    assert capsys.readouterr().out == told


def test_a_file_with_a_strange_column_or_no_good_line_fails(tmp_path, capsys):
    file = tmp_path / "devices.csv"
    file.write_text("device,colour\nS1,red\n")
    with pytest.raises(CommandError, match="colour"):
        call_command("import_devices", str(file))
    file.write_text("device,kind\nS1,sundial\n")
    with pytest.raises(CommandError, match="every line"):
        call_command("import_devices", str(file))
    assert "line 2: kind:" in capsys.readouterr().out


@pytest.mark.parametrize("lines", [1, 150])
def test_a_table_takes_the_same_statements_whatever_its_length(lines):
    berth = Berth.objects.get(code="A01")
    Berth.objects.bulk_create(Berth(road=berth.road, code=f"B{n}") for n in range(lines))
    with CaptureQueriesContext(connection) as queries:
        load(*(f"D{n},geomagnetic,tts,lora,yes,,B{n},," for n in range(lines)))
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 6
    assert Installation.objects.count() == lines
