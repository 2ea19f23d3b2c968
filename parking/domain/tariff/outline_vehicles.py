"""Vehicle classes and the new-energy concession as the plain fields of a form, and back."""

from collections.abc import Mapping
from typing import Any, Final

from parking.domain.tariff.outline_values import Document, Values, number, only

_LARGE_NAME: Final = {"zh": "大型车", "en": "large"}
_SMALL_NAME: Final = {"zh": "小型车", "en": "small"}


def read_vehicles(vehicles: Any) -> Values | None:
    """Return the form's fields for `vehicles`, None when they say more than the form can."""
    if vehicles is None:
        return {}
    if not isinstance(vehicles, Mapping) or not only(vehicles, "default", "by_plate_color", "classes"):
        return None
    classes = vehicles.get("classes") or {}
    if set(classes) != {"small", "large"} or vehicles.get("by_plate_color") != {"yellow": "large"}:
        return None
    if vehicles.get("default") not in (None, "small") or not only(classes["small"], "name"):
        return None
    large = classes["large"]
    if not only(large, "name", "factor", "by_berths") or ("factor" in large and large.get("by_berths")):
        return None
    if large.get("by_berths"):
        return {"large": "by_berths"}
    return {"large": "factor", "large_factor": str(large.get("factor", "1"))}


def write_vehicles(fields: Mapping[str, str]) -> Document:
    """Return `vehicles` as the form's fields say; empty for one class."""
    kind = fields.get("large", "")
    if kind not in ("factor", "by_berths"):
        return {}
    large: Document = {"name": _LARGE_NAME}
    if kind == "by_berths":
        large["by_berths"] = True
    else:
        large["factor"] = number(fields.get("large_factor", ""))
    return {
        "default": "small",
        "by_plate_color": {"yellow": "large"},
        "classes": {"small": {"name": _SMALL_NAME}, "large": large},
    }


def read_concessions(concessions: Any) -> Values | None:
    """Return the form's fields for `concessions`, None when they say more than the form can."""
    if not concessions:
        return {}
    if not isinstance(concessions, list) or len(concessions) != 1 or not isinstance(concessions[0], Mapping):
        return None
    one = concessions[0]
    if not only(one, "id", "name", "who", "percent_off", "free") or one.get("who") != {"plate_colors": ["green"]}:
        return None
    free = one.get("free") or {}
    if not only(free, "minutes", "per", "stays_per_day") or free.get("stays_per_day", 1) != 1:
        return None
    if free and free.get("per") != "day":
        return None
    return {"nev_percent": str(one.get("percent_off") or ""), "nev_minutes": str(free.get("minutes", ""))}


def write_concessions(fields: Mapping[str, str]) -> list[Document]:
    """Return `concessions` as the form's fields say."""
    percent, minutes = fields.get("nev_percent", "").strip(), fields.get("nev_minutes", "").strip()
    if not percent and not minutes:
        return []
    made: Document = {
        "id": "nev",
        "name": {"zh": "新能源汽车", "en": "new-energy vehicle"},
        "who": {"plate_colors": ["green"]},
    }
    if percent:
        made["percent_off"] = number(percent)
    if minutes:
        made["free"] = {"minutes": number(minutes), "per": "day", "stays_per_day": 1}
    return [made]
