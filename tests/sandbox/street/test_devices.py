from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from sandbox.street.devices import BLIND_S
from sandbox.street.faults import NONE, NORMAL
from sandbox.street.traffic import begins
from tests.sandbox.street.corner import CAMERA, DAY, PATROL, SENSOR, watch

WEEK = [DAY + timedelta(days=ahead) for ahead in range(7)]


def seen(device, *, rates=NONE, seed=1, days=WEEK):
    eyes = watch(rates=rates, seed=seed)
    return eyes, [each for day in days for each in eyes.sightings(day) if each.device == device]


def stays(eyes, berths, days=WEEK):
    return [stay for berth in berths for day in days for stay in eyes.traffic.day(berth, day)]


def test_without_faults_a_sensor_tells_each_change_to_the_second_and_no_plate():
    eyes, told = seen(SENSOR)
    truth = stays(eyes, SENSOR.berths)
    arrivals = {each.truth: each.at for each in told if each.kind == "arrival"}
    departures = {each.truth: each.at for each in told if each.kind == "departure"}
    # A car that follows within seconds is one the sensor can't tell from the one before.
    assert len(truth) - len(arrivals) <= len(truth) * 0.05
    for stay in truth:
        assert arrivals.get(stay.key, stay.arrived_at) == stay.arrived_at
        assert departures.get(stay.key, stay.left_at) == stay.left_at
    assert {each.plate for each in told} == {""}


def test_a_sensor_is_blind_to_a_berth_that_is_empty_for_seconds():
    for seed in range(60):
        eyes, told = seen(SENSOR, seed=seed)
        line = stays(eyes, SENSOR.berths)
        swaps = [b for a, b in pairwise(line) if (b.arrived_at - a.left_at).total_seconds() < BLIND_S]
        if swaps:
            assert not {stay.key for stay in swaps} & {each.truth for each in told if each.kind == "arrival"}
            return
    pytest.fail("no seed had a swap")


def test_a_sensor_says_once_a_day_what_it_sees():
    eyes, told = seen(SENSOR)
    beats = [each for each in told if each.kind in ("occupied", "vacant")]
    assert len(beats) == len(WEEK)
    for beat in beats:
        parked = eyes.traffic.stays(berth=beat.berth, start=beat.at, end=beat.at + timedelta(seconds=1))
        assert (beat.kind == "occupied") == bool(parked)


def test_without_faults_a_camera_tells_arrival_departure_and_the_finished_visit_of_every_stay():
    eyes, told = seen(CAMERA)
    truth = {stay.key: stay for stay in stays(eyes, CAMERA.berths)}
    assert Counter(each.kind for each in told) == {kind: len(truth) for kind in ("arrival", "departure", "complete")}
    for each in told:
        stay = truth[each.truth]
        assert each.plate == (stay.car.plate if stay.car.readable else "")
        if each.kind == "complete":
            assert (each.began, each.ended) == (stay.arrived_at, stay.left_at)
            assert each.at > stay.left_at
    assert len({each.event_id for each in told}) == len(told)
    assert len({each.visit for each in told}) == len(truth)


def test_misreads_come_as_often_as_asked():
    weeks = [DAY + timedelta(days=ahead) for ahead in range(42)]
    eyes, told = seen(CAMERA, rates=replace(NONE, misread=0.3), days=weeks)
    truth = {stay.key: stay for stay in stays(eyes, CAMERA.berths, weeks)}
    reads = [each for each in told if each.kind != "complete" and truth[each.truth].car.readable]
    wrong = sum(each.plate != truth[each.truth].car.plate for each in reads)
    assert 0.25 < wrong / len(reads) < 0.35


def test_a_camera_that_invents_a_visit_takes_it_back():
    _, told = seen(CAMERA, rates=replace(NONE, revoked=1.0))
    ghosts = {each.event_id for each in told if not each.truth and each.kind == "arrival"}
    assert ghosts
    assert {each.revokes for each in told if each.kind == "cancel"} == ghosts


def test_a_patrol_vehicle_reads_whoever_stands_there_and_one_in_nine_reads_lands_next_door():
    eyes, told = seen(PATROL, rates=replace(NONE, patrol_one_off=0.109))
    assert len(told) > 100
    truth = {stay.key: stay for stay in stays(eyes, ("A-01", "A-02", "A-03", "A-04"), [DAY - timedelta(days=1), *WEEK])}
    astray = 0
    for each in told:
        stay = truth[each.truth]
        assert stay.arrived_at <= each.at < stay.left_at
        assert each.plate == stay.car.plate
        astray += each.berth != stay.berth
    assert 0.05 < astray / len(told) < 0.2


def test_flapping_ghosts_and_stuck_sensors_leave_their_marks():
    _, calm = seen(SENSOR)
    _, flapping = seen(SENSOR, rates=replace(NONE, flapping=1.0))
    _, ghosts = seen(SENSOR, rates=replace(NONE, neighbour=1.0))
    _, stuck = seen(SENSOR, rates=replace(NONE, stuck=1.0))
    _, reboots = seen(SENSOR, rates=replace(NONE, reboot=1.0))
    assert len(flapping) > len(calm)
    assert len(ghosts) > len(calm)
    assert len(stuck) < len(calm)
    assert sum(each.kind == "startup" for each in reboots) == len(WEEK)


def test_a_skewed_clock_is_off_by_the_same_for_a_device_and_1970_is_1970():
    _, told = seen(CAMERA, rates=replace(NONE, skew_s=900))
    assert len({each.clock - each.at for each in told}) == 1
    assert told[0].clock != told[0].at
    _, told = seen(CAMERA, rates=replace(NONE, clock_1970=1.0))
    assert any(each.clock < datetime(1970, 1, 2, tzinfo=UTC) for each in told)


def test_between_tells_in_order_just_what_the_days_tell():
    eyes = watch(rates=NORMAL)
    start, end = begins(DAY) + timedelta(hours=5), begins(DAY) + timedelta(hours=60)
    told = list(eyes.between(start, end))
    days = [each for ahead in range(-1, 3) for each in eyes.sightings(DAY + timedelta(days=ahead))]
    assert told == sorted(told, key=lambda each: each.at)
    assert {each.event_id for each in told} == {each.event_id for each in days if start <= each.at < end}
