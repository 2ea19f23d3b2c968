"""How a form's plain texts and a document's values are told apart: what the parts of the outline share."""

from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]
Values = dict[str, str]


def texts(value: Any) -> tuple[str, str]:
    """The Chinese and the English of a text, which may be one string for both."""
    if isinstance(value, Mapping):
        return str(value.get("zh", "")), str(value.get("en", ""))
    return str(value), str(value)


def number(text: str) -> int | str:
    """A whole number where one was typed; anything else stays text, for the reader to judge."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() else text


def only(value: Mapping[str, Any], *names: str) -> bool:
    """Whether the object has no fields but these."""
    return set(value) <= set(names)
