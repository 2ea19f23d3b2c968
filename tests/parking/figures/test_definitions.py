"""Each figure by hand, on numbers that can be reckoned in the head."""

import pytest

from parking.figures import definitions
from parking.figures.counts import Counts, Ground, Standing
from parking.figures.definitions import FIGURES, Facts

FACTS = Facts(
    Counts(
        arrivals=9,
        departures=8,
        stay_s=8 * 5400,
        occupied_s=43_200,
        charged_occupied_s=21_600,
        orders=10,
        auto_orders=9,
        charges=8,
        receivable_fen=1000,
        collected_fen=800,
        collected_t0_fen=500,
        received_fen=900,
        paid_charges=5,
        contactless_charges=4,
    ),
    Ground(
        berths=4,
        berth_s=4 * 86_400,
        charging_berth_s=4 * 43_200,
        ripe7_receivable_fen=400,
        ripe7_collected_fen=300,
    ),
    Standing(
        occupied=3,
        arrears_fen=250,
        devices=4,
        devices_online=3,
        appeals=2,
        appeals_decided=2,
        appeals_overturned=1,
    ),
)
BY_HAND = {
    "occupied": 3,
    "free": 1,
    "arrivals": 9,
    "turnover": 2.0,
    "utilisation": 0.125,
    "occupancy": 0.125,
    "mean_stay_s": 5400.0,
    "receivable_fen": 1000,
    "received_fen": 900,
    "arrears_fen": 250,
    "collection_rate": 0.8,
    "collection_t0": 0.5,
    "collection_t7": 0.75,
    "collection_t30": None,
    "auto_order_rate": 0.9,
    "contactless_share": 0.8,
    "appeal_rate": 0.25,
    "overturned_share": 0.5,
    "devices_online": 0.75,
}


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_it_is_what_its_formula_says(name):
    assert definitions.values(FACTS)[name] == BY_HAND[name]


def test_no_figure_is_left_out_of_the_table_above():
    assert {figure.name for figure in FIGURES} == set(BY_HAND)


def test_nothing_to_divide_by_is_no_figure_rather_than_nought():
    told = definitions.values(Facts(Counts(), Ground()))
    assert told["turnover"] is told["collection_rate"] is told["appeal_rate"] is None
    assert told["receivable_fen"] == 0


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_it_says_its_formula_and_its_unit(figure):
    docstring = figure.compute.__doc__ or ""
    assert docstring.rstrip().endswith((".",))
    assert any(unit in docstring for unit in ("Share.", "Fen.", "Seconds.", "Berths.", "Stays"))
    assert str(figure.definition)
