"""A city's network as files tell it: roads and berths from CSV or GeoJSON, row by row, each row right or refused.

Nothing here stops at a wrong row: it becomes a `Refusal` with its line and reason. Only a file that can't be read as
what it claims to be raises `NetworkFileError`.
"""

import csv
import gzip
import json
from collections.abc import Iterator, Mapping

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
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
    except (StopIteration, csv.Error) as error:
        raise NetworkFileError("the file has no header line") from error
    missing = [name for name in CSV_COLUMNS if name not in header]
    if missing:
        raise NetworkFileError(f"the header lacks {', '.join(missing)}")
    doubled = {name for name in header if name and header.count(name) > 1}
    if doubled:
        raise NetworkFileError(f"the header names {', '.join(sorted(doubled))} twice")
    return _csv_rows(reader, header)


def _csv_rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[Row]:
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]  # a csv reader's own count of lines
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Refusal(line, "", f"not CSV: {error}")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            yield Refusal(line, "", f"{len(cells)} fields, the header has {len(header)}")
            continue
        yield row(line, {name: cell.strip() for name, cell in zip(header, cells, strict=True)})
