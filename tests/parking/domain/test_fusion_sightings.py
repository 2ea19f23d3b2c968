"""Sensors and passers-by as timelines: heartbeats, scans, flapping, restarts, vacancies."""

import pytest

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import fold, story, told


def alone(text, **kwargs):
    return story(text, patrol_opens=True, **kwargs)


def alone_fold(text, **kwargs):
    return fold(text, patrol_opens=True, **kwargs)


X, Y = "鄂L12345", "鄂L67890"


def rules(outcome):
    return {rule for stay in outcome.stays for rule in stay.reasons}


def test_a_lost_arrival_is_held_from_the_first_sight_of_the_car():
    assert story(f"""
        08:10 camera occupied {X}
        08:40 camera occupied {X}
        09:00 camera departure {X}
    """) == [f"08:10-09:00 {X} held lost_arrival"]


def test_heartbeats_never_open_or_close_a_stay():
    assert story("08:00 sensor occupied\n12:00 sensor occupied") == []
    assert story("08:00 sensor arrival\n12:00 sensor occupied", now="13:00") == ["08:00-… - parked"]


def test_a_heartbeat_that_contradicts_an_open_stay_ends_its_counting_and_holds_it():
    outcome = fold(
        f"""
        08:00 camera arrival {X}
        09:00 sensor occupied
        10:00 sensor vacant
    """,
        now="10:30",
    )
    assert told(outcome) == [f"08:00-09:00 {X} held lost_departure low_confidence"]
    assert Rule.VACANT_SEEN in rules(outcome)


def test_a_heartbeat_that_contradicts_a_finished_stay_holds_it():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 sensor vacant
        10:00 camera departure {X}
    """) == [f"08:00-10:00 {X} held sensor_conflict"]


def test_a_sensor_that_says_the_car_left_and_came_back_holds_the_camera_stay():
    assert story(f"""
        08:00 camera arrival {X}
        08:00:10 sensor arrival
        08:40 sensor departure
        09:10 sensor arrival
        10:00 camera departure {X}
        10:00:10 sensor departure
    """) == [f"08:00-10:00 {X} held sensor_conflict"]


def test_a_restarting_sensor_that_reports_vacant_proves_nothing():
    outcome = fold(f"""
        08:00 camera arrival {X}
        09:00 sensor startup
        09:05 sensor vacant
        10:00 camera departure {X}
    """)
    assert told(outcome) == [f"08:00-10:00 {X} billable"]
    assert [aside.rule for aside in outcome.asides] == [Rule.REBOOT]


def test_a_departure_right_after_a_restart_is_held():
    assert story(f"""
        08:00 sensor arrival
        08:30 inspector sees {X}
        09:00 sensor startup
        09:05 sensor departure
    """) == [f"08:00-09:05 {X} held sensor_conflict"]


def test_a_patrol_that_saw_two_cars_within_one_sensed_stay_holds_it():
    assert story(f"""
        08:00 sensor arrival
        08:20 patrol sees {X}
        08:50 patrol sees {X}
        09:20 patrol sees {Y}
        09:50 patrol sees {Y}
        10:00 sensor departure
    """) == [f"08:00-10:00 {X} held plate_conflict"]


@pytest.mark.parametrize("sightings", [1, 2])
def test_too_few_patrol_scans_name_nobody(sightings):
    lines = "\n".join(f"08:{10 + 10 * number} patrol sees {X}" for number in range(sightings))
    assert story(f"08:00 sensor arrival\n{lines}\n09:40 sensor departure") == [f"08:00-09:40 {X} held low_confidence"]


def test_scans_of_one_pass_count_once():
    assert story(f"""
        08:00 sensor arrival
        08:20:00 patrol sees {X}
        08:20:20 patrol sees {X}
        08:20:40 patrol sees {X}
        09:40 sensor departure
    """) == [f"08:00-09:40 {X} held low_confidence"]


def test_a_patrol_scan_on_an_empty_sensed_berth_moves_no_car_there():
    outcome = fold(f"""
        08:00 camera arrival {X}
        09:00 camera departure {X}
        10:00 patrol sees {Y}
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert [aside.rule for aside in outcome.asides] == [Rule.PATROL_ONE_OFF]


def test_flapping_without_plates_is_one_doubtful_stay():
    outcome = fold("""
        08:00:00 sensor arrival
        08:10:00 sensor departure
        08:10:12 sensor arrival
        08:12:00 sensor departure
        08:12:09 sensor arrival
        08:15:00 sensor departure
        08:15:05 sensor arrival
        09:00:00 sensor departure
    """)
    assert told(outcome) == ["08:00-09:00 - held no_plate sensor_conflict"]
    assert Rule.FLAPPING in rules(outcome)


