"""The tariffs that ship with the product: real price notices as documents, by name (`docs/tariffs-library.md`)."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from parking.domain.tariff.parsing import parse
from parking.domain.tariff.tariff import Tariff

FOLDER: Final = Path(__file__).resolve().parents[2] / "tariff_library"
SCHEMA: Final = FOLDER / "tariff.schema.json"
"""The JSON Schema of a document, for editors and other programs."""


@cache
def _documents() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(FOLDER.glob("*.json")):
        if path == SCHEMA:
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        for document in content.get("tariffs", [content]):
            found[document["code"]] = document
    return found


def names() -> tuple[str, ...]:
    """Return the codes of all tariffs of the library, in order."""
    return tuple(sorted(_documents()))


def document(name: str) -> Mapping[str, Any]:
    """Return the document of a tariff; KeyError when the library has none of that name."""
    return _documents()[name]


def load(name: str) -> Tariff:
    """Return a tariff of the library, parsed; KeyError when it has none of that name."""
    return parse(document(name))
