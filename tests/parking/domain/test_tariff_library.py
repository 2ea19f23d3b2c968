"""The tariffs that ship: every one loads, reproduces its notice's examples, and is listed."""

from pathlib import Path

import pytest

from parking.domain import calendar
from parking.domain.tariff import differences, library

CALENDAR = calendar.seeded()
PAGE = (Path(__file__).parents[3] / "docs" / "tariffs-library.md").read_text(encoding="utf-8")


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError):
        library.load("atlantis")


@pytest.mark.parametrize("name", library.names())
def test_a_tariff_of_the_library_reproduces_its_worked_examples(name: str):
    assert differences(tariff=library.load(name), calendar=CALENDAR) == ()


def test_all_published_examples_that_are_stays_are_in_the_library():
    examples = [example for name in library.names() for example in library.load(name).examples]
    assert len(examples) == 75
    assert sum(example.independent for example in examples) == 48


@pytest.mark.parametrize("name", library.names())
def test_a_tariff_of_the_library_is_listed(name: str):
    assert f"`{name}`" in PAGE


def test_only_the_demo_tariff_is_for_a_whole_city():
    assert [name for name in library.names() if library.load(name).zone == ""] == ["xianning-demo"]
