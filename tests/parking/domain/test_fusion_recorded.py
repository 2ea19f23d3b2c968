"""The fold says today what it said when its records were last looked at (see `recorded.py`)."""

import json

import pytest

from tests.parking.domain.recorded import FILE, HEAPS, made

RECORDS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def test_every_heap_has_its_record():
    assert [record["seed"] for record in RECORDS] == list(range(HEAPS))
    assert sum(len(record["stays"]) for record in RECORDS) > HEAPS


@pytest.mark.parametrize("share", range(8))
def test_each_heap_still_folds_to_what_was_recorded(share):
    changed = [
        {"was": record, "is": found}
        for record in RECORDS[share::8]
        if (found := made(record["seed"])) != {name: record[name] for name in found}
    ]
    assert changed == [], "look at each; if they are meant: python -m tests.parking.domain.recorded"
