"""Every rule of the fold as a timeline: lost changes, swaps, re-parking, flapping, clocks, restarts."""

import pytest

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import at, fold, story, told

X, Y = "鄂L12345", "鄂L67890"
MISREAD = "鄂L12845"  # 3 and 8 are confused


def rules(outcome):
    return {rule for stay in outcome.stays for rule in stay.reasons}


# What is refused


def test_a_lost_departure_is_held_and_counts_no_further():
    assert story(f"08:00 camera arrival {X}", now="+2 00:00") == [f"08:00-08:00 {X} held lost_departure low_confidence"]


def test_a_lost_departure_is_counted_to_the_last_sign_of_the_car():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 camera occupied {X}
        11:00 camera arrival {Y}
        12:00 camera departure {Y}
    """) == [f"08:00-09:00 {X} held lost_departure", f"11:00-12:00 {Y} billable"]


def test_an_open_stay_is_parked_until_silence_makes_it_doubtful():
    text = f"08:00 camera arrival {X}"
    parked = fold(text, now="20:00")
    assert told(parked) == [f"08:00-… {X} parked"]
    assert parked.ready_at == at("+1 08:00")
    assert story(text, now="+1 07:59:59") == [f"08:00-… {X} parked"]
    late = fold(text, now="+1 08:00")
    assert told(late) == [f"08:00-08:00 {X} held lost_departure low_confidence"]
    assert Rule.SILENT_TOO_LONG in rules(late)


def test_a_lost_arrival_is_held_from_the_first_sight_of_the_car():
    assert story(f"""
        08:10 camera occupied {X}
        08:40 camera occupied {X}
        09:00 camera departure {X}
    """) == [f"08:10-09:00 {X} held lost_arrival"]


def test_a_departure_nobody_announced_is_held_with_no_time():
    assert story("09:00 sensor departure") == ["09:00-09:00 - held lost_arrival no_plate"]


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


def test_unplated_and_covered_cars_are_held_without_a_plate():
    assert story("""
        08:00 camera arrival
        09:00 camera departure
    """) == ["08:00-09:00 - held no_plate"]


def test_a_misread_at_one_end_is_one_car_but_not_one_bill():
    outcome = fold(f"""
        08:00 camera arrival {X} plate=0.96
        09:00 camera departure {MISREAD} plate=0.93
    """)
    assert told(outcome) == [f"08:00-09:00 {X} held plate_conflict"]
    assert dict(outcome.stays[0].proposal)["rivals"] == [[MISREAD, 6]]


def test_a_plate_that_changes_to_another_car_within_one_visit_is_held():
    assert story(f"""
        08:00 camera arrival {X} visit=v1
        09:00 camera departure {Y} visit=v1
    """) == [f"08:00-09:00 {X} held plate_conflict"]


def test_two_unsure_reads_prove_no_plate():
    assert story(f"""
        08:00 camera arrival {X} plate=0.7
        09:00 camera departure {X} plate=0.7
    """) == [f"08:00-09:00 {X} held low_confidence"]


def test_one_read_proves_a_plate_only_when_one_device_was_very_sure_and_saw_both_ends():
    text = "08:00 camera arrival {} plate={}\n09:00 {} departure"
    assert story(text.format(X, 0.98, "camera")) == [f"08:00-09:00 {X} billable"]
    assert story(text.format(X, 0.97, "camera")) == [f"08:00-09:00 {X} held low_confidence"]
    assert story(text.format(X, 0.98, "sensor")) == [f"08:00-09:00 {X} held low_confidence"]


def test_a_change_its_device_doubts_proves_nothing():
    assert story(f"""
        08:00 camera arrival {X} action=0.3
        09:00 camera departure {X} action=0.9
    """) == [f"08:00-09:00 {X} held low_confidence"]


def test_a_road_may_ask_for_pictures_at_both_ends():
    text = f"08:00 camera arrival {X} pictures=2\n09:00 camera departure {X} pictures={{}}"
    assert story(text.format(1), pictures=2) == [f"08:00-09:00 {X} held evidence_missing"]
    assert story(text.format(2), pictures=2) == [f"08:00-09:00 {X} billable"]


def test_a_clock_far_ahead_holds_the_stay():
    text = f"08:00 camera arrival {X}\n09:00 camera departure {X} received={{}}"
    assert story(text.format("08:54:59")) == [f"08:00-09:00 {X} held clock"]
    assert story(text.format("08:55")) == [f"08:00-09:00 {X} billable"]


def test_an_arrival_stamped_by_a_clock_set_back_is_held():
    assert story(f"""
        08:00 camera arrival {X} received=09:00
        10:00 camera departure {X}
    """) == [f"08:00-10:00 {X} held clock"]


def test_an_arrival_that_was_merely_late_on_the_way_is_billed():
    assert story(f"""
        08:00 camera arrival {X} received=13:00
        10:00 camera departure {X}
    """) == [f"08:00-10:00 {X} billable"]
    assert story(f"""
        08:00 camera arrival {X} received=13:00
        10:00 camera departure {X} received=13:00:02
    """) == [f"08:00-10:00 {X} billable"]


def test_a_revoked_arrival_never_was():
    assert (
        story(f"""
        08:00 camera arrival {X} id=a
        08:30 camera revokes revokes=a
    """)
        == []
    )


def test_a_departure_whose_arrival_was_revoked_is_held_as_revoked():
    assert story(f"""
        08:00 camera arrival {X} visit=v1 id=a
        09:00 camera departure {X} visit=v1
        09:30 camera revokes revokes=a
    """) == [f"09:00-09:00 {X} held lost_arrival low_confidence revoked"]


def test_a_revocation_of_an_unknown_event_changes_nothing():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:30 camera revokes revokes=elsewhere
    """) == [f"08:00-09:00 {X} billable"]


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


