"""Every published frame gives the expected reading; the table of it stands in docs/devices.md."""

from collections import Counter
from pathlib import Path

import pytest

from tests.sensors.codecs import vectors

ALL = vectors.everything()
PAGE = Path(__file__).parents[3] / "docs/devices.md"


@pytest.mark.parametrize("vector", ALL, ids=[f"{item.family}: {item.name}" for item in ALL])
def test_a_published_frame_gives_its_reading(vector):
    assert vectors.wrong(vector) == ""


def table() -> str:
    """Family, vectors, right, wrong and the sources' own slips, as Markdown."""
    count, right = Counter(item.family for item in ALL), Counter(item.family for item in ALL if not vectors.wrong(item))
    slips: dict[str, set[str]] = {}
    for item in ALL:
        if item.source_is_wrong:
            slips.setdefault(item.family, set()).add(item.source_is_wrong)
    lines = ["| family | vectors | right | wrong | where the source itself is wrong |", "|---|---|---|---|---|"]
    for family in sorted(count):
        missed = count[family] - right[family]
        lines.append(
            f"| {family} | {count[family]} | {right[family]} | {missed} | {'; '.join(sorted(slips.get(family, ())))} |"
        )
    lines.append(f"| all | {count.total()} | {right.total()} | {count.total() - right.total()} | |")
    return "\n".join(lines)


def test_the_page_shows_the_table_as_it_is():
    print(table())
    assert table() in PAGE.read_text(encoding="utf-8")
