import gzip
import json
import math
from itertools import pairwise
from pathlib import Path

import pytest

from sandbox.city import plan
from sandbox.city.roads import ROADS

FILE = Path(__file__).parents[3] / "sensors" / "demo" / "xianning.geojson.gz"


@pytest.fixture(scope="module")
def painted():
    return {road.code: plan.berths(road) for road in ROADS}


def metres(point):
    return (
        (point[0] - plan.ORIGIN[0]) * plan.METRES_PER_DEGREE_EAST,
        (point[1] - plan.ORIGIN[1]) * plan.METRES_PER_DEGREE_NORTH,
    )


def apart(one, other) -> bool:
    """Whether a line along a side of either rectangle parts them."""
    for ring in (one, other):
        for (ax, ay), (bx, by) in pairwise((*ring, ring[0])):
            normal = (ay - by, bx - ax)
            reach = [[x * normal[0] + y * normal[1] for x, y in each] for each in (one, other)]
            if max(reach[0]) < min(reach[1]) or max(reach[1]) < min(reach[0]):
                return True
    return False


def test_the_file_that_ships_is_the_city_that_is_drawn():
    assert json.loads(gzip.decompress(FILE.read_bytes())) == json.loads(json.dumps(plan.city()))


def test_a_road_without_room_for_its_berths_is_told():
    with pytest.raises(ValueError, match="room for 3 berths, 4 wanted"):
        plan._spread([[0.0, 6.6], [30.0]], 4)


def test_a_berth_is_six_metres_by_two_and_a_half(painted):
    for berth in painted["XA01"]:
        corners = [metres(corner) for corner in berth.corners]
        sides = [math.dist(a, b) for a, b in pairwise((*corners, corners[0]))]
        assert sides == pytest.approx([6.0, 2.5, 6.0, 2.5], abs=0.03)


def test_no_two_berths_overlap(painted):
    rings = [[metres(corner) for corner in berth.corners] for each in painted.values() for berth in each]
    cells: dict[tuple[int, int], list[int]] = {}
    pairs = 0
    for index, ring in enumerate(rings):
        x, y = int(ring[0][0] // 15), int(ring[0][1] // 15)
        near = [i for dx in (-1, 0, 1) for dy in (-1, 0, 1) for i in cells.get((x + dx, y + dy), ())]
        pairs += len(near)
        assert all(apart(ring, rings[other]) for other in near)
        cells.setdefault((x, y), []).append(index)
    assert pairs > len(rings)


def test_no_berth_lies_on_another_roads_line(painted):
    lines = {road.code: [metres(point) for point in plan.centre_line(road)] for road in ROADS}
    for code, berths in painted.items():
        for berth in berths:
            centre = metres(berth.centre)
            for other, line in lines.items():
                if other != code:
                    assert min(distance(centre, a, b) for a, b in pairwise(line)) > 5


def test_a_high_camera_watches_up_to_ten_neighbours_on_one_side_and_a_low_post_one_or_two(painted):
    for road in ROADS:
        groups: dict[int, list[int]] = {}
        for place, group in enumerate(plan._groups(painted[road.code], plan.GROUPS_OF_KIND[road.kind])):
            groups.setdefault(group, []).append(place)
        most = {"geomagnetic": 1, "high_camera": 10, "low_camera": 2}[road.kind]
        for places in groups.values():
            assert len(places) <= most
            assert len({painted[road.code][place].side for place in places}) == 1


def distance(point, a, b) -> float:
    length = math.dist(a, b)
    along = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length**2
    along = min(1.0, max(0.0, along))
    return math.dist(point, (a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])))
