"""A tariff document as the plain fields of a form, and back: the common shapes, one part at a time.

A part (`free`, `bands`, `caps`, `vehicles`, `concessions`) whose document says more than the fields can is left alone:
it stays in the document as it is and is told as `beyond`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from parking.domain.tariff.outline_values import Document, Values, number, only, texts
from parking.domain.tariff.outline_vehicles import (
    read_concessions,
    read_vehicles,
    write_concessions,
    write_vehicles,
)

BANDS: Final = 6
"""How many bands the form has."""
BAND_FIELDS: Final = (
    "id", "name", "name_en", "days", "from", "to", "kind", "first_min", "first_unit", "first_price", "unit", "price",
    "cap",
)  # fmt: skip
DAYS: Final = ("all", "workday", "nonworkday", "mon-sat", "mon-fri", "holiday")
_HEAD: Final = ("code", "currency", "restart", "on_change")
_RESTARTS: Final = ("never", "natural_day", "24h", "charging_period")


def values(document: Mapping[str, Any]) -> tuple[Values, list[Document], frozenset[str]]:
    """Return the head's fields, the bands' fields and the parts that are beyond the form."""
    beyond: set[str] = set()
    found: Values = {name: str(document.get(name) or "") for name in _HEAD}
    found["name"], found["name_en"] = texts(document.get("name") or "")
    found["outside_free"] = "on" if document.get("outside_bands") == "free" else ""
    if document.get("restart") not in (None, *_RESTARTS):
        beyond.add("restart")
        found["restart"] = ""
    readers = {"free": _read_free, "caps": _read_caps, "vehicles": read_vehicles, "concessions": read_concessions}
    for part, read in readers.items():
        fields = read(document.get(part))
        if fields is None:
            beyond.add(part)
        found.update(fields or {})
    bands = document.get("bands") or []
    rows = [_read_band(band) for band in bands] if isinstance(bands, list) else [None]
    if len(rows) > BANDS or any(row is None for row in rows):
        beyond.add("bands")
        rows = []
    return found, [row for row in rows if row is not None], frozenset(beyond)


def document(
    fields: Mapping[str, str], bands: Sequence[Mapping[str, str]], *, base: Mapping[str, Any], beyond: frozenset[str]
) -> Document:
    """Return the base document with the form's fields written into it; what is beyond the form stays as it is.

    What people typed is written as typed: the tariff's own reader says what is wrong with it, by path.
    """
    made: Document = dict(base)
    for name in _HEAD:
        if name not in beyond:
            _put(made, name, fields.get(name, ""))
    if fields.get("name") or fields.get("name_en"):
        name_zh = fields.get("name") or fields.get("name_en", "")
        made["name"] = {"zh": name_zh, "en": fields.get("name_en") or name_zh}
    _put(made, "outside_bands", "free" if fields.get("outside_free") else "")
    writers = {"free": _write_free, "caps": _write_caps, "vehicles": write_vehicles, "concessions": write_concessions}
    for part, write in writers.items():
        if part not in beyond:
            _put(made, part, write(fields))
    if "bands" not in beyond:
        made["bands"] = [_write_band(band, index) for index, band in enumerate(bands) if _filled(band)]
    return made


def _filled(band: Mapping[str, str]) -> bool:
    return any(band.get(name) for name in ("id", "from", "to", "price", "first_price"))


def _put(made: Document, name: str, value: Any) -> None:
    if value in ("", None, [], {}):
        made.pop(name, None)
    else:
        made[name] = value


def _read_free(free: Any) -> Values | None:
    if free is None:
        return {}
    if not isinstance(free, Mapping) or not only(free, "minutes", "inclusive", "once_exceeded", "clause"):
        return None
    return {
        "free_minutes": str(free.get("minutes", "")),
        "free_exclusive": "on" if free.get("inclusive") is False else "",
        "free_exceeded": str(free.get("once_exceeded") or "charged"),
        "free_clause": str(free.get("clause") or ""),
    }


def _write_free(fields: Mapping[str, str]) -> Document:
    if not fields.get("free_minutes", "").strip():
        return {}
    made: Document = {"minutes": number(fields["free_minutes"])}
    if fields.get("free_exclusive"):
        made["inclusive"] = False
    if fields.get("free_exceeded", "charged") not in ("", "charged"):
        made["once_exceeded"] = fields["free_exceeded"]
    _put(made, "clause", fields.get("free_clause", ""))
    return made


_CAPS: Final = {"natural_day": "cap_day", "24h": "cap_24h", "stay": "cap_stay"}


def _read_caps(caps: Any) -> Values | None:
    found: Values = {}
    for cap in caps or []:
        if not isinstance(cap, Mapping) or not only(cap, "scope", "amount"):
            return None
        scope = cap.get("scope")
        name = _CAPS.get(scope) if isinstance(scope, str) else None
        if name is None or name in found:
            return None
        found[name] = str(cap.get("amount", ""))
    return found


def _write_caps(fields: Mapping[str, str]) -> list[Document]:
    return [
        {"scope": scope, "amount": number(fields[name])}
        for scope, name in _CAPS.items()
        if fields.get(name, "").strip()
    ]


def _read_band(band: Any) -> Values | None:
    if not isinstance(band, Mapping) or not only(
        band, "id", "name", "days", "from", "to", "steps", "visit", "free", "cap", "clause"
    ):
        return None
    if band.get("clause") or not isinstance(band.get("days", "all"), str) or band.get("days", "all") not in DAYS:
        return None
    name, name_en = texts(band.get("name") or "")
    found = {
        "id": str(band.get("id", "")),
        "name": name,
        "name_en": name_en,
        "days": str(band.get("days") or "all"),
        "from": str(band.get("from", "")),
        "to": str(band.get("to", "")),
        "cap": str(band.get("cap") or ""),
        "kind": "free",
    }
    if band.get("free") is True:
        return found
    if isinstance(band.get("visit"), Mapping):
        visit = band["visit"]
        if not only(visit, "price"):
            return None
        return found | {"kind": "visit", "price": str(visit.get("price", ""))}
    steps = band.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= 2 or not all(isinstance(step, Mapping) for step in steps):
        return None
    if not all(only(step, "until_min", "unit_min", "price") for step in steps) or steps[-1].get("until_min"):
        return None
    found |= {"kind": "steps", "unit": str(steps[-1].get("unit_min", "")), "price": str(steps[-1].get("price", ""))}
    if len(steps) == 2:
        first = steps[0]
        found |= {
            "first_min": str(first.get("until_min", "")),
            "first_unit": str(first.get("unit_min", "")),
            "first_price": str(first.get("price", "")),
        }
    return found


def _write_band(band: Mapping[str, str], index: int) -> Document:
    made: Document = {"id": band.get("id", "").strip() or f"band-{index + 1}"}
    name = band.get("name", "") or band.get("name_en", "")
    if name:
        made["name"] = {"zh": name, "en": band.get("name_en") or name}
    if band.get("days", "all") not in ("", "all"):
        made["days"] = band["days"]
    made |= {"from": band.get("from", "").strip(), "to": band.get("to", "").strip()}
    kind = band.get("kind", "steps")
    if kind == "free":
        made["free"] = True
    elif kind == "visit":
        made["visit"] = {"price": number(band.get("price", ""))}
    else:
        made["steps"] = []
        if band.get("first_min", "").strip() or band.get("first_price", "").strip():
            made["steps"].append(
                {
                    "until_min": number(band.get("first_min", "")),
                    "unit_min": number(band.get("first_unit", "") or band.get("first_min", "")),
                    "price": number(band.get("first_price", "")),
                }
            )
        made["steps"].append({"unit_min": number(band.get("unit", "")), "price": number(band.get("price", ""))})
    if band.get("cap", "").strip():
        made["cap"] = number(band["cap"])
    return made


_HEAD_PATHS: Final = {
    "free.minutes": "free_minutes",
    "free.once_exceeded": "free_exceeded",
    "outside_bands": "outside_free",
    "vehicles.classes.large.factor": "large_factor",
    "concessions[0].percent_off": "nev_percent",
    "concessions[0].free.minutes": "nev_minutes",
}


def field_of(path: str, made: Mapping[str, Any]) -> str:
    """Return the form's field at fault for a path in the document ("band-1-price"), "" when it has none."""
    if path in _HEAD_PATHS:
        return _HEAD_PATHS[path]
    head = path.split(".", 1)[0].split("[", 1)[0]
    index = path.partition("[")[2].partition("]")[0]
    if head == "caps" and index:
        caps = made.get("caps") or []
        scope = caps[int(index)].get("scope") if int(index) < len(caps) else ""
        return _CAPS.get(scope, "") if isinstance(scope, str) else ""
    if head == "bands":
        if not index:
            return "outside_free" if made.get("bands") else "band-0-from"
        rest = path.partition("].")[2]
        return f"band-{index}-{_band_field(rest, made, int(index))}"
    return {"free": "free_minutes", "concessions": "nev_percent", "vehicles": "large"}.get(head, head)


def _band_field(rest: str, made: Mapping[str, Any], index: int) -> str:
    if rest.startswith("steps["):
        steps = made["bands"][index].get("steps") or []
        first = rest.startswith("steps[0]") and len(steps) > 1
        name = rest.rpartition(".")[2]
        names = {"until_min": "first_min", "unit_min": "first_unit" if first else "unit"}
        return names.get(name, "first_price" if first else "price")
    if rest.startswith("visit") or rest == "steps":
        return "price"
    return rest if rest in BAND_FIELDS else "from"
