"""Text that must not reach a log."""

from pathlib import Path


class Secret:
    """Text that must not reach a log: given directly, or read from a file when it is first needed.

    Raises OSError from `text` when the file can't be read, ValueError when neither was given.
    """

    def __init__(self, *, text: str = "", file: str = "", name: str) -> None:
        self._text = text
        self._file = file
        self._name = name

    def __repr__(self) -> str:
        return f"<{self._name}>"

    def __bool__(self) -> bool:
        return bool(self._text or self._file)

    @property
    def text(self) -> str:
        if not self._text:
            if not self._file:
                raise ValueError(f"{self._name} is not set")
            self._text = Path(self._file).read_text().strip()
        return self._text
