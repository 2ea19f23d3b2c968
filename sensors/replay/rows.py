"""A file of stays or events as events of the neutral door."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")
STAY_COLUMNS = {"berth", "arrived_at", "departed_at"}
EVENT_COLUMNS = {"event_id", "kind", "observed_at"}
_NUMBERS = {"plate_confidence": float, "action_confidence": float, "sequence": int}
_TEXTS = ("event_id", "device", "berth", "kind", "plate", "plate_color", "revokes", "visit")


class UnreadableFile(ValueError):
    """The file is neither of stays nor of events; the message says why."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that makes no event: its line in the file, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class Parsed:
    """The events of a file, the rows it refused, and the berths and period it speaks of."""

    events: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    berths: set[str] = field(default_factory=set)
    stays: int = 0


def parse(path: Path) -> Parsed:
    """Read a CSV of stays (`berth,arrived_at,departed_at[,plate]`) or of events (the fields of the neutral door).

    Times without an offset are the city's. The ids of a stay's events come from its content, so that the same file
    replayed again gives duplicates. Raises UnreadableFile and OSError.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        columns = set(reader.fieldnames or ())
        if columns >= STAY_COLUMNS:
            return _parse(_stays(reader))
        if columns >= EVENT_COLUMNS:
            return _parse(_events(reader))
    raise UnreadableFile(
        f"{path}: the header must have {', '.join(sorted(STAY_COLUMNS))} or {', '.join(sorted(EVENT_COLUMNS))}"
    )


def _parse(rows: "Iterator[list[dict[str, Any]] | Refused]") -> Parsed:
    parsed = Parsed()
    for row in rows:
        if isinstance(row, Refused):
            parsed.refused.append(row)
            continue
        parsed.stays += 1
        parsed.events.extend(row)
        parsed.berths.update(event["berth"] for event in row if event.get("berth"))
    return parsed


def _stays(reader: "csv.DictReader[str]") -> "Iterator[list[dict[str, Any]] | Refused]":
    for row in reader:
        try:
            yield _stay(row)
        except ValueError as error:
            yield Refused(reader.line_num, str(error))


def _stay(row: dict[str, str]) -> list[dict[str, Any]]:
    berth = (row["berth"] or "").strip()
    if not berth:
        raise ValueError("berth is empty")
    arrived_at = _moment("arrived_at", row["arrived_at"])
    plate = (row.get("plate") or "").strip()
    visit = hashlib.blake2b("|".join([berth, arrived_at, row["departed_at"] or "", plate]).encode(), digest_size=12)
    common: dict[str, Any] = {"berth": berth, "visit": visit.hexdigest()}
    if plate:
        common |= {"plate": plate}
    events = [{"event_id": f"{visit.hexdigest()}-in", "kind": "arrival", "observed_at": arrived_at, **common}]
    if (row["departed_at"] or "").strip():
        departed_at = _moment("departed_at", row["departed_at"])
        if datetime.fromisoformat(departed_at) < datetime.fromisoformat(arrived_at):
            raise ValueError("departed_at lies before arrived_at")
        events.append(
            {"event_id": f"{visit.hexdigest()}-out", "kind": "departure", "observed_at": departed_at, **common}
        )
    return events


def _events(reader: "csv.DictReader[str]") -> "Iterator[list[dict[str, Any]] | Refused]":
    for row in reader:
        try:
            yield [_event(row)]
        except ValueError as error:
            yield Refused(reader.line_num, str(error))


def _event(row: dict[str, str]) -> dict[str, Any]:
    event: dict[str, Any] = {name: row[name].strip() for name in _TEXTS if (row.get(name) or "").strip()}
    for name, number in _NUMBERS.items():
        text = (row.get(name) or "").strip()
        if text:
            try:
                event[name] = number(text)
            except ValueError:
                raise ValueError(f"{name}: {text} is not a number") from None
    event["observed_at"] = _moment("observed_at", row["observed_at"])
    return event


def _moment(name: str, text: str | None) -> str:
    try:
        at = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise ValueError(f"{name}: {text} is not a time") from None
    return (at if at.tzinfo else at.replace(tzinfo=CITY_TIME)).isoformat()
