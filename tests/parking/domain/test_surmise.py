import random

import pytest

from parking.domain.surmise import FEWEST, free_at_arrival


def test_too_few_weeks_give_no_guess():
    assert free_at_arrival(changes=[0] * (FEWEST - 1), berths=10, occupied=4) is None


@pytest.mark.parametrize(
    ("changes", "berths", "occupied", "told"),
    [
        ([0] * 8, 10, 4, (6, 6, 6)),
        ([-2, -1, 0, 0, 0, 1, 2, 3], 10, 4, (6, 3, 8)),
        ([50] * 8, 10, 4, (0, 0, 0)),
        ([-50] * 8, 10, 4, (10, 10, 10)),
    ],
)
def test_the_guess_is_what_is_free_now_less_the_usual_change_and_never_beyond_the_road(changes, berths, occupied, told):
    assert free_at_arrival(changes=changes, berths=berths, occupied=occupied) == told


def test_four_times_in_five_the_road_ends_within_the_range():
    dice = random.Random(7)
    inside, rounds = 0, 4000
    for _ in range(rounds):
        changes = [round(dice.gauss(2, 6)) for _ in range(9)]
        _middle, low, high = free_at_arrival(changes=changes[:8], berths=1000, occupied=500)
        inside += low <= 500 - changes[8] <= high
    assert 0.75 <= inside / rounds <= 0.90
