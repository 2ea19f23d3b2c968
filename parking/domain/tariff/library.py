"""The tariffs that ship with the product: real price notices as documents, by name (`docs/tariffs-library.md`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from parking.domain.tariff.parsing import parse
from parking.domain.tariff.tariff import Tariff

FOLDER: Final = Path(__file__).resolve().parents[2] / "tariff_library"
SCHEMA: Final = FOLDER / "tariff.schema.json"
"""The JSON Schema of a document, for editors and other programs."""
_ABSENT: Final = FOLDER / "absent.json"


@dataclass(frozen=True, slots=True)
class Place:
    """One file of the library: where its tariffs hold, their codes, and what of the notices they leave out and why."""

    name: str
    codes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


@cache
def _files() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(FOLDER.glob("*.json"))
        if path not in (SCHEMA, _ABSENT)
    }


@cache
def _documents() -> dict[str, dict[str, Any]]:
    return {
        document["code"]: document for content in _files().values() for document in content.get("tariffs", [content])
    }


def names() -> tuple[str, ...]:
    """Return the codes of all tariffs of the library, in order."""
    return tuple(sorted(_documents()))


def places() -> tuple[Place, ...]:
    """Return where the library's tariffs hold, by file; the illustrative demo tariff is no place's."""
    return tuple(
        Place(
            content["place"],
            tuple(document["code"] for document in content["tariffs"]),
            tuple((each["what"], each["reason"]) for each in content.get("left_out", ())),
        )
        for content in _files().values()
        if "place" in content
    )


def absent() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Return the published tariffs that are not in the library, each with the reason."""
    rows = json.loads(_ABSENT.read_text(encoding="utf-8"))["absent"]
    return tuple((tuple(row["tariffs"]), row["reason"]) for row in rows)


def document(name: str) -> Mapping[str, Any]:
    """Return the document of a tariff; KeyError when the library has none of that name."""
    return _documents()[name]


def load(name: str) -> Tariff:
    """Return a tariff of the library, parsed; KeyError when it has none of that name."""
    return parse(document(name))
