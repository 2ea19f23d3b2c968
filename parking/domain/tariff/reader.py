"""Reading an untrusted document field by field: every refusal names the path and the reason in two languages."""

import re
from collections.abc import Collection, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, TypeVar

from parking.domain.tariff.days import CLOCK
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.terms import DAY_S, Text

_T = TypeVar("_T", bound=StrEnum)
_MISSING: Final = object()
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")
LONGEST_MIN: Final = 366 * 24 * 60
DEAREST: Final = 10**9


class Fields:
    """A JSON object being read. Every field is taken once; `close` refuses what is left."""

    def __init__(self, value: object, path: str, moved: Mapping[str, str] | None = None) -> None:
        if not isinstance(value, Mapping):
            raise TariffError(path, "应为对象", "must be an object")
        self._value: Mapping[object, object] = value
        self._left = {str(key): None for key in value}
        self._moved = moved or {}
        self.path = path

    def at(self, name: str) -> str:
        """Return the path of a field, also of one that stands elsewhere in the document."""
        path = self._moved.get(name, self.path)
        return f"{path}.{name}" if path else name

    def has(self, name: str) -> bool:
        """Tell whether the field is given and not null."""
        return self._value.get(name) is not None

    def given(self, name: str) -> bool:
        """Tell whether the field is given at all."""
        return name in self._value

    def take(self, name: str, default: object = _MISSING) -> object:
        """Return the field's raw value; a missing one without a default is refused."""
        self._left.pop(name, None)
        if name not in self._value:
            if default is _MISSING:
                raise TariffError(self.at(name), "缺少此字段", "is missing")
            return default
        return self._value[name]

    def refuse(self, name: str, zh: str, en: str) -> TariffError:
        """Return the error for a field, to be raised by the caller."""
        return TariffError(self.at(name), zh, en)

    def close(self) -> None:
        """Refuse fields that nobody took."""
        for name in self._left:
            raise TariffError(self.at(name), "未知字段", "is not a known field")

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string; required when there is no default."""
        value = self.take(name, _MISSING if default is None else default)
        if not isinstance(value, str):
            raise self.refuse(name, "应为文本", "must be a string")
        return value

    def word(self, name: str) -> str:
        """Return an identifier: letters, digits and . _ : - , at most 64."""
        value = self.text(name)
        if not _WORD.fullmatch(value):
            raise self.refuse(
                name, "应为字母、数字和 . _ : -,最多 64 个", "must be letters, digits and . _ : -, at most 64"
            )
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self.take(name, default)
        if not isinstance(value, bool):
            raise self.refuse(name, "应为 true 或 false", "must be true or false")
        return value

    def whole(self, name: str, *, default: int | None = None, low: int = 0, high: int = LONGEST_MIN) -> int:
        """Return a whole number in the range."""
        value = self.take(name, _MISSING if default is None else default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse(name, "应为整数", "must be a whole number")
        if not low <= value <= high:
            raise self.refuse(name, f"应在 {low} 到 {high} 之间", f"must be from {low} to {high}")
        return value

    def number(self, name: str, *, default: Fraction | None = None) -> Fraction:
        """Return a number of at least 0, exactly as written; a string of digits is taken too."""
        value = self.take(name, _MISSING if default is None else default)
        if isinstance(value, Fraction):
            return value
        if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
            raise self.refuse(name, "应为数字", "must be a number")
        written = str(value)
        if not re.fullmatch(r"\d{1,10}(\.\d{1,12})?|\d(\.\d+)?[eE]-\d{1,2}", written):
            raise self.refuse(name, "应为不小于 0 的数字", "must be a number of at least 0")
        return Fraction(written)

    def minutes(self, name: str, *, default: int | None = None, low: int = 0) -> int:
        """Return whole minutes as seconds."""
        return self.whole(name, default=default, low=low) * 60

    def clock(self, name: str, default: str | None = None) -> int:
        """Return "HH:MM" as seconds since midnight; "24:00" is the end of the day."""
        value = self.text(name, default)
        if not CLOCK.fullmatch(value):
            raise self.refuse(name, "应为 HH:MM", "must be HH:MM")
        return int(value[:2]) * 3600 + int(value[3:]) * 60

    def choice(self, name: str, kind: type[_T], default: _T | None = None) -> _T:
        """Return one of the words of an enumeration."""
        value = self.text(name, None if default is None else default.value)
        try:
            return kind(value)
        except ValueError:
            words = ", ".join(kind)
            raise self.refuse(name, f"应为其中之一：{words}", f"must be one of: {words}") from None

    def one_of(self, name: str, words: Collection[str], default: str | None = None) -> str:
        """Return one of the words."""
        value = self.text(name, default)
        if value not in words:
            listed = ", ".join(words)
            raise self.refuse(name, f"应为其中之一：{listed}", f"must be one of: {listed}")
        return value

    def rows(self, name: str, *, required: bool = False) -> list["Fields"]:
        """Return a list of objects; an absent or null one is empty unless required."""
        value = self.take(name, _MISSING if required else None)
        if value is None:
            return []
        if not isinstance(value, (list, tuple)):
            raise self.refuse(name, "应为列表", "must be a list")
        return [Fields(item, f"{self.at(name)}[{index}]") for index, item in enumerate(value)]

    def inner(self, name: str) -> "Fields | None":
        """Return an object inside this one, None when absent or null."""
        value = self.take(name, None)
        return None if value is None else Fields(value, self.at(name))

    def words(self, name: str) -> tuple[str, ...]:
        """Return a string or a list of strings as a tuple; empty when absent."""
        value = self.take(name, ())
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
            raise self.refuse(name, "应为文本或文本列表", "must be a string or a list of strings")
        return tuple(value)

    def bilingual(self, name: str, default: str | None = None) -> Text:
        """Return {"zh", "en"}; a plain string stands for both."""
        value = self.take(name, _MISSING if default is None else default)
        if isinstance(value, str):
            return Text(value, value)
        fields = Fields(value, self.at(name))
        found = Text(fields.text("zh"), fields.text("en"))
        fields.close()
        return found

    def names(self) -> tuple[str, ...]:
        """Return the names of all fields not taken yet."""
        return tuple(self._left)


def span(fields: Fields, first: str, last: str) -> tuple[int, int]:
    """Return the seconds of a period of the day; an end not after its beginning lies on the next day."""
    begin, finish = fields.clock(first), fields.clock(last)
    if begin == DAY_S:
        raise fields.refuse(first, "起点应早于 24:00", "must be before 24:00")
    return begin, finish if finish > begin else finish + DAY_S
