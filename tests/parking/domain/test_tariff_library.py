"""The tariffs that ship: every one loads, reproduces its notice's examples, and is listed."""

from pathlib import Path

import pytest

from parking.domain import calendar
from parking.domain.tariff import catalogue, differences, library, parse

CALENDAR = calendar.seeded()
PAGE = (Path(__file__).parents[3] / "docs" / "tariffs-library.md").read_text(encoding="utf-8")


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError):
        library.load("atlantis")


@pytest.mark.parametrize("name", library.names())
def test_a_tariff_of_the_library_reproduces_its_worked_examples(name: str):
    assert differences(tariff=library.load(name), calendar=CALENDAR) == ()


def test_the_page_is_the_one_the_command_makes():
    assert catalogue.page(CALENDAR) == PAGE, "run: manage.py tariff_library --write"


def test_every_published_tariff_is_in_the_library_or_absent_with_a_reason():
    listed = [code for place in library.places() for code in place.codes]
    assert sorted([*listed, "xianning-demo"]) == list(library.names())
    assert all(reason for _, reason in library.absent())
    assert not {code for codes, _ in library.absent() for code in codes} & set(library.names())


def test_an_example_that_comes_out_otherwise_is_named():
    document = dict(library.document("shenzhen-2024-c1"))
    document["examples"] = [{**document["examples"][0], "amount": 1}]
    right = library.load("hangzhou-2014-core")
    found, wrong = catalogue.score([right, parse(document)], CALENDAR)
    assert (found.examples, found.right) == (len(right.examples) + 1, len(right.examples))
    assert [(each.code, each.number, each.wanted) for each in wrong] == [("shenzhen-2024-c1", 0, 100)]
    assert wrong[0].got != 100


def test_only_the_demo_tariff_is_for_a_whole_city():
    assert [name for name in library.names() if library.load(name).zone == ""] == ["xianning-demo"]
