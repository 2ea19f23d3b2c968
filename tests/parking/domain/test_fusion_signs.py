"""What a stay says of itself, and the last second of each limit: on which side the fold decides."""

import pytest

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import at, fold, story, told

X, Y = "鄂L12345", "鄂L67890"


def reasons(text, **kwargs):
    return {rule for stay in fold(text, **kwargs).stays for rule in stay.reasons}


def test_a_pair_by_order_and_a_lost_arrival_say_so():
    assert reasons("08:00 sensor arrival\n09:00 sensor departure") == {Rule.PAIRED_BY_ORDER, Rule.PLATELESS}
    assert reasons(f"09:00 camera departure {X}") == set()


def test_another_car_in_between_makes_the_same_plate_a_new_arrival():
    assert story(f"""
        08:00:00 camera arrival {X}
        08:00:05 camera arrival {Y}
        08:00:08 camera arrival {X}
        09:00:00 camera departure {X}
    """) == [
        f"08:00-08:00 {X} held lost_departure low_confidence",
        f"08:00:05-08:00:05 {Y} held lost_departure low_confidence",
        f"08:00:08-09:00 {X} billable",
    ]


def test_a_stay_whose_best_clocks_run_backwards_is_held_with_no_time():
    assert story(f"""
        08:00:00 sensor arrival
        08:00:30 post departure
        08:01:00 camera arrival {X}
    """) == [f"08:01-08:01 {X} held clock low_confidence"]


def test_the_end_is_by_the_clock_of_the_device_that_saw_both():
    assert story(f"""
        08:00 camera arrival {X}
        09:00:00 sensor departure
        09:00:20 camera departure {X}
    """) == [f"08:00-09:00:20 {X} billable"]


def test_an_empty_berth_right_after_the_car_left_is_no_part_of_its_stay():
    stay = fold(f"08:00 camera arrival {X}\n09:00 camera departure {X}\n09:01 sensor vacant").stays[0]
    assert stay.events == (("camera", "e1"), ("camera", "e2"))


@pytest.mark.parametrize(("gone", "held"), [("09:49:59", True), ("09:50:00", False)])
def test_a_sensor_that_lost_the_car_for_good_before_the_camera_did_holds_the_stay(gone, held):
    outcome = f"08:00 camera arrival {X}\n{gone} sensor departure\n10:00 camera departure {X}"
    assert story(outcome, echo_minutes=10) == [f"08:00-10:00 {X} {'held sensor_conflict' if held else 'billable'}"]


def test_a_departure_whose_unread_visit_had_its_arrival_revoked_is_known_by_the_visit():
    assert story("""
        08:00 camera arrival visit=v1 id=a
        08:10 camera revokes revokes=a
        09:00 camera departure visit=v1
    """) == ["09:00-09:00 - held lost_arrival no_plate revoked"]


@pytest.mark.parametrize(("sure", "said"), [(0.99, "billable"), (0.95, "held low_confidence")])
def test_a_visit_told_only_by_its_summary_is_read_once(sure, said):
    outcome = fold(f"""
        08:00 camera arrival {X} plate={sure} visit=v1 received=09:01
        09:00 camera departure {X} plate={sure} visit=v1 received=09:01
    """)
    assert told(outcome) == [f"08:00-09:00 {X} {said}"]
    assert outcome.stays[0].confidence == 1.0


def test_a_plate_that_outvoted_a_misread_is_agreed_and_less_than_certain():
    stay = fold(f"""
        08:00 camera arrival {X} plate=0.97
        08:30 camera occupied {X} plate=0.97
        09:00 camera departure 鄂L12845 plate=0.7
    """).stays[0]
    assert stay.reasons[-2:] == (Rule.PLATE_AGREED, Rule.MISREAD_OUTVOTED)
    assert 0.5 < stay.confidence < 1


def test_a_lost_arrival_does_not_reach_back_over_another_car():
    assert (
        story(f"""
        08:00 camera occupied {X}
        08:10 camera occupied {Y}
        08:30 camera occupied {X}
        09:00 camera departure {X}
    """)[-1]
        == f"08:30-09:00 {X} held lost_arrival"
    )


@pytest.mark.parametrize(
    ("late", "shift"),
    [("09:00:10", 0), ("09:00:11", 11), ("09:20:00", 1200), ("09:20:01", 0)],
)
def test_a_clock_is_doubted_between_the_time_on_the_way_and_what_only_a_backlog_takes(late, shift):
    stay = fold(f"08:00 camera arrival {X} received=08:59\n09:00 camera departure {X} received={late}").stays[0]
    single = fold(f"08:00 camera arrival {X} received=08:20\n09:00 post departure {X} received={late}").stays[0]
    assert stay.shift[1].total_seconds() == shift
    assert single.shift[1].total_seconds() == shift
    assert single.shift[0].total_seconds() == 1200


def test_two_clocks_of_which_one_is_far_off_are_held():
    text = f"08:00 camera arrival {X} received={{}}\n09:00 post departure {X} received=09:05"
    assert story(text.format("08:20:00")) == [f"08:00-09:00 {X} billable"]
    assert story(text.format("08:20:01")) == [f"08:00-09:00 {X} held clock"]
    near = f"08:00 camera arrival {X} received={{}}\n09:00 post departure {X}"
    assert Rule.CLOCKS_UNSURE in reasons(near.format("08:00:11"))
    assert Rule.CLOCKS_UNSURE not in reasons(near.format("08:00:10"))


