import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.street import faults
from sandbox.street.faults import HEAVY, NONE, NORMAL, Frame, Way, on_the_way
from tests.sandbox.street.corner import at


def frames(count: int = 2000) -> list[Frame]:
    start = at("08:00")
    return [
        Frame(
            at=start + timedelta(seconds=10 * n),
            deliver_at=start + timedelta(seconds=10 * n + 1),
            source="s",
            door="events/",
            device=f"d{n % 7}",
            body={"n": n},
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    "said", ["[]", "{", '{"rain": 0.1}', '{"loss": 1.5}', '{"loss": true}', '{"loss": "much"}', '{"reorder_s": -1}']
)
def test_rates_that_make_no_sense_are_refused(tmp_path, said):
    file = tmp_path / "rates.json"
    file.write_text(said)
    with pytest.raises(ValueError, match="rates"):
        faults.rates(str(file))


def test_a_name_that_is_neither_preset_nor_file_is_refused():
    with pytest.raises(ValueError, match="none, normal, heavy"):
        faults.rates("mild")


def test_a_file_of_rates_changes_the_normal_ones(tmp_path):
    file = tmp_path / "rates.json"
    file.write_text(json.dumps({"loss": 0.5, "skew_s": 60}))
    assert faults.rates(str(file)) == replace(NORMAL, loss=0.5, skew_s=60)
    assert faults.rates("heavy") == HEAVY


def test_without_faults_every_frame_arrives_once_and_in_order():
    assert list(on_the_way(frames(), rates=NONE, seed=1)) == frames()


def test_losses_and_doubles_come_as_often_as_asked_and_the_same_seed_gives_the_same():
    rates = replace(NONE, loss=0.2, duplicates=0.3)
    arrived = list(on_the_way(frames(), rates=rates, seed=1))
    copies = Counter(frame.body["n"] for frame in arrived)
    assert 0.17 < 1 - len(copies) / 2000 < 0.23
    assert 0.25 < sum(count == 2 for count in copies.values()) / len(copies) < 0.35
    assert arrived == list(on_the_way(frames(), rates=rates, seed=1))
    assert arrived != list(on_the_way(frames(), rates=rates, seed=2))


def test_what_is_delayed_arrives_later_within_its_limit_and_out_of_order():
    arrived = list(on_the_way(frames(), rates=replace(NONE, reorder=0.5, reorder_s=600), seed=1))
    assert len(arrived) == 2000
    assert arrived == sorted(arrived, key=lambda frame: frame.deliver_at)
    assert [frame.body["n"] for frame in arrived] != sorted(frame.body["n"] for frame in arrived)
    assert max(frame.deliver_at - frame.at for frame in arrived) <= timedelta(seconds=601)


def test_an_outage_holds_everything_of_its_device_back_until_it_ends():
    arrived = list(on_the_way(frames(), rates=replace(NONE, outage=1.0, outage_s=7200), seed=1))
    assert len(arrived) == 2000
    late = [frame for frame in arrived if frame.deliver_at - frame.at > timedelta(minutes=2)]
    assert late
    for device in {frame.device for frame in late}:
        ends = {frame.deliver_at for frame in late if frame.device == device}
        assert max(ends) - min(ends) <= timedelta(hours=26)


def test_what_is_under_way_can_be_put_down_and_taken_up_again():
    way = Way(rates=replace(NONE, reorder=1.0, reorder_s=600), seed=1)
    for frame in frames(20):
        way.send(frame)
    early = list(way.due(at("08:02")))
    rest = Way(rates=NONE, seed=1, waiting=way.waiting())
    assert len(early) + len(list(rest.due(at("09:00")))) == 20