def test_a_swap_the_sensor_never_saw_is_two_stays_by_the_camera():
    assert story(f"""
        08:00:00 camera arrival {X}
        08:00:10 sensor arrival
        09:00:00 camera departure {X}
        09:00:20 camera arrival {Y}
        10:00:00 camera departure {Y}
        10:00:10 sensor departure
    """) == [f"08:00-09:00 {X} billable", f"09:00:20-10:00 {Y} billable"]


def test_a_sensor_that_flickers_under_a_proved_stay_is_noise():
    outcome = fold(f"""
        08:00:00 camera arrival {X}
        08:30:00 sensor departure
        08:30:09 sensor arrival
        10:00:00 camera departure {X}
    """)
    assert told(outcome) == [f"08:00-10:00 {X} billable"]
    assert {aside.rule for aside in outcome.asides} == {Rule.SENSOR_NOISE}


def test_a_sensor_whose_vacancy_a_sighting_refutes_is_noise():
    assert story(f"""
        08:00 camera arrival {X}
        08:30 sensor departure
        08:45 patrol sees {X}
        09:00 sensor arrival
        10:00 camera departure {X}
    """) == [f"08:00-10:00 {X} billable"]


def test_a_sensor_fills_in_for_the_change_a_camera_lost():
    outcome = fold(f"""
        08:00:00 camera arrival {X}
        08:00:05 sensor arrival
        08:30:00 camera occupied {X}
        09:00:05 sensor departure
    """)
    assert told(outcome) == [f"08:00:05-09:00:05 {X} billable"]


