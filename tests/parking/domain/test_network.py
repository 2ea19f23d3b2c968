import gzip
import json

import pytest

from parking.domain.network import BerthRow, DeviceRow, NetworkFileError, Refusal, RoadRow, read

HEADER = "road,road_name,zone,berth,lon,lat,device,device_kind,codec,source\n"
SQUARE = [[114.32, 29.86], [114.32006, 29.86], [114.32006, 29.86002], [114.32, 29.86002], [114.32, 29.86]]


BERTH = {"road": "A", "road_name": "甲路", "zone": "甲区", "berth": "A01"}


def csv_rows(*lines: str) -> list:
    return list(read((HEADER + "\n".join(lines)).encode()))


def feature(geometry: dict | None, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def geojson_rows(*features: object) -> list:
    return list(read(json.dumps({"type": "FeatureCollection", "features": features}).encode()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"berth,lon,lat\nA01,1,2\n",
        b"road,road,road_name,zone,berth,lon,lat\n",
        b"{not json",
        b'{"type": "Feature"}',
        b'{"type": "FeatureCollection"}',
        b"\x1f\x8b\x08damaged",
        b"\xff\xff\xff\xff",
    ],
)
def test_a_file_that_is_no_network_is_refused_as_a_whole(content):
    with pytest.raises(NetworkFileError):
        read(content)


@pytest.mark.parametrize(
    ("line", "field", "word"),
    [
        (",甲路,甲区,A01,114.32,29.86,,,,", "road", "empty"),
        ("A,,甲区,A01,114.32,29.86,,,,", "road_name", "empty"),
        ("A,甲路,,A01,114.32,29.86,,,,", "zone", "empty"),
        ("A,甲路,甲区,,114.32,29.86,,,,", "berth", "empty"),
        ("A,甲路,甲区,A 01,114.32,29.86,,,,", "berth", "no code"),
        ("A,甲路,甲区,A01,east,29.86,,,,", "lon", "not a number"),
        ("A,甲路,甲区,A01,nan,29.86,,,,", "lon", "not a number"),
        ("A,甲路,甲区,A01,,29.86,,,,", "lon", "empty"),
        ("A,甲路,甲区,A01,29.86,114.32,,,,", "lat", "swapped"),
        ("A,甲路,甲区,A01,181,29.86,,,,", "lon", "outside"),
        ("A,甲路,甲区,A01,0,0,,,,", "lon", "without a fix"),
        (f"{'A' * 33},甲路,甲区,A01,114.32,29.86,,,,", "road", "longer"),
        ("A,甲\x07路,甲区,A01,114.32,29.86,,,,", "road_name", "control"),
        ("A,甲路,甲区,A01,114.32", "", "5 fields"),
        ('A,甲路,"甲"区,A01,114.32,29.86,,,,', "", "not CSV"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_reason_and_the_next_one_is_read(line, field, word):
    refused, good = csv_rows(line, "A,甲路,甲区,A02,114.32,29.86,,,,")
    assert isinstance(refused, Refusal)
    assert (refused.line, refused.field) == (2, field)
    assert word in refused.reason
    assert good.code == "A02"
    assert good.line == 3


def test_a_stray_quote_swallows_nothing_but_its_own_line():
    rows = csv_rows('A,"甲路,甲区,A01,114.32,29.86,,,,', "A,甲路,甲区,A02,114.32,29.86,,,,")
    assert [type(row) for row in rows] == [Refusal, BerthRow]


def test_a_line_tells_of_a_road_a_berth_and_a_device():
    (row,) = csv_rows("A,甲路,甲区,A01,114.32,29.86,CAM-1,high_camera,signaltone,vendor")
    assert (row.road.code, row.road.name, row.road.zone) == ("A", "甲路", "甲区")
    assert (row.code, row.longitude, row.latitude) == ("A01", 114.32, 29.86)
    assert row.watches == (
        {"device": "CAM-1", "device_kind": "high_camera", "codec": "signaltone", "source": "vendor"},
    )


def test_empty_lines_are_nothing_and_columns_may_come_in_any_order():
    content = "zone,berth,lat,lon,road_name,road,note\n\n甲区,A01,29.86,114.32,甲路,A,seen\n,,,,,,\n"
    (row,) = read(content.encode("utf-8-sig"))
    assert (row.code, row.longitude, row.watches, row.line) == ("A01", 114.32, (), 3)


def test_a_spreadsheet_saved_in_gb_18030_and_a_gzipped_file_read_the_same():
    text = HEADER + "A,甲路,甲区,A01,114.32,29.86,,,,\n"
    assert list(read(text.encode("gb18030"))) == list(read(gzip.compress(text.encode()))) == list(read(text.encode()))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (17, "type"),
        ({"type": "Feature", "geometry": None}, "properties"),
        (feature(None, road="A"), "geometry"),
        (feature({"type": "Polygon", "coordinates": [SQUARE[:3]]}, **BERTH), "geometry"),
        (feature({"type": "Polygon", "coordinates": [[SQUARE[0]] * 4]}, **BERTH), "geometry"),
        (feature({"type": "LineString", "coordinates": SQUARE}, **BERTH), "geometry"),
        (feature({"type": "LineString", "coordinates": SQUARE[:1]}, road="A", road_name="甲", zone="甲"), "geometry"),
        (feature({"type": "Point", "coordinates": [214, 29]}, **BERTH), "lon"),
        (feature({"type": "Point", "coordinates": "here"}, **BERTH), "geometry"),
        (feature({"type": "Polygon", "coordinates": [SQUARE]}, **BERTH | {"road": 1}), "road"),
        (feature({"type": "Polygon", "coordinates": [SQUARE]}, **BERTH, code="4212"), "code"),
    ],
)  # fmt: skip
def test_a_wrong_feature_is_refused_with_its_ordinal(wrong, field):
    good = feature({"type": "Point", "coordinates": [114.32, 29.86]}, road="A", road_name="甲", zone="甲", berth="A2")
    refused, kept = geojson_rows(wrong, good)
    assert (refused.line, refused.field) == (1, field)
    assert isinstance(kept, BerthRow)


def test_a_line_is_a_road_a_polygon_a_berth_with_its_middle_and_a_bare_device_a_patrol_vehicle():
    line = {"type": "LineString", "coordinates": SQUARE[:2]}
    road, berth, patrol = geojson_rows(
        feature(line, road="A", road_name="甲路", zone="甲区", district="421202", phase=2),
        feature({"type": "Polygon", "coordinates": [SQUARE]}, road="A", road_name="甲路", zone="甲区", berth="A01",
                code="42120200010001", devices=[{"device": "C1", "device_kind": "high_camera"},
                                                {"device": "S1", "device_kind": "geomagnetic"}]),
        feature(None, device="P1", device_kind="patrol"),
    )  # fmt: skip
    assert isinstance(road, RoadRow)
    assert (road.phase, road.district, road.geometry) == (2, "421202", line)
    assert (berth.longitude, berth.latitude) == (114.32003, 29.86001)
    assert berth.geometry["coordinates"] == [SQUARE]
    assert berth.full_code == "42120200010001"
    assert [watch["device"] for watch in berth.watches] == ["C1", "S1"]
    assert isinstance(patrol, DeviceRow)
