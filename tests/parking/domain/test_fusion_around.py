"""One plate in two places, one car on two berths, and the scan of the car next door."""

from parking.domain.fusion import Around, Elsewhere, Rule, replay
from parking.domain.policy import DEFAULT
from tests.parking.domain.timeline import at, events, told

X, Y = "鄂L12345", "鄂L67890"
STAY = f"08:00 camera arrival {X}\n10:00 camera departure {X}"


def around(berth, start, end, *, next_door=False, plate=X, here="A02", sure=True):
    other = Elsewhere(
        berth=berth,
        plate=plate,
        arrived_at=at(start),
        left_at=at(end) if end else None,
        next_door=next_door,
        sure=sure,
    )
    return Around(berth=here, elsewhere=(other,))


def fold(text, context):
    return replay(events(text), DEFAULT, now=at("+2 00:00"), around=context)


def test_one_plate_in_two_places_at_once_is_billed_in_neither():
    assert told(fold(STAY, around("B07", "09:00", "11:00"))) == [f"08:00-10:00 {X} held double_plate"]
    assert told(fold(STAY, around("B07", "09:00", None))) == [f"08:00-10:00 {X} held double_plate"]


def test_one_car_on_two_berths_is_billed_on_the_berth_it_took_first():
    assert told(fold(STAY, around("A01", "07:59", "10:00", next_door=True))) == [f"08:00-10:00 {X} held straddle"]
    assert told(fold(STAY, around("A03", "08:01", "10:00", next_door=True))) == [f"08:00-10:00 {X} billable"]


def test_two_berths_taken_at_the_same_moment_leave_the_stay_to_the_smaller_code():
    assert told(fold(STAY, around("A01", "08:00", "10:00", next_door=True))) == [f"08:00-10:00 {X} held straddle"]
    assert told(fold(STAY, around("A03", "08:00", "10:00", next_door=True))) == [f"08:00-10:00 {X} billable"]


def test_the_same_car_elsewhere_before_or_after_is_no_contradiction():
    assert told(fold(STAY, around("B07", "10:00", "11:00"))) == [f"08:00-10:00 {X} billable"]
    assert told(fold(STAY, around("B07", "07:00", "08:01:30"))) == [f"08:00-10:00 {X} billable"]
    assert told(fold(STAY, around("B07", "07:00", "08:01:31"))) == [f"08:00-10:00 {X} held double_plate"]
    assert told(fold(STAY, around("B07", "08:00", "11:00", plate=Y))) == [f"08:00-10:00 {X} billable"]


def test_what_is_told_of_the_same_berth_is_no_other_place():
    assert told(fold(STAY, around("A02", "09:00", "11:00"))) == [f"08:00-10:00 {X} billable"]


def test_patrol_scans_of_the_car_next_door_name_nobody_here():
    text = "08:00 sensor arrival\n" + "".join(f"{moment} patrol sees {X}\n" for moment in ("08:20", "09:30", "10:40"))
    text += "11:00 sensor departure"
    outcome = fold(text, around("A01", "08:10", "12:00", next_door=True))
    assert told(outcome) == ["08:00-11:00 - held no_plate"]
    assert {aside.rule for aside in outcome.asides} == {Rule.PATROL_ONE_OFF}
    assert told(fold(text, around("A01", "07:00", "08:15", next_door=True))) == [f"08:00-11:00 {X} held straddle"]
    assert told(fold(text, around("A03", "08:10", "12:00", next_door=True, sure=False))) == [
        f"08:00-11:00 {X} billable"
    ]


def test_a_scan_before_the_car_next_door_had_come_stays_here():
    text = "08:00 sensor arrival\n" + "".join(f"{moment} patrol sees {X}\n" for moment in ("08:20", "09:30", "10:40"))
    text += "11:00 sensor departure"
    assert told(fold(text, around("A03", "08:21", "12:00", next_door=True))) == [f"08:00-11:00 {X} held low_confidence"]
    assert told(fold(text, around("A03", "10:41", "12:00", next_door=True))) == [f"08:00-11:00 {X} billable"]
