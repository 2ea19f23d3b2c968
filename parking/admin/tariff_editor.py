"""A tariff while it is edited: what was posted, the document it makes, what is wrong with it, and how it looks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parking import tariffs
from parking.admin import tariff_fields
from parking.domain import tariff as engine
from parking.domain.tariff import Tariff, TariffError, Vehicle, outline, picture
from parking.domain.tariff.terms import Text
from parking.models import TariffVersion, Zone

LETTERS = "ABCDEFGHIJKLMNOP"


@dataclass(slots=True)
class Draft:
    """What stands in the form. `errors` by field; `tariff` when the document is one."""

    mode: str
    fields: dict[str, str]
    bands: list[dict[str, str]]
    beyond: frozenset[str]
    document: dict[str, Any]
    text: str = ""
    tariff: Tariff | None = None
    errors: dict[str, str] = field(default_factory=dict)
    path: str = ""

    @property
    def in_force_from(self) -> datetime | None:
        """The moment that stands in the form or the document."""
        text = str(self.document.get("in_force_from") or self.fields.get("in_force_from") or "")
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        return at if at.tzinfo else timezone.make_aware(at)


def empty(now: datetime) -> Draft:
    """A new tariff: the commonest shape, to be overwritten."""
    begin = timezone.localtime(now + timedelta(days=30)).replace(hour=0, minute=0)
    return of_document(
        {
            "code": "",
            "currency": "CNY",
            "zone": "",
            "in_force_from": f"{begin:%Y-%m-%dT%H:%M}",
            "free": {"minutes": 30},
            "restart": "natural_day",
            "outside_bands": "free",
            "bands": [
                {
                    "id": "day",
                    "name": {"zh": "白天", "en": "day"},
                    "from": "08:00",
                    "to": "21:00",
                    "steps": [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 30, "price": 1.5}],
                }
            ],
            "caps": [{"scope": "natural_day", "amount": 20}],
        }
    )


def of_version(version: TariffVersion) -> Draft:
    """A stored version, its zone and moment taken from the row."""
    begin = timezone.localtime(version.in_force_from)
    head = {"in_force_from": f"{begin:%Y-%m-%dT%H:%M}", "zone": version.zone.code if version.zone else ""}
    return of_document({**version.document, **head})


def of_document(document: dict[str, Any], *, mode: str = "") -> Draft:
    """A document as form and text; the form unless something lies beyond it."""
    fields, bands, beyond = outline.values(document)
    fields |= {name: str(document.get(name) or "") for name in ("in_force_from", "zone")}
    draft = Draft(mode or ("json" if "bands" in beyond else "form"), fields, bands, beyond, document)
    draft.text = json.dumps(document, ensure_ascii=False, indent=2)
    _read(draft)
    return draft


def of_post(post: Mapping[str, str]) -> Draft:
    """What was posted. The text is the base for what the form can't say."""
    text = post.get("json", "")
    base: Any = {}
    wrong = ""
    try:
        base = json.loads(text) if text.strip() else {}
    except ValueError as error:
        wrong = _("不是 JSON：%s") % error
    if not wrong and not isinstance(base, dict):
        wrong = _("应为一个 JSON 对象")
    if wrong:
        base = {}
    if post.get("mode") == "json":
        draft = of_document(base, mode="json")
        draft.text = text
        if wrong:
            draft.errors, draft.tariff, draft.path = {"json": wrong}, None, ""
        return draft
    beyond = outline.values(base)[2]
    names = [each.name for each in (*tariff_fields.HEAD, *tariff_fields.GENERAL)]
    fields = {name: post.get(name, "").strip() for name in names}
    bands = [
        {name: post.get(f"band-{index}-{name}", "").strip() for name in outline.BAND_FIELDS}
        for index in range(outline.BANDS)
    ]
    bands = [row for row in bands if any(row[name] for name in ("id", "from", "to", "price", "first_price"))]
    document = outline.document(fields, bands, base=base, beyond=beyond)
    document["zone"] = fields["zone"]
    if fields["in_force_from"]:
        document["in_force_from"] = fields["in_force_from"]
    draft = Draft("form", fields, bands, beyond, document)
    draft.text = json.dumps(document, ensure_ascii=False, indent=2)
    _read(draft)
    return draft


def _read(draft: Draft) -> None:
    try:
        draft.tariff = engine.parse(draft.document)
    except TariffError as error:
        draft.path = error.path
        name = outline.field_of(error.path, draft.document) if draft.mode == "form" else "json"
        reason = tariffs.in_words(error)
        draft.errors[name] = reason if draft.mode == "form" else f"{error.path}: {reason}"