def test_a_pair_by_plate_that_swallows_two_other_stays_was_two_visits():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 camera arrival {Y}
        10:00 camera departure {Y}
        11:00 camera arrival 鄂LD88866
        12:00 camera departure 鄂LD88866
        13:00 camera departure {X}
    """) == [
        f"08:00-08:00 {X} held lost_departure low_confidence",
        f"09:00-10:00 {Y} billable",
        "11:00-12:00 鄂LD88866 billable",
        f"13:00-13:00 {X} held lost_arrival low_confidence",
    ]


# What is permitted


def test_a_swap_the_sensor_never_saw_is_two_stays_by_the_camera():
    assert story(f"""
        08:00:00 camera arrival {X}
        08:00:10 sensor arrival
        09:00:00 camera departure {X}
        09:00:20 camera arrival {Y}
        10:00:00 camera departure {Y}
        10:00:10 sensor departure
    """) == [f"08:00-09:00 {X} billable", f"09:00:20-10:00 {Y} billable"]


def test_the_same_car_re_parking_within_seconds_has_not_left():
    outcome = fold(f"""
        08:00:00 camera arrival {X}
        09:00:00 camera departure {X}
        09:00:10 camera arrival {X}
        10:00:00 camera departure {X}
    """)
    assert told(outcome) == [f"08:00-10:00 {X} billable"]
    assert Rule.REPARKED in rules(outcome)


def test_the_same_car_back_later_is_two_stays():
    assert story(f"""
        08:00:00 camera arrival {X}
        09:00:00 camera departure {X}
        09:00:16 camera arrival {X}
        10:00:00 camera departure {X}
    """) == [f"08:00-09:00 {X} billable", f"09:00:16-10:00 {X} billable"]


def test_billing_waits_until_the_car_can_no_longer_be_back():
    text = f"08:00 camera arrival {X}\n09:00 camera departure {X}"
    assert story(text, now="09:00:14") == [f"08:00-09:00 {X} ended"]
    assert story(text, now="09:00:15") == [f"08:00-09:00 {X} billable"]


def test_a_stay_paired_by_order_waits_longer_for_late_events():
    text = f"08:00 sensor arrival\n08:30 inspector sees {X}\n09:00 sensor departure received=09:00:30"
    assert story(text, now="09:14:59") == [f"08:00-09:00 {X} ended"]
    assert story(text, now="09:15") == [f"08:00-09:00 {X} billable"]


def test_a_stay_paired_by_order_from_a_backlog_waits_for_the_rest_of_it():
    text = f"08:00 sensor arrival\n08:30 inspector sees {X}\n09:00 sensor departure received=12:00"
    assert story(text, now="12:01:59") == [f"08:00-09:00 {X} ended"]
    assert story(text, now="12:02") == [f"08:00-09:00 {X} billable"]


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


def test_where_one_device_saw_both_ends_its_clock_is_taken():
    outcome = fold(f"""
        08:00:00 camera arrival {X}
        08:00:20 sensor arrival
        09:00:00 camera departure {X}
        09:00:20 sensor departure
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.SEEN_BY_SEVERAL in rules(outcome)
    assert Rule.MIXED_CLOCKS not in rules(outcome)


