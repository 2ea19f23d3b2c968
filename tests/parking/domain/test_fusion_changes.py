"""Arrivals and departures as timelines: lost, late, repeated, seen by several, by clocks that go wrong."""

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import at, fold, story, told

X, Y = "鄂L12345", "鄂L67890"


def rules(outcome):
    return {rule for stay in outcome.stays for rule in stay.reasons}


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


def test_a_departure_nobody_announced_is_held_with_no_time():
    assert story("09:00 sensor departure") == ["09:00-09:00 - held lost_arrival no_plate"]


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


def test_a_revocation_of_an_unknown_event_changes_nothing():
    assert story(f"""
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:30 camera revokes revokes=elsewhere
    """) == [f"08:00-09:00 {X} billable"]


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


def test_events_hours_late_make_the_same_stays():
    assert story(f"""
        08:00 camera arrival {X} received=15:00
        09:00 camera departure {X} received=15:00
        10:00 camera arrival {Y}
        11:00 camera departure {Y}
    """) == [f"08:00-09:00 {X} billable", f"10:00-11:00 {Y} billable"]


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


def test_a_stay_says_on_which_events_it_stands_and_how_sure_it_is():
    stay = fold(f"""
        08:00 camera arrival {X} action=0.9 visit=v1
        08:30 camera occupied {X}
        09:00 camera departure {X} action=0.8 visit=v1
    """).stays[0]
    assert stay.arrival_event == ("camera", "e1")
    assert stay.departure_event == ("camera", "e3")
    assert stay.events == (("camera", "e1"), ("camera", "e3"), ("camera", "e2"))
    assert (stay.visit, stay.confidence, stay.ready_at) == ("v1", 0.8, None)


def test_a_held_stay_offers_a_reviewer_what_is_proved():
    empty, whole = fold(f"08:00 camera arrival {X}").stays + fold("08:00 sensor arrival\n09:00 sensor departure").stays
    assert dict(empty.proposal)["verdict"] == "void"
    assert dict(whole.proposal)["verdict"] == "void"
    named = dict(fold(f"08:00 camera arrival {X} plate=0.8\n09:00 camera departure {X} plate=0.8").stays[0].proposal)
    assert (named["verdict"], named["plate"], named["left_at"]) == ("accept", X, at("09:00").isoformat())


def test_a_departure_whose_unnamed_visit_had_its_arrival_revoked_is_known_by_its_plate():
    text = f"""
        08:00 camera arrival {{}} id=a
        09:00 camera departure {X}
        09:30 camera revokes revokes=a
    """
    assert story(text.format(X)) == [f"09:00-09:00 {X} held lost_arrival low_confidence revoked"]
    assert story(text.format(Y)) == [f"09:00-09:00 {X} held lost_arrival low_confidence"]


def test_one_end_seen_by_two_devices_is_seen_by_several():
    outcome = fold(f"""
        08:00 camera arrival {X}
        09:00 camera departure {X}
        09:00:20 sensor departure
    """)
    assert told(outcome) == [f"08:00-09:00 {X} billable"]
    assert Rule.SEEN_BY_SEVERAL in rules(outcome)


def test_a_change_is_trusted_when_one_of_its_witnesses_is_sure():
    text = f"08:00 camera arrival {X} action=0.3\n08:00:10 post arrival {X} action={{}}\n09:00 camera departure {X}"
    assert story(text.format(0.5)) == [f"08:00-09:00 {X} billable"]
    assert story(text.format(0.4)) == [f"08:00-09:00 {X} held low_confidence"]