def test_a_proved_stay_says_when_it_was_heard():
    stay = fold(f"08:00 camera arrival {X}\n09:00 camera departure {X} received=09:05").stays[0]
    assert stay.heard_at == at("09:05")


def test_the_rules_of_an_ordinary_camera_stay_are_the_pair_and_the_agreement():
    text = f"08:00 camera arrival {X}\n09:00 camera departure {X}"
    assert reasons(text) == {Rule.PAIRED_BY_PLATE, Rule.PLATE_AGREED}


def test_an_unread_car_has_no_known_colour():
    assert fold("08:00 sensor arrival\n09:00 sensor departure").stays[0].plate_color == "unknown"


def test_an_overtaken_car_is_held_at_once_and_not_when_silence_proves_it():
    text = f"08:00 camera arrival {X}\n09:00 camera arrival {Y}\n10:00 camera departure {Y}"
    assert story(text, now="12:00")[0] == f"08:00-08:00 {X} held lost_departure low_confidence"
    assert Rule.OVERTAKEN in reasons(text, now="12:00")


def test_a_sensors_departure_whose_own_arrival_was_revoked_is_held_as_revoked():
    text = "08:00 sensor arrival id=a\n08:10 sensor revokes revokes=a\n09:00 {} departure"
    assert story(text.format("sensor")) == ["09:00-09:00 - held lost_arrival no_plate revoked"]
    assert story(text.format("camera")) == ["09:00-09:00 - held lost_arrival no_plate"]


def test_the_revoked_arrival_of_another_visit_is_no_missing_end():
    assert story("""
        08:00 camera arrival visit=v1 id=a
        08:10 camera revokes revokes=a
        09:00 camera departure visit=v2
    """) == ["09:00-09:00 - held lost_arrival no_plate"]


def test_another_cars_lone_departure_within_a_stay_makes_both_doubtful():
    outcome = story(f"08:00 camera arrival {X}\n09:00 camera departure {Y}\n10:00 camera departure {X}")
    assert outcome[0] == f"08:00-10:00 {X} held plate_conflict"


def test_three_cars_each_seen_once_by_a_patrol_are_three():
    lines = f"08:00 patrol sees {X}\n09:00 patrol sees {Y}\n10:00 patrol sees 鄂L88888\n11:00 patrol vacant"
    assert len(story(lines, patrol_opens=True)) == 3


def test_a_sighting_without_a_plate_does_not_end_what_patrols_tell():
    lines = [f"{clock} patrol sees {X}" for clock in ("08:00", "09:00", "10:00")]
    lines.insert(1, "08:30 patrol sees")
    assert story("\n".join([*lines, "11:00 patrol vacant"]), patrol_opens=True) == [f"08:00-10:00 {X} billable"]


@pytest.mark.parametrize(("gap", "stays"), [(15, 1), (16, 4)])
def test_gaps_are_flapping_up_to_the_re_parking_time(gap, stays):
    lines = ["08:00 sensor arrival"]
    for minute in (10, 12, 14):
        lines += [f"08:{minute}:00 sensor departure", f"08:{minute}:{gap} sensor arrival"]
    assert len(story("\n".join([*lines, "09:00 sensor departure"]))) == stays


def test_a_sighting_before_the_sensor_lost_the_car_does_not_refute_it():
    assert story(f"""
        08:00 camera arrival {X}
        08:10 patrol sees {X}
        08:30 sensor departure
        09:00 sensor arrival
        10:00 camera departure {X}
    """) == [f"08:00-10:00 {X} held sensor_conflict"]


def test_a_lost_arrival_tells_its_sightings_in_their_order():
    stay = fold(f"""
        08:00 camera occupied {X}
        08:20 camera occupied {X}
        08:40 camera occupied {X}
        09:00 camera departure {X}
    """).stays[0]
    assert [event_id for _, event_id in stay.events] == ["e4", "e1", "e2", "e3"]


def test_a_misread_change_within_a_stay_is_a_read_and_no_noise():
    outcome = fold(f"08:00 camera arrival {X}\n09:00 post departure 鄂L12845\n10:00 camera departure {X}")
    assert outcome.asides == ()
    assert told(outcome) == [f"08:00-10:00 {X} held plate_conflict"]


def test_a_device_that_saw_the_car_leave_in_between_tells_a_new_arrival():
    outcome = story(f"""
        08:00:00 sensor arrival
        08:00:20 camera departure {X}
        08:00:40 camera arrival {X}
        09:00:00 camera departure {X}
    """)
    assert outcome[-1] == f"08:00:40-09:00 {X} billable"
    assert len(outcome) == 2


def test_what_patrols_see_after_an_empty_berth_is_the_next_car():
    lines = [f"{hour:02d}:00 patrol sees {X}" for hour in (8, 9, 10)] + ["11:00 patrol vacant"]
    lines += [f"{hour:02d}:00 patrol sees {Y}" for hour in (12, 13, 14)] + ["15:00 patrol vacant"]
    assert story("\n".join(lines), patrol_opens=True) == [f"08:00-10:00 {X} billable", f"12:00-14:00 {Y} billable"]
