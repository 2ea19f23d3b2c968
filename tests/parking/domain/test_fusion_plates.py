"""Whose car it was, as timelines: reads that agree, disagree, are doubted, corrected or taken back."""

import pytest

from parking.domain.fusion import Rule
from tests.parking.domain.timeline import fold, story, told

X, Y = "鄂L12345", "鄂L67890"
MISREAD = "鄂L12845"  # 3 and 8 are confused


def rules(outcome):
    return {rule for stay in outcome.stays for rule in stay.reasons}


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


def test_a_visit_told_twice_is_one_stay_and_its_summary_no_second_read():
    text = f"""
        08:00 camera arrival {X} plate=0.95 visit=v1
        09:00 camera departure visit=v1
        08:00 camera arrival {X} plate=0.95 visit=v1 received=09:01 id=c:in
        09:00 camera departure {X} plate=0.95 visit=v1 received=09:01 id=c:out
    """
    outcome = fold(text)
    assert told(outcome) == [f"08:00-09:00 {X} held low_confidence"]


def test_a_corrected_plate_counts_instead_of_the_first_read():
    assert story(f"""
        08:00 camera arrival {MISREAD} id=a
        08:05 camera corrects {X} revokes=a
        09:00 camera departure {X}
    """) == [f"08:00-09:00 {X} billable"]


def test_a_decision_is_no_proof_of_presence():
    assert story(f"08:00 camera arrival {X}\n08:30 review decides", now="09:00") == [f"08:00-… {X} parked"]


def test_two_visits_of_one_plate_are_two_stays_with_an_end_lost_each():
    assert story(f"""
        08:00 camera arrival {X} visit=v1
        09:00 camera departure {X} visit=v2
    """) == [f"08:00-08:00 {X} held lost_departure low_confidence", f"09:00-09:00 {X} held lost_arrival low_confidence"]


def test_the_visits_of_two_vendors_do_not_contradict_each_other():
    assert story(f"""
        08:00 camera arrival {X} visit=v1
        09:00 post departure {X} visit=v2
    """) == [f"08:00-09:00 {X} billable"]


@pytest.mark.parametrize(
    ("one", "other", "billed"),
    [(0.9, 0.9, True), (0.95, 0.85, True), (0.949, 0.85, False), (0.95, 0.849, False), (0.9, 0.899, False)],
)
def test_each_twentieth_of_confidence_weighs_a_point(one, other, billed):
    assert story(f"""
        08:00 camera arrival {X} plate={one}
        09:00 camera departure {X} plate={other}
    """) == [f"08:00-09:00 {X} {'billable' if billed else 'held low_confidence'}"]


def test_a_rival_is_outvoted_by_nine_points_and_not_by_eight():
    text = f"""
        08:00 camera arrival {X} plate=0.9
        08:30 camera occupied {X} plate=0.9
        09:00 camera departure {MISREAD} plate={{}}
    """
    assert story(text.format(0.79)) == [f"08:00-09:00 {X} billable"]
    assert story(text.format(0.8)) == [f"08:00-09:00 {X} held plate_conflict"]


def test_the_colour_is_the_one_most_surely_read():
    outcome = fold(f"""
        08:00 camera arrival {X} plate=0.7 color=green
        08:30 camera occupied {X} plate=0.97 color=blue
        09:00 camera departure {X} plate=0.97
    """)
    assert outcome.stays[0].plate_color == "blue"
