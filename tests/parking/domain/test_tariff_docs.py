"""Every tariff printed in docs/tariffs.md is one, and costs what its examples say."""

import json
import re
from pathlib import Path

import pytest

from parking.domain import calendar, tariff

TEXT = (Path(__file__).parents[3] / "docs" / "tariffs.md").read_text(encoding="utf-8")
DOCUMENTS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.S)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["code"])
def test_a_tariff_in_the_documentation_reproduces_its_examples(document):
    parsed = tariff.parse(document)
    assert parsed.examples
    assert tariff.differences(tariff=parsed, calendar=calendar.seeded()) == ()
