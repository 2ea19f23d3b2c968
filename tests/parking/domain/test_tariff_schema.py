"""The JSON Schema that ships says the same as the parser, as far as a schema can."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from parking.domain import tariff
from parking.domain.tariff import library
from tests.parking.domain.tariff_documents import documents
from tests.parking.domain.test_tariff_docs import DOCUMENTS

SCHEMA = json.loads(library.SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("code",), "no spaces"),
        (("colour",), "red"),
        (("currency",), None),
        (("zone",), "z" * 33),
        (("bands", 0, "steps", 0, "unit_min"), 0),
        (("bands", 0, "steps", 0, "unit_min"), 1.5),
        (("bands", 0, "steps", 0, "price"), -1),
        (("bands", 0, "steps", 0, "price"), "two"),
        (("bands", 0, "steps"), []),
        (("bands", 0, "from"), "8:00"),
        (("bands", 0, "to"), "24:01"),
        (("bands", 0, "free"), True),
        (("bands", 0, "rounding"), "sideways"),
        (("bands", 0, "meter"), {"pool": "sea"}),
        (("caps", 0, "scope"), "week"),
        (("caps", 0, "scope"), {"every_min": 5, "daily_at": "07:00"}),
        (("free", "minutes"), 0),
        (("free", "once_exceeded"), "perhaps"),
        (("restart",), "monthly"),
        (("final_rounding",), {"mode": "sideways"}),
        (("vehicles", "by_plate_color"), {"pink": "large"}),
        (("vehicles", "classes"), {}),
        (("concessions", 0, "free"), {"minutes": 5, "per": "week"}),
        (("examples", 0, "amount"), None),
    ],
)
def test_the_schema_and_the_parser_refuse_the_same(path: tuple[Any, ...], value: Any):
    document = copy.deepcopy(next(each for each in DOCUMENTS if each["code"] == "doc-hubei"))
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(tariff.TariffError):
        tariff.parse(document)


@pytest.mark.parametrize("name", library.names())
def test_the_schema_accepts_the_library(name: str):
    VALIDATOR.validate(dict(library.document(name)))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["code"])
def test_the_schema_accepts_the_documentation(document: dict[str, Any]):
    VALIDATOR.validate(document)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=documents())
def test_the_schema_accepts_whatever_the_form_allows(document: dict[str, Any]):
    VALIDATOR.validate(document)
