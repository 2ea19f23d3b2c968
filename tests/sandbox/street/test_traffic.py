import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from statistics import median

from parking.domain import plate as plates
from sandbox.street import cars
from sandbox.street.cars import Car
from sandbox.street.traffic import CHINA, Traffic, begins, day_of
from tests.sandbox.street.corner import DAY, at

MANY = [f"R{road:02d}-{number:03d}" for road in range(10) for number in range(40)]


def test_stays_of_a_berth_never_overlap_and_never_end_before_they_begin():
    traffic = Traffic(seed=7)
    for berth in MANY:
        stays = traffic.stays(berth=berth, start=begins(DAY), end=begins(DAY + timedelta(days=4)))
        assert all(stay.arrived_at < stay.left_at for stay in stays)
        assert all(before.left_at < after.arrived_at for before, after in pairwise(stays))


def test_any_window_shows_the_same_truth_as_a_longer_one():
    long = Traffic(seed=3).stays(berth="A-01", start=begins(DAY), end=begins(DAY + timedelta(days=5)))
    start, end = at("09:00"), at("21:00") + timedelta(days=2)
    short = Traffic(seed=3).stays(berth="A-01", start=start, end=end)
    assert short == [stay for stay in long if stay.left_at > start and stay.arrived_at < end]


def test_another_seed_is_another_day():
    assert Traffic(seed=1).day("A-01", DAY) != Traffic(seed=2).day("A-01", DAY)


def test_a_berth_sees_four_to_six_stays_a_day_most_by_daylight():
    traffic = Traffic(seed=1)
    stays = [stay for berth in MANY for stay in traffic.day(berth, DAY)]
    hours = Counter(stay.arrived_at.astimezone(CHINA).hour for stay in stays)
    assert 4 < len(stays) / len(MANY) < 6
    assert min(hours[hour] for hour in range(8, 19)) > max(hours[hour] for hour in range(1, 5))
    minutes = [(stay.left_at - stay.arrived_at).total_seconds() / 60 for stay in stays]
    assert 25 < median(minutes) < 60


def test_the_streets_day_begins_at_four():
    assert day_of(at("03:59")) == DAY - timedelta(days=1)
    assert day_of(at("04:00")) == DAY
    assert begins(DAY) == at("04:00")


def test_a_regular_uses_its_berth_nearly_always_and_no_other():
    car = Car("鄂L12345", "blue")
    traffic = Traffic(seed=1, regulars={"A-01": car})
    end = begins(DAY + timedelta(days=10))
    mine = traffic.stays(berth="A-01", start=begins(DAY), end=end)
    assert 0.8 < sum(stay.car == car for stay in mine) / len(mine) <= 1
    assert not any(stay.car == car for stay in traffic.stays(berth="A-02", start=begins(DAY), end=end))


def test_three_in_four_are_local_a_third_new_energy_and_every_plate_is_one_that_exists():
    rng = random.Random(1)
    drawn = [cars.draw(rng) for _ in range(5000)]
    plated = [car for car in drawn if car.plate]
    assert all(plates.valid(car.plate) for car in plated)
    assert 0.72 < sum(car.plate.startswith("鄂L") for car in plated) / len(plated) < 0.78
    assert 0.32 < sum(car.color == "green" for car in plated) / len(plated) < 0.38
    assert all(len(car.plate) == (8 if car.color == "green" else 7) for car in plated)
    assert 0 < sum(not car.readable for car in drawn) < 100


def test_a_misread_is_another_text_and_mostly_a_confusable_sign():
    rng = random.Random(1)
    reads = [cars.misread("鄂L12345", rng) for _ in range(500)]
    assert "鄂L12345" not in reads
    same_length = [read for read in reads if len(read) == 7]
    assert len(same_length) > 400
    for read in same_length:
        ((wrong, right),) = [(a, b) for a, b in zip(read, "鄂L12345", strict=True) if a != b]
        assert wrong + right in cars.CONFUSED or right + wrong in cars.CONFUSED