def form(draft: Draft) -> dict[str, Any]:
    """What the template needs to draw the form."""
    return {
        "draft": draft,
        "head": tariff_fields.head(draft.fields, draft.errors),
        "general": tariff_fields.general(draft.fields, draft.errors, draft.beyond),
        "bands": [] if "bands" in draft.beyond else tariff_fields.bands(draft.bands, draft.errors),
        "beyond": sorted(draft.beyond),
        "problems": list(draft.errors.items()),
    }


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the strip as it is drawn."""

    x: float
    width: float
    middle: float
    letter: str
    free: bool
    clock: str
    words: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A day as it is drawn."""

    title: str
    parts: list[Part]
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """A sample stay: what it costs now and would cost, in major units; `change` is more, less or nothing."""

    words: str
    old: str
    new: str
    change: str
    green: str
    yellow: str


def preview(draft: Draft, *, now: datetime) -> dict[str, Any]:
    """The strips of the day kinds and the sample stays, old and new; nothing while the document is no tariff."""
    if draft.tariff is None:
        return {"draft": draft, "problems": list(draft.errors.items())}
    days = tariffs.calendar()
    moment = draft.in_force_from or now
    near = timezone.localtime(moment).date()
    shown = picture.pictures(draft.tariff, days, near=near)
    everyday = len(shown) == 1
    strips = [
        _strip(_("每天") if everyday else _listed(_say(kind) for kind in each.kinds), each.stretches) for each in shown
    ]
    on = _workday(days, near)
    old = _in_force(draft, moment)
    return {
        "draft": draft,
        "problems": [],
        "strips": strips,
        "rows": _rows(draft.tariff, old.tariff if old else None, days, on),
        "old": old,
        "hours": [(hour, hour * 40) for hour in range(0, 25, 4)],
        "on": on,
        "guessed": _listed(map(str, tariffs.guessed_years(now=now))),
        "misses": engine.differences(tariff=draft.tariff, calendar=days),
    }


def _workday(days: Any, near: date) -> date:
    return next(
        on
        for on in (near + timedelta(days=ahead) for ahead in range(30))
        if days.day(on).kind.value in ("workday", "makeup")
    )


def _in_force(draft: Draft, moment: datetime) -> tariffs.Version | None:
    zone = Zone.objects.filter(code=draft.tariff.zone).first() if draft.tariff and draft.tariff.zone else None
    key = zone.pk if zone else 0
    return tariffs.choose(tariffs.in_force([key], until=moment)[key], at=moment)


def _listed(words: Iterable[str]) -> str:
    return ("、" if (get_language() or "zh").startswith("zh") else ", ").join(words)


def _strip(title: str, stretches: tuple[picture.Stretch, ...]) -> Strip:
    parts = [
        Part(
            round(each.first / 1.5, 1),
            round((each.last - each.first) / 1.5, 1),
            round((each.first + each.last) / 3, 1),
            LETTERS[index % len(LETTERS)],
            each.free,
            f"{each.first // 60:02}:{each.first % 60:02}–{each.last // 60:02}:{each.last % 60:02}",
            f"{_say(each.name)} {_say(each.words)}".strip(),
        )
        for index, each in enumerate(stretches)
    ]
    return Strip(title, parts, "; ".join(f"{part.clock} {part.words}" for part in parts))


def _rows(new: Tariff, old: Tariff | None, days: Any, on: date) -> list[Row]:
    def amounts(tariff: Tariff | None, color: str) -> list[int | None]:
        if tariff is None:
            return [None] * len(words)
        return [each.amount for each in picture.samples(tariff, days, on=on, vehicle=Vehicle(plate_color=color))]

    words = [_say(each.words) for each in picture.samples(new, days, on=on, vehicle=Vehicle())]
    digits = new.document.minor_digits
    found = zip(
        words, *(amounts(t, c) for t, c in ((old, "blue"), (new, "blue"), (new, "green"), (new, "yellow"))), strict=True
    )
    return [
        Row(
            said,
            _money(before, digits),
            _money(after, digits),
            "" if before is None or after is None or before == after else "more" if after > before else "less",
            _money(green, digits),
            _money(yellow, digits),
        )
        for said, before, after, green, yellow in found
    ]


def _money(amount: int | None, digits: int) -> str:
    return "—" if amount is None else f"{amount / 10**digits:.{digits}f}"


def _say(text: Text) -> str:
    return text.en if (get_language() or "").startswith("en") else text.zh
