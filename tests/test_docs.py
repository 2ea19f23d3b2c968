"""Every test that a page of docs/ names is there, so that a table of proofs can't promise what nobody tests."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# Pages that name tests of one folder by the rest of their path.
FOLDERS = {
    "driver.md": "tests/browser",
    "invoices.md": "tests/payments/invoicing",
    "money.md": "tests/payments",
}
# `path/test_file.py::test_name`, `tests/path/test_file.py`
NAMED = re.compile(r"`((?:[\w./-]+/)?test_\w+\.py)(?:::([^`]+))?`")


@cache
def _tests_of(file: Path) -> frozenset[str]:
    """The names of a file's test functions, those in classes too."""
    tree = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return frozenset(node.name for node in tree if isinstance(node, ast.FunctionDef) and node.name.startswith("test"))


def _promised(page: Path) -> list[tuple[str, str]]:
    return NAMED.findall(page.read_text(encoding="utf-8"))


def _file(page: Path, named: str) -> Path:
    folder = "" if named.startswith("tests/") else FOLDERS.get(page.name, "")
    return ROOT / folder / named


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_test_a_page_names_is_there(page):
    missing = []
    for named, test in _promised(page):
        file = _file(page, named)
        if not file.is_file() or (test and test not in _tests_of(file)):
            missing.append(f"{named}::{test}" if test else named)
    assert not missing


def test_each_rule_of_the_money_names_a_test():
    """Read row by row: below a table's head whose last column is "tests", a rule without one is no rule."""
    bare, rules, proving = [], 0, False
    for line in (ROOT / "docs" / "money.md").read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            proving = False
        elif line.endswith("| tests |"):
            proving = True
        elif proving and not line.startswith("|---"):
            rules += 1
            if not NAMED.search(line.rstrip("| ").rpartition("|")[2]):
                bare.append(line)
    assert rules > 50
    assert not bare
