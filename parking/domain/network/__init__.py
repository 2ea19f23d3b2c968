"""A city's network as files tell it: roads and berths from CSV or GeoJSON, row by row, each row right or refused.

Nothing here stops at a wrong row: it becomes a `Refusal` with its line and reason. Only a file that can't be read as
what it claims to be raises `NetworkFileError`.
"""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping

from parking.domain.network import geojson
from parking.domain.network.rows import BerthRow, DeviceRow, Refusal, RoadRow, Row, row

__all__ = ["BerthRow", "DeviceRow", "NetworkFileError", "Refusal", "RoadRow", "Row", "read"]

CSV_COLUMNS = ("road", "road_name", "zone", "berth", "lon", "lat")


class NetworkFileError(ValueError):
    """The file as a whole can't be read; the message says why."""


def read(content: bytes) -> Iterator[Row]:
    """The rows of a CSV or GeoJSON file, gzipped or not, in UTF-8 (or, CSV only, GB 18030).

    Raises NetworkFileError, before the first row, when the file is neither.
    """
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError) as error:
            raise NetworkFileError(f"the gzip file is damaged ({error})") from error
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return geojson.rows_of(_document(content))
    return _csv(_text(content))


def _document(content: bytes) -> Mapping[str, object]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NetworkFileError(f"not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise NetworkFileError("a GeoJSON network is a FeatureCollection")
    if not isinstance(document.get("features"), list):
        raise NetworkFileError("the FeatureCollection has no list of features")
    return document


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NetworkFileError("the text is neither UTF-8 nor GB 18030")


def _csv(text: str) -> Iterator[Row]:
    lines = text.splitlines()
    try:
        header = [name.lower() for name in _cells(lines[0])]
    except (IndexError, csv.Error) as error:
        raise NetworkFileError("the file has no header line") from error
    missing = [name for name in CSV_COLUMNS if name not in header]
    if missing:
        raise NetworkFileError(f"the header lacks {', '.join(missing)}")
    doubled = {name for name in header if name and header.count(name) > 1}
    if doubled:
        raise NetworkFileError(f"the header names {', '.join(sorted(doubled))} twice")
    return _csv_rows(lines[1:], header)


def _csv_rows(lines: Iterable[str], header: list[str]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        try:
            cells = _cells(line)
        except csv.Error as error:
            yield Refusal(number, "", f"not CSV: {error}")
            continue
        if not any(cells):
            continue
        if len(cells) != len(header):
            yield Refusal(number, "", f"{len(cells)} fields, the header has {len(header)}")
            continue
        yield row(number, dict(zip(header, cells, strict=True)))


def _cells(line: str) -> list[str]:
    # Line by line: no field may hold a line break, and so a stray quote can't swallow the rows after it.
    return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