def test_a_sensor_that_is_minutes_off_echoes_the_camera():
    outcome = fold(f"""
        07:55 sensor arrival
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:05 sensor departure
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert {aside.rule for aside in outcome.asides} == {Rule.ECHO}


def test_one_stray_scan_among_many_is_of_the_berth_next_door():
    outcome = fold(f"""
        08:00 sensor arrival
        08:20 patrol sees {X}
        08:50 patrol sees {X}
        09:20 patrol sees {Y}
        09:50 patrol sees {X}
        10:20 patrol sees {X}
        10:40 sensor departure
    """)
    assert told(outcome) == [f"08:00-10:40 {X} billable"]
    assert Rule.PATROL_ONE_OFF in rules(outcome)


def test_under_patrols_alone_a_stay_lasts_from_the_first_sight_to_the_last():
    outcome = alone_fold(f"""
        08:00 patrol sees {X}
        09:00 patrol sees {X}
        10:00 patrol sees {X}
        11:00 patrol vacant
    """)
    assert told(outcome) == [f"08:00-10:00 {X} billable"]
    assert rules(outcome) >= {Rule.SIGHTINGS_ONLY}


def test_under_patrols_alone_a_car_not_seen_again_has_left_when_last_seen():
    text = f"08:00 patrol sees {X}\n09:00 patrol sees {X}\n10:00 patrol sees {X}"
    assert alone(text, now="12:29") == [f"08:00-… {X} parked"]
    assert alone(text, now="12:30") == [f"08:00-10:00 {X} billable"]


def test_under_patrols_alone_one_sight_is_no_stay_to_bill():
    assert alone(f"08:00 patrol sees {X}\n09:00 patrol vacant") == [
        f"08:00-08:00 {X} held evidence_missing low_confidence"
    ]


def test_under_patrols_alone_a_stray_scan_splits_no_stay():
    assert alone(f"""
        08:00 patrol sees {X}
        09:00 patrol sees {X}
        10:00 patrol sees {Y}
        11:00 patrol sees {X}
        12:00 patrol vacant
    """) == [f"08:00-11:00 {X} billable"]


def test_one_pass_that_saw_no_car_proves_little_and_an_inspector_proves_it():
    text = f"08:00 camera arrival {X}\n09:00 {{}} vacant"
    assert story(text.format("patrol"), now="09:30") == [f"08:00-… {X} parked"]
    assert story(text.format("inspector"), now="09:30") == [f"08:00-08:00 {X} held lost_departure low_confidence"]
    twice = text.format("patrol") + "\n10:00 patrol vacant"
    assert story(twice, now="10:30") == [f"08:00-08:00 {X} held lost_departure low_confidence"]


def test_passes_that_saw_no_car_during_a_proved_stay_hold_it_from_the_second_on():
    text = f"08:00 camera arrival {X}\n09:00 patrol vacant\n{{}}11:00 camera departure {X}"
    assert story(text.format("")) == [f"08:00-11:00 {X} billable"]
    assert story(text.format("10:00 patrol vacant\n")) == [f"08:00-11:00 {X} held sensor_conflict"]


def test_a_vacancy_in_the_minute_of_a_change_is_no_contradiction():
    text = f"08:00 camera arrival {X}\n{{}} sensor vacant\n09:00 camera departure {X}"
    assert story(text.format("08:01:30")) == [f"08:00-09:00 {X} billable"]
    assert story(text.format("08:01:31")) == [f"08:00-09:00 {X} held sensor_conflict"]
    assert story(text.format("08:58:29")) == [f"08:00-09:00 {X} held sensor_conflict"]
    assert story(text.format("08:58:30")) == [f"08:00-09:00 {X} billable"]


@pytest.mark.parametrize(
    ("seen", "held"), [("07:58:30", False), ("07:58:29", True), ("09:01:30", False), ("09:01:31", True)]
)
def test_a_sighting_just_beside_a_stay_is_of_its_car(seen, held):
    lines = [
        f"08:00 camera arrival {X} plate=0.85",
        f"09:00 camera departure {X} plate=0.85",
        f"{seen} patrol sees {X}",
    ]
    outcome = fold("\n".join(lines))
    assert told(outcome) == [f"08:00-09:00 {X} held low_confidence" if held else f"08:00-09:00 {X} billable"]
    assert bool(outcome.asides) is held


def test_a_lost_arrival_reaches_back_no_farther_than_the_last_sight_of_an_empty_berth():
    assert story(f"""
        07:00 camera occupied {X}
        08:00 camera vacant
        08:30 camera occupied {X}
        09:00 camera departure {X}
    """) == [
        f"07:00-07:00 {X} held evidence_missing lost_arrival lost_departure low_confidence",
        f"08:30-09:00 {X} held lost_arrival",
    ]


def test_under_patrols_alone_a_car_seen_twice_between_was_there():
    assert alone(
        f"""
        08:00 patrol sees {X}
        09:00 patrol sees {X}
        09:30 patrol sees {Y}
        10:00 patrol sees {Y}
        11:00 patrol sees {X}
        12:00 patrol sees {X}
        13:00 patrol sees {Y}
        14:00 patrol vacant
    """
    ) == [
        f"08:00-09:00 {X} held low_confidence",
        f"09:30-10:00 {Y} held low_confidence",
        f"11:00-12:00 {X} held low_confidence",
        f"13:00-13:00 {Y} held evidence_missing low_confidence",
    ]


def test_a_stray_scan_is_not_bridged_over_longer_than_the_patrol_gap():
    text = f"08:00 patrol sees {X}\n09:00 patrol sees {Y}\n{{}} patrol sees {X}\n12:00 patrol vacant"
    assert alone(text.format("10:30")) == [f"08:00-10:30 {X} held low_confidence"]
    assert len(alone(text.format("10:31"))) == 3


def test_where_other_devices_watch_sightings_alone_bill_nobody():
    text = "".join(f"{hour:02d}:00 patrol sees {X}\n" for hour in (8, 9, 10)) + "11:00 patrol vacant"
    assert story(text) == [f"08:00-10:00 {X} held lost_arrival lost_departure"]


@pytest.mark.parametrize(
    ("first", "last", "billed"),
    [("08:20", "10:40", True), ("08:21", "10:40", False), ("08:20", "10:39", False)],
)
def test_a_sensed_stay_whose_ends_no_patrol_saw_is_held(first, last, billed):
    outcome = fold(f"""
        08:00 sensor arrival
        {first} patrol sees {X}
        09:30 patrol sees {X}
        {last} patrol sees {X}
        11:00 sensor departure
    """)
    assert told(outcome) == [f"08:00-11:00 {X} {'billable' if billed else 'held low_confidence'}"]
    assert (Rule.ENDS_UNSEEN in rules(outcome)) is not billed


def test_a_sighting_inside_two_stays_is_of_the_one_whose_plate_it_names():
    text = f"""
        08:00 camera arrival {X} visit=v1
        08:20 post arrival {Y} visit=w1
        08:40 patrol sees {Y} id=seen
        09:00 post departure {Y} visit=w1
        10:00 camera departure {X} visit=v1
    """
    of = {stay.plate: stay for stay in fold(text).stays}
    assert ("patrol", "seen") in of[Y].events
    assert ("patrol", "seen") not in of[X].events