def test_a_sensor_that_is_minutes_off_echoes_the_camera():
    outcome = fold(f"""
        07:55 sensor arrival
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:05 sensor departure
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert {aside.rule for aside in outcome.asides} == {Rule.ECHO}


def test_a_misread_between_agreeing_reads_is_outvoted():
    outcome = fold(f"""
        08:00 camera arrival {X} plate=0.97
        08:30 camera occupied {X} plate=0.97
        09:00 camera departure {MISREAD} plate=0.7
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.MISREAD_OUTVOTED in rules(outcome)


def test_a_confusable_read_its_camera_doubted_yields_to_a_very_sure_one():
    text = f"08:00 camera arrival {X} plate=0.99\n09:00 camera departure {MISREAD} plate={{}}"
    assert story(text.format(0.75)) == [f"08:00-09:00 {X} billable"]
    assert story(text.format(0.76)) == [f"08:00-09:00 {X} held plate_conflict"]


def test_a_read_that_lost_a_sign_speaks_for_the_plate_it_is_part_of():
    outcome = fold(f"""
        08:00 camera arrival {X} plate=0.96
        09:00 camera departure {X[:-1]} plate=0.8
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.PARTIAL_READ in rules(outcome)


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
    outcome = fold(f"""
        08:00 patrol sees {X}
        09:00 patrol sees {X}
        10:00 patrol sees {X}
        11:00 patrol vacant
    """)
    assert told(outcome) == [f"08:00-10:00 {X} billable"]
    assert rules(outcome) >= {Rule.SIGHTINGS_ONLY}


def test_under_patrols_alone_a_car_not_seen_again_has_left_when_last_seen():
    text = f"08:00 patrol sees {X}\n09:00 patrol sees {X}\n10:00 patrol sees {X}"
    assert story(text, now="12:29") == [f"08:00-… {X} parked"]
    assert story(text, now="12:30") == [f"08:00-10:00 {X} billable"]


def test_under_patrols_alone_one_sight_is_no_stay_to_bill():
    assert story(f"08:00 patrol sees {X}\n09:00 patrol vacant") == [
        f"08:00-08:00 {X} held evidence_missing low_confidence"
    ]


def test_under_patrols_alone_a_stray_scan_splits_no_stay():
    assert story(f"""
        08:00 patrol sees {X}
        09:00 patrol sees {X}
        10:00 patrol sees {Y}
        11:00 patrol sees {X}
        12:00 patrol vacant
    """) == [f"08:00-11:00 {X} billable"]


def test_a_visit_told_twice_is_one_stay_and_its_summary_no_second_read():
    text = f"""
        08:00 camera arrival {X} plate=0.95 visit=v1
        09:00 camera departure visit=v1
        08:00 camera arrival {X} plate=0.95 visit=v1 received=09:01 id=c:in
        09:00 camera departure {X} plate=0.95 visit=v1 received=09:01 id=c:out
    """
    outcome = fold(text)
    assert told(outcome) == [f"08:00-09:00 {X} held low_confidence"]


def test_a_summary_replaces_the_change_that_was_lost():
    assert story(f"""
        08:00 camera arrival {X} plate=0.95 visit=v1
        08:00 camera arrival {X} plate=0.97 visit=v1 received=09:01 id=c:in
        09:00 camera departure {X} plate=0.97 visit=v1 received=09:01 id=c:out
    """) == [f"08:00-09:00 {X} billable"]


def test_a_device_exchanged_during_a_stay_still_closes_it():
    outcome = fold(f"""
        08:00 camera arrival {X} device=old
        09:00 camera departure {X} device=new
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.MIXED_CLOCKS in rules(outcome)


def test_a_corrected_plate_counts_instead_of_the_first_read():
    assert story(f"""
        08:00 camera arrival {MISREAD} id=a
        08:05 camera corrects {X} revokes=a
        09:00 camera departure {X}
    """) == [f"08:00-09:00 {X} billable"]


def test_events_hours_late_make_the_same_stays():
    assert story(f"""
        08:00 camera arrival {X} received=15:00
        09:00 camera departure {X} received=15:00
        10:00 camera arrival {Y}
        11:00 camera departure {Y}
    """) == [f"08:00-09:00 {X} billable", f"10:00-11:00 {Y} billable"]


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


@pytest.mark.parametrize(("seen", "held"), [("07:58:30", False), ("07:58:29", True), ("09:01:30", False)])
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


def test_another_car_seen_where_one_arrived_ends_what_is_proved_of_the_first():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 camera occupied {X}
        10:00 camera occupied {Y}
        11:00 camera departure {Y}
    """) == [f"08:00-09:00 {X} held lost_departure", f"10:00-11:00 {Y} held lost_arrival"]


def test_a_repeated_report_within_the_debounce_is_one_change():
    assert story(f"""
        08:00:00 camera arrival {X}
        08:00:10 camera arrival {X}
        09:00:00 camera departure {X}
        09:00:10 camera departure {X}
    """) == [f"08:00-09:00 {X} billable"]
    assert story(f"""
        08:00:00 camera arrival {X}
        08:00:11 camera arrival {X}
        09:00:00 camera departure {X}
    """) == [f"08:00-08:00 {X} held lost_departure low_confidence", f"08:00:11-09:00 {X} billable"]


def test_two_devices_report_one_change_within_the_merging_time_only():
    text = f"08:00:00 camera arrival {X}\n{{}} post arrival {X}\n09:00:00 camera departure {X}"
    assert story(text.format("08:01:30")) == [f"08:00-09:00 {X} billable"]
    outcome = fold(text.format("08:01:31"))
    assert told(outcome)[-1] == f"08:01:31-09:00 {X} billable"


def test_a_decision_is_no_proof_of_presence():
    assert story(f"08:00 camera arrival {X}\n08:30 review decides", now="09:00") == [f"08:00-… {X} parked"]
