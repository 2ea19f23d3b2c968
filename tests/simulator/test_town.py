"""The city simulator over the real code: a part that fits, and every seed that once went wrong."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from bench.simulator import town
from bench.simulator.figures import Figures, wilson
from bench.simulator.run import simulate
from sandbox.street.faults import rates

SEEDS = json.loads((Path(__file__).parents[1] / "seeds" / "towns.json").read_text(encoding="utf-8"))


def figures(*, mix, faults, seeds, berths):
    total = Figures()
    for seed in seeds:
        total.add(simulate(seed=seed, berths=berths, hours=24, rates=rates(faults), mix=mix))
    return total


def test_an_unknown_mix_is_refused():
    with pytest.raises(ValueError, match="unknown mix"):
        town.build(berths=1, mix="balloon")


def test_unknown_faults_are_refused():
    with pytest.raises(ValueError, match="neither"):
        rates("balloon")


@pytest.mark.parametrize("mix", town.MIXES)
def test_normal_faults_charge_nobody_wrongly(mix):
    total = figures(mix=mix, faults="normal", seeds=range(101, 104), berths=20)
    line = total.line()
    assert total.score.notes == []
    assert (line["wrong_person"], line["overcharged"], line["missed"], line["invariant_breaks"]) == (0, 0, 0, 0)
    assert line["stays"] > 200
    assert line["right_or_held_rate"] >= 0.999


@pytest.mark.parametrize("mix", town.MIXES)
def test_without_faults_every_readable_car_under_a_camera_is_billed_right(mix):
    score = figures(mix=mix, faults="none", seeds=[7], berths=20).score
    assert score.wrong_person == score.overcharged == score.undercharged == score.missed == 0
    if mix != "sensor+patrol":
        assert score.right == score.readable


@pytest.mark.parametrize("mix", town.MIXES)
def test_heavy_faults_break_no_invariant(mix):
    assert figures(mix=mix, faults="heavy", seeds=[11], berths=20).breaks == []


def test_one_seed_replays_everything():
    one = simulate(seed=5, berths=10, hours=12, rates=rates("heavy"), mix="camera+sensor")
    other = simulate(seed=5, berths=10, hours=12, rates=rates("heavy"), mix="camera+sensor")
    assert one == other


@pytest.mark.parametrize("kept", SEEDS, ids=lambda kept: f"{kept['mix']}-{kept['seed']}")
def test_a_seed_that_once_broke_stays_whole(kept):
    run = simulate(seed=kept["seed"], berths=kept["berths"], hours=24, rates=rates(kept["faults"]), mix=kept["mix"])
    assert run.breaks == []
    assert run.score.notes == []


def test_the_command_ends_with_one_json_object(capsys):
    call_command("simulate", "--seed=1", "--seeds=1", "--berths=5", "--hours=12", "--faults=normal", "--mix=camera")
    line = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert set(line) >= {
        "stays", "right", "held", "wrong_person", "overcharged", "undercharged", "missed", "auto_order_rate",
        "invariant_breaks", "seed_of_first_break",
    }  # fmt: skip
    assert line["stays"] > 0


def test_none_of_many_still_leaves_an_upper_bound():
    low, high = wilson(0, 100_000)
    assert low == 0.0
    assert 3.0e-5 < high < 4.0e-5
