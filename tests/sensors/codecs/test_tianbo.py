"""The concentrator: lines, learning the empty field, and changes only when the state changes."""

import pytest

from parking.domain.events import Kind
from sensors.codecs import tianbo
from sensors.codecs.reading import CodecError
from tests.sensors.codecs.vectors import NOW


def line(number: int, x: int, distance: int) -> bytes:
    told = f"{{'ID':'A1','X':{x},'Y':0,'Z':0,'D':{distance},'N':{number},'V':350}}"
    return f"\n{{'CID':3,'V':360,'N':{number},'MAG':[{told}]}}\r".encode()


def sensor(data: bytes):
    return tianbo.decode(data, received_at=NOW)[-1]


@pytest.mark.parametrize("data", [b"{'CID':", b"x" * 2000, b"{'MAG': 5}", b"{'MAG': [{'X': 1}]}"])
def test_a_broken_line_is_refused(data):
    with pytest.raises(CodecError):
        tianbo.decode(data, received_at=NOW)


def test_without_its_empty_field_a_sensor_says_nothing_of_its_berth():
    assert sensor(line(1, 300, 20)).kind is None


def test_covering_the_eye_alone_is_no_car():
    assert tianbo.score(change=0, distance_cm=0) == 451 < tianbo.OCCUPIED_FROM


def test_the_empty_field_is_not_learnt_under_a_car():
    memory = tianbo.Memory()
    assert memory.query([sensor(line(1, 300, 20))]) == {}
    assert not memory.empty


def judged(memory: tianbo.Memory, data: bytes):
    query = memory.query(tianbo.decode(data, received_at=NOW))
    readings = tianbo.decode(data, received_at=NOW, query=query)
    memory.learn(readings)
    return readings[-1]


def test_a_car_comes_and_goes_as_one_arrival_and_one_departure():
    memory = tianbo.Memory()
    told = [(100, 150), (101, 150), (300, 20), (301, 20), (100, 150)]
    readings = [judged(memory, line(number, *values)) for number, values in enumerate(told)]
    assert [item.kind for item in readings] == [Kind.VACANT, Kind.VACANT, Kind.ARRIVAL, Kind.OCCUPIED, Kind.DEPARTURE]
    assert [item.heartbeat for item in readings] == [True, True, False, True, False]


def test_a_change_that_was_not_stored_is_told_again():
    memory = tianbo.Memory()
    judged(memory, line(1, 100, 150))
    unsent = tianbo.decode(line(2, 300, 20), received_at=NOW, query=memory.query([sensor(line(2, 300, 20))]))
    assert unsent[-1].kind is Kind.ARRIVAL
    assert judged(memory, line(2, 300, 20)).kind is Kind.ARRIVAL


def test_the_same_line_twice_is_the_same_event_and_the_next_is_not():
    assert sensor(line(1, 300, 20)).event_id == sensor(line(1, 300, 20)).event_id != sensor(line(2, 300, 20)).event_id


def test_several_lines_in_one_body_are_several_messages():
    found = tianbo.decode(line(1, 100, 150) + line(2, 100, 150), received_at=NOW)
    assert [item.device for item in found] == ["3", "A1", "3", "A1"]
    assert (found[0].battery_v, found[1].battery_v, found[3].sequence) == (3.6, 3.5, 2)
