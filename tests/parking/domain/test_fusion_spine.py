"""What the first parking day asks of the fold."""

import pytest

from tests.parking.domain.timeline import at, fold, story

X, Y = "鄂L12345", "鄂L67890"


def test_a_sensor_without_plates_gives_held_stays_with_exact_minutes():
    assert story("""
        08:00 sensor arrival
        09:17 sensor departure
    """) == ["08:00-09:17 - held no_plate"]


def test_a_stay_that_begins_in_the_very_minute_the_one_before_ended_is_another_stay():
    assert story("""
        08:00 sensor arrival
        08:30 sensor departure
        08:30 sensor arrival
        09:00 sensor departure
        09:00 sensor arrival
        09:10 sensor departure
    """) == ["08:00-08:30 - held no_plate", "08:30-09:00 - held no_plate", "09:00-09:10 - held no_plate"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (("08:24", "12:52"), ("12:34", "14:55")),
        (("15:33", "20:30"), ("15:38", "17:46")),
        (("09:46", "20:30"), ("17:05", "20:30")),
    ],
)
@pytest.mark.parametrize("name", ["plate", "visit"])
def test_of_two_interleaving_stays_the_first_stands_and_the_other_is_held_exact(a, b, name):
    one, other = (X, Y) if name == "plate" else ("visit=v1", "visit=v2")
    outcome = fold(f"""
        {a[0]} camera arrival {one}
        {b[0]} camera arrival {other}
        {a[1]} camera departure {one}
        {b[1]} camera departure {other}
    """)
    first, second = outcome.stays
    assert (first.arrived_at, first.left_at, first.contested) == (at(a[0]), at(a[1]), False)
    assert (second.arrived_at, second.left_at, second.contested) == (at(b[0]), at(b[1]), True)
    assert second.status == "held"
    assert "overlap" in second.holds
    if name == "plate":
        assert first.status == "billable"


def test_an_arrival_and_a_departure_of_two_cars_are_never_one_billable_stay():
    assert story(f"""
        08:00 camera arrival {X}
        10:00 camera departure {Y}
    """) == [f"08:00-08:00 {X} held lost_departure low_confidence", f"10:00-10:00 {Y} held lost_arrival low_confidence"]


def test_the_missing_events_make_it_right_when_they_come():
    assert story(f"""
        08:00 camera arrival {X}
        10:00 camera departure {Y}
        09:00 camera departure {X} received=11:00
        09:10 camera arrival {Y} received=11:00
    """) == [f"08:00-09:00 {X} billable", f"09:10-10:00 {Y} billable"]


def test_a_stay_waits_for_its_quiet_period():
    text = f"""
        08:00 camera arrival {X}
        09:00 camera departure {X} received=09:00:10
    """
    waiting = fold(text, now="09:00:14", repark_seconds=0)
    assert [stay.status for stay in waiting.stays] == ["ended"]
    assert waiting.ready_at == waiting.stays[0].ready_at == at("09:00:15")
    assert story(text, now="09:00:15", repark_seconds=0) == [f"08:00-09:00 {X} billable"]


def test_a_camera_that_reads_the_plate_at_both_ends_proves_the_stay():
    assert story(f"""
        08:01:12 camera arrival {X} plate=0.98 action=0.99
        09:14:00 camera departure {X} plate=0.97 action=0.99
    """) == [f"08:01:12-09:14 {X} billable"]


def test_agreeing_patrols_name_the_stay_a_sensor_measured():
    assert story(f"""
        08:00 sensor arrival
        08:20 patrol sees {X}
        08:50 patrol sees {X}
        09:20 patrol sees {X}
        09:40 sensor departure
    """) == [f"08:00-09:40 {X} billable"]


def test_an_inspector_on_the_spot_names_the_stay_a_sensor_measured():
    assert story(f"""
        08:00 sensor arrival
        08:05 inspector sees {X}
        09:40 sensor departure
    """) == [f"08:00-09:40 {X} billable"]


def test_what_lies_before_the_last_billed_departure_is_late():
    outcome = fold(
        f"""
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:00 camera arrival {Y}
        10:00 camera departure {Y}
    """,
        since="09:00",
    )
    assert [event.event_id for event in outcome.late] == ["e1", "e2"]
    assert [stay.plate for stay in outcome.stays] == [Y]
