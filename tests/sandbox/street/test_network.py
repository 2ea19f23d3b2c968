from pathlib import Path

import pytest

from sandbox.street.__main__ import CITY, main
from sandbox.street.network import read_network


@pytest.fixture(scope="module")
def city():
    return read_network(CITY)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--network", "nowhere.csv"], "nowhere.csv"),
        (["--faults", "mild"], "mild"),
        (["--speed", "0"], "speed"),
        (["--rate", "0"], "--rate"),
        (["--regular", "鄂L12345"], "PLATE:COLOUR@BERTH"),
        ([], "load_demo"),
    ],
)
def test_a_start_that_can_not_work_ends_with_a_plain_line(arguments, said, tmp_path, capsys):
    assert main([*arguments, "--keys", str(tmp_path)]) == 2
    assert said in capsys.readouterr().err


def test_the_demo_city_reads_as_its_roads_in_order_and_its_devices(city):
    assert (len(city.roads), len(city.places)) == (26, 3730)
    assert city.roads["XA01"][:2] == ["XA01-001", "XA01-002"]
    assert {device.kind for device in city.devices} == {"geomagnetic", "high_camera", "low_camera", "patrol"}
    assert all(bool(device.berths) == (device.kind != "patrol") for device in city.devices)


def test_a_csv_reads_the_same(tmp_path: Path):
    file = tmp_path / "network.csv"
    file.write_text(
        "road,road_name,zone,berth,lon,lat,device,device_kind,codec,source\n"
        "A,甲路,甲区,A01,114.32,29.86,CAM-1,high_camera,signaltone,video\n"
        "A,甲路,甲区,A02,114.33,29.86,CAM-1,high_camera,signaltone,video\n"
        "A,甲路,甲区,A03,,,,,,\n"
        ",,,,,,P1,patrol,,patrol\n"
    )
    street = read_network(file)
    assert street.roads == {"A": ["A01", "A02", "A03"]}
    assert [(device.code, device.berths) for device in street.devices] == [("CAM-1", ("A01", "A02")), ("P1", ())]


def test_a_part_of_the_street_keeps_every_road_and_whole_devices(city):
    part = city.only(100)
    assert set(part.roads) == set(city.roads)
    assert 100 <= len(part.places) < 250
    whole = {device.code: device for device in city.devices}
    assert all(device == whole[device.code] for device in part.devices)
    assert city.only(10_000) is city


def test_the_first_berths_of_each_road_can_be_left_to_others(city):
    left = city.leaving(5)
    assert left.roads["XA01"][0] == "XA01-006"
    assert all(berth in left.places for device in left.devices for berth in device.berths)
    assert "XA01-001" not in {berth for device in left.devices for berth in device.berths}
    patrols = [device.code for device in city.devices if device.kind == "patrol"]
    assert [device.code for device in left.devices if device.kind == "patrol"] == patrols
