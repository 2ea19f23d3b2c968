"""Reports for the traffic police: a table and the pictures it speaks of, in one ZIP. We hand over; we fine nobody."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from parking import pictures, traces
from parking.inspections import evidence
from parking.inspections.leaving import NEEDED
from parking.models import Picture, StreetReport
from parking.orders import local

COLUMNS = (
    "report", "kind", "road", "road_name", "berth", "plate", "plate_color", "longitude", "latitude", "seen_at", "note",
    "pictures",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def archive(reports: Sequence[StreetReport], *, by: str, now: datetime) -> tuple[bytes, list[int]]:
    """The ZIP and the ids of the reports that are in it; those with fewer than two stored pictures stay behind.

    `reports.csv` (UTF-8 with a mark, for spreadsheets), `pictures/<report>-<n>.jpg`, and `sha256.txt` over all of them.
    Leaves a trace: whole plates leave the house. Raises StoreAway when the evidence storage does not answer.
    """
    stored: dict[str, list[int]] = {}
    keys = [evidence.event_id(report.user_id, report.client_id) for report in reports]
    rows = Picture.objects.filter(
        source=evidence.REPORT, event_id__in=keys, stored_at__isnull=False, expired_at__isnull=True
    )
    for event_id, id_ in rows.order_by("id").values_list("event_id", "id"):
        stored.setdefault(event_id, []).append(id_)
    written, sums = io.BytesIO(), []
    table = io.StringIO()
    sheet = csv.writer(table)
    sheet.writerow(COLUMNS)
    taken: list[int] = []
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as packed:
        for report, key in zip(reports, keys, strict=True):
            shots = _shots(stored.get(key, []), now)
            if len(shots) < NEEDED:
                continue
            names = []
            for number, body in enumerate(shots, start=1):
                name = f"pictures/{report.pk}-{number}.jpg"
                packed.writestr(name, body)
                sums.append(f"{hashlib.sha256(body).hexdigest()}  {name}")
                names.append(name)
            sheet.writerow([_plain(value) for value in (*_row(report), " ".join(names))])
            taken.append(report.pk)
        body = ("\ufeff" + table.getvalue()).encode()
        packed.writestr("reports.csv", body)
        sums.append(f"{hashlib.sha256(body).hexdigest()}  reports.csv")
        packed.writestr("sha256.txt", "\n".join(sums) + "\n")
    if taken:
        traces.plates_seen(
            by=by, through="police", query=",".join(map(str, taken)), rows=len(taken), now=now, reason="handed over"
        )
    return written.getvalue(), taken


def _shots(ids: Sequence[int], now: datetime) -> list[bytes]:
    """The pictures that are still what was stored; an altered one proves nothing and has left its alarm."""
    found = []
    for id_ in ids:
        try:
            found.append(pictures.read(id_, "large", now=now))
        except pictures.Gone:
            continue
    return found


def _row(report: StreetReport) -> tuple[object, ...]:
    return (
        report.pk,
        report.kind,
        report.road.code,
        report.road.name,
        report.berth.code if report.berth else "",
        report.plate,
        report.plate_color,
        report.longitude if report.longitude is not None else "",
        report.latitude if report.latitude is not None else "",
        local(report.seen_at),
        report.note,
    )


def _plain(value: object) -> object:
    """A text that a spreadsheet would run is kept a text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
