"""Multipart bodies as cameras send them: whole (form data, mixed) and as an endless stream (x-mixed-replace).

Content-Length headers in the vendors' own documents are wrong by the line ends, so the boundary decides and the length
only helps to find it behind binary data.
"""

import re
from dataclasses import dataclass, field

from sensors.codecs.reading import CodecError

PARTS = 64
_HEAD_LIMIT = 4096
_BOUNDARY = re.compile(r'boundary\s*=\s*"?([^";,\s]{1,200})"?', re.IGNORECASE)
_NAME = re.compile(rb'\bname\s*=\s*"?([^";\r\n]*)"?', re.IGNORECASE)
_FILE = re.compile(rb'\bfilename\s*=\s*"?([^";\r\n]*)"?', re.IGNORECASE)
_LENGTH = re.compile(rb"^content-length\s*:\s*(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^content-type\s*:\s*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a body: its field name, file name, content type (all "" when not told) and bytes."""

    name: str
    filename: str
    content_type: str
    body: bytes


def boundary(content_type: str, body: bytes = b"") -> bytes:
    """The boundary from the content type, else from the body's first line; b"" when it is no multipart."""
    found = _BOUNDARY.search(content_type)
    if found:
        return found[1].encode("latin-1", "replace")
    first = body[:256].lstrip().split(b"\n", 1)[0].strip()
    return first[2:] if first.startswith(b"--") and len(first) > 4 else b""


def parts(body: bytes, *, content_type: str = "") -> list[Part]:
    """The parts of a whole body. Raises CodecError when it is none or has absurdly many."""
    mark = boundary(content_type, body)
    if not mark:
        raise CodecError("bad_multipart", "the body has no boundary")
    pieces = (b"\n" + body).split(b"\n--" + mark)
    if len(pieces) > PARTS + 2:
        raise CodecError("bad_multipart", f"more than {PARTS} parts")
    return [_part(piece) for piece in pieces[1:] if not piece.startswith(b"--") and piece.strip()]


@dataclass(slots=True)
class Stream:
    """An endless multipart stream, fed as bytes come; gives each part once its end is seen.

    A part without end is given up after `limit` bytes, with a CodecError, and the next boundary is awaited.
    """

    mark: bytes
    limit: int = 16 << 20
    _rest: bytearray = field(default_factory=bytearray)
    _searched: int = field(default=0)
    _started: bool = field(default=False)

    def feed(self, data: bytes) -> list[Part | CodecError]:
        """The parts that are complete with these bytes."""
        found: list[Part | CodecError] = []
        self._rest += data
        separator = b"--" + self.mark
        while (at := self._rest.find(separator, self._searched)) >= 0:
            piece = bytes(self._rest[:at])
            del self._rest[: at + len(separator)]
            self._searched = 0
            if self._started and piece.strip(b"-\r\n "):
                found.append(_part(piece))
            self._started = True
        self._searched = max(0, len(self._rest) - len(separator))
        if len(self._rest) > self.limit:
            self._rest.clear()
            self._searched, self._started = 0, False
            found.append(CodecError("too_long", f"a part of the stream is longer than {self.limit} bytes"))
        return found


def _part(piece: bytes) -> Part:
    piece = piece.partition(b"\n")[2]  # what stands behind the boundary on its own line is nothing
    head, body = b"", piece
    for end in (b"\r\n", b"\n"):
        if piece.startswith(end):
            body = piece[len(end) :]
            break
        before, found, after = piece.partition(end + end)
        if found and len(before) < _HEAD_LIMIT and b":" in before:
            head, body = before, after
            break
    return Part(_text(_NAME.search(head)), _text(_FILE.search(head)), _text(_TYPE.search(head)), _trimmed(head, body))


def _trimmed(head: bytes, body: bytes) -> bytes:
    """The body without the line ends before the next boundary: as long as announced, else without one line end."""
    announced = _LENGTH.search(head)
    if announced and not body[int(announced[1]) :].strip(b"\r\n"):
        return body[: int(announced[1])]
    return body.removesuffix(b"\n").removesuffix(b"\r")


def _text(found: re.Match[bytes] | None) -> str:
    return found[1].decode("utf-8", "replace").strip() if found else ""
