"""The library as a page, `docs/tariffs-library.md`: which worked examples come out, and what is left out and why."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from parking.domain.calendar import Calendar
from parking.domain.tariff import library
from parking.domain.tariff.examples import differences
from parking.domain.tariff.tariff import Tariff

_HEAD = """\
# The library of tariffs

Real price notices in the form of [tariffs.md](tariffs.md), in `parking/tariff_library/`, one file per city; load one
with `tariff.library.load(name)` or its file with `manage.py load_tariffs`. The facts come from published notices and
press (each document's `source` says which and how sure it is); they are examples of the form, not legal advice on what
is in force today.

`xianning-demo` is the demo city's tariff. It is **illustrative**: modelled on the neighbours in Hubei, because
Xianning's own notice was not found. It alone is for a whole city (`"zone": ""`); all others get a zone of their own.

`python manage.py tariff_library --write` makes this page from the data and prices every example; a test fails when the
page is stale or an example comes out wrong.

## Worked examples

An example is *independent* when it tests the rule rather than restates it: a stay and its amount printed in the notice,
or in the press about it. The others were worked out by hand from the notice.
"""
_AMBIGUOUS = """\
Where a notice does not say whether free minutes are charged once exceeded, they are (`once_exceeded: charged`). Where
it does not say what a 24-hour window does with a band's clock, the first hour comes once in the window
(`meter.pool: band`).
"""


class Score(NamedTuple):
    """How many worked examples there are, and how many the tariffs reproduce."""

    examples: int
    right: int
    independent: int
    independent_right: int


class Wrong(NamedTuple):
    """An example of the library that its tariff prices otherwise, in minor units."""

    code: str
    number: int
    wanted: int
    got: int


def score(tariffs: Iterable[Tariff], calendar: Calendar) -> tuple[Score, tuple[Wrong, ...]]:
    """Price the worked examples of the tariffs and return the count, and each that comes out otherwise."""
    counts = [0, 0, 0, 0]
    wrong: list[Wrong] = []
    for found in tariffs:
        missed = {each.example: each.amount_fen for each in differences(tariff=found, calendar=calendar)}
        for number, example in enumerate(found.examples):
            right = example not in missed
            counts[0] += 1
            counts[1] += right
            counts[2] += example.independent
            counts[3] += example.independent and right
            if not right:
                wrong.append(Wrong(found.code, number, example.amount_fen, missed[example]))
    return Score(*counts), tuple(wrong)


def page(calendar: Calendar) -> str:
    """Return `docs/tariffs-library.md`."""
    places = library.places()
    scores = [(place, score(map(library.load, place.codes), calendar)[0]) for place in places]
    whole = Score(*(sum(column) for column in zip(*(each for _, each in scores), strict=True)))
    count = sum(len(place.codes) for place in places)
    examples = [[place.name, len(place.codes), *each] for place, each in scores]
    bold = [f"**{cell}**" for cell in ("all", count, *whole)]
    notes = [
        [place.name, note]
        for place in places
        for note in dict.fromkeys(_one_line(note) for code in place.codes for note in _notes(library.document(code)))
    ]
    sections = [
        _HEAD,
        _table(["city", "tariffs", "examples", "right", "independent", "right"], [*examples, bold]),
        "## Not in the library, and why\n",
        _table(
            ["published tariff", "reason"],
            [[", ".join(f"`{code}`" for code in codes), reason] for codes, reason in library.absent()],
        ),
        "## Left out of a tariff that is in the library\n",
        _table(["city", "what", "reason"], [[place.name, *row] for place in places for row in place.left_out]),
        "## Ambiguous in the notice, and how it is read\n",
        _AMBIGUOUS,
        _table(["city", "the notice leaves open, or the reading taken"], notes),
        "## All tariffs\n",
        *(f"- {place.name}: {', '.join(f'`{code}`' for code in place.codes)}" for place in places),
        "- 咸宁 Xianning: `xianning-demo` (illustrative)",
    ]
    return "\n".join(sections) + "\n"


def _notes(document: Any) -> Iterable[str]:
    notes = document.get("notes") or ()
    return (notes,) if isinstance(notes, str) else notes


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)
