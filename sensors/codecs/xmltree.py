"""XML of cameras as plain dictionaries: namespaces dropped, no document types, no entities, bounded depth and size."""

from typing import Any
from xml.parsers import expat

from sensors.codecs.fields import text_of
from sensors.codecs.reading import CodecError

DEPTH = 32
ELEMENTS = 5000


def parse(body: bytes) -> tuple[str, dict[str, Any]]:
    """The root's name and its content: texts, dictionaries, and lists where a name repeats.

    Document type declarations are refused before anything in them is read, so that no entity can be defined.
    """
    # Decoded here, so that no declared encoding (UTF-16, UTF-7) can hide anything from the checks.
    document = text_of(body).strip().lstrip("\ufeff")
    if document.startswith("<?xml"):
        document = document.partition("?>")[2]
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.EntityDeclHandler = reader.entity
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    try:
        parser.Parse(document.encode("utf-8"), True)
    except (expat.ExpatError, UnicodeEncodeError) as reason:
        raise CodecError("bad_xml", f"the body is not XML: {str(reason)[:120]}") from None
    return reader.name, reader.root


class _Reader:
    """Builds the tree while expat reads; the innermost open element is the last of the stack."""

    def __init__(self) -> None:
        self.name = ""
        self.root: dict[str, Any] = {}
        self._stack: list[tuple[str, dict[str, Any], list[str]]] = []
        self._count = 0

    def doctype(self, *_: object) -> None:
        raise CodecError("bad_xml", "a document type is not allowed")

    def entity(self, *_: object) -> None:
        raise CodecError("bad_xml", "entities are not allowed")

    def start(self, name: str, _: dict[str, str]) -> None:
        self._count += 1
        if len(self._stack) >= DEPTH or self._count > ELEMENTS:
            raise CodecError("bad_xml", "the document is too deep or too large")
        self._stack.append((name.rpartition(":")[2], {}, []))

    def data(self, text: str) -> None:
        if self._stack:
            self._stack[-1][2].append(text)

    def end(self, _: str) -> None:
        name, children, texts = self._stack.pop()
        value: Any = children or "".join(texts).strip()
        if not self._stack:
            self.name, self.root = name, children
            return
        parent = self._stack[-1][1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
