"""From a JSON document to a tariff; anything unknown, missing or contradictory is refused with its path."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from parking.domain.tariff import checks, examples, parse_bands, parse_concessions
from parking.domain.tariff.bands import Meter, Rounding
from parking.domain.tariff.days import DayRule, known
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.parse_caps import caps, crossing, final, free, max_stays, repeat, window
from parking.domain.tariff.reader import Fields
from parking.domain.tariff.rules import Document, Rules
from parking.domain.tariff.tariff import Tariff
from parking.domain.tariff.vehicles import VehicleClass

MINOR_DIGITS: Final = {
    "CNY": 2, "EUR": 2, "USD": 2, "GBP": 2, "HKD": 2, "MOP": 2, "SGD": 2, "TWD": 2, "CHF": 2, "SEK": 2, "NOK": 2,
    "DKK": 2, "AUD": 2, "NZD": 2, "CAD": 2, "PLN": 2, "CZK": 2, "HUF": 2, "THB": 2, "MYR": 2, "INR": 2, "BRL": 2,
    "MXN": 2, "ZAR": 2, "TRY": 2, "AED": 2, "ILS": 2, "PHP": 2, "IDR": 2, "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0,
    "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3,
}  # fmt: skip
"""ISO 4217: how many decimals each currency has."""

RULE_FIELDS: Final = (
    "free", "rounding", "meter", "restart", "seasons", "bands", "outside_bands", "free_days", "crossing", "caps",
    "concessions", "repeat", "min_stay_min", "min_fee", "max_stay", "final_rounding",
)  # fmt: skip
"""What a vehicle class may have of its own."""

ZONE_LENGTH: Final = 32
CLOCKS: Final = ("second", "minute_down", "minute_up")


def parse(document: Mapping[str, object]) -> Tariff:
    """Return the tariff of a document in the form of `docs/tariffs.md`.

    Numbers may be JSON numbers, Decimals or strings of digits; they are taken as written. Raises TariffError with the
    path of the first field that is wrong.
    """
    fields = Fields(document, "")
    code = fields.word("code")
    currency = fields.text("currency")
    if currency not in MINOR_DIGITS and not fields.has("minor_digits"):
        raise fields.refuse("currency", "未知货币，请给出 minor_digits", "is unknown: give minor_digits")
    digits = fields.whole("minor_digits", default=MINOR_DIGITS.get(currency, 0), high=4)
    unit = 10**digits
    zone = _zone(fields)
    arrival, departure = "second", "second"
    clock = fields.inner("clock")
    if clock is not None:
        arrival = clock.one_of("arrival", CLOCKS, "second")
        departure = clock.one_of("departure", CLOCKS, "second")
        clock.close()
    vehicles = parse_concessions.vehicles(fields.inner("vehicles"), unit)
    kinds, exempt_clause = parse_concessions.exempt(fields)
    head = Document(
        code=code,
        name=fields.bilingual("name", code),
        currency=currency,
        minor_digits=digits,
        zone=zone,
        on_change=fields.one_of("on_change", ("arrival", "departure", "split"), "arrival"),
        arrival_clock=arrival,
        departure_clock=departure,
        zone_code=_price_zone(fields, code),
        in_force_from=_instant(fields, "in_force_from", zone),
        version=fields.whole("version", default=0, high=10**9),
        classes=vehicles.classes,
        by_plate_color=vehicles.by_plate_color,
        default_class=vehicles.default,
        exempt=kinds,
        exempt_clause=exempt_clause,
        for_classes=_for_classes(fields, vehicles.classes),
    )
    for name in ("source", "notes"):
        fields.take(name, None)
    samples = examples.read(fields, unit, zone, vehicles.classes)
    base = {name: fields.take(name) for name in RULE_FIELDS if fields.given(name)}
    fields.close()
    rules: dict[str, Rules] = {}
    common: Rules | None = None
    for name, kind in vehicles.classes.items():
        if name in vehicles.overrides:
            path = f"vehicles.classes.{name}.rules"
            own = Fields(vehicles.overrides[name], path)
            for given in own.names():
                if given not in RULE_FIELDS:
                    raise own.refuse(given, "未知字段", "is not a known field")
            raw = {given: own.take(given) for given in own.names()}
            merged = Fields({**base, **raw}, "", moved=dict.fromkeys(raw, path))
            rules[name] = _rules(merged, unit, vehicles.classes)
        elif not kind.admitted and "bands" not in base:
            rules[name] = Rules(bands=())
        else:
            common = common or _rules(Fields(base, ""), unit, vehicles.classes)
            rules[name] = common
    return Tariff(document=head, rules=rules, source=document, examples=samples)


def explicit(document: Mapping[str, object]) -> dict[str, object]:
    """Return the document with its default vehicle class written out.

    Left out, the default is the first class, and a store that keeps objects without their order would lose it.
    """
    made = dict(document)
    vehicles = made.get("vehicles")
    if isinstance(vehicles, Mapping) and not vehicles.get("default"):
        classes = vehicles.get("classes")
        if isinstance(classes, Mapping) and classes:
            made["vehicles"] = {**vehicles, "default": next(iter(classes))}
    return made


def _zone(fields: Fields) -> ZoneInfo:
    name = fields.text("timezone", "Asia/Shanghai")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise fields.refuse("timezone", f"未知时区：{name}", f"no such time zone: {name}") from None


def _for_classes(fields: Fields, classes: Mapping[str, VehicleClass]) -> frozenset[str]:
    """Return the classes this version is for; none means all of them."""
    names = fields.words("for_classes")
    for name in names:
        if name not in classes:
            raise fields.refuse("for_classes", f"未知车型:{name}", f"names a class that vehicles has not: {name}")
    return frozenset(names)


def _price_zone(fields: Fields, code: str) -> str:
    """Return the price zone: one of the tariff's own when none is named, "" for the whole city."""
    zone = fields.text("zone", code[:ZONE_LENGTH])
    if len(zone) > ZONE_LENGTH:
        raise fields.refuse("zone", f"最多 {ZONE_LENGTH} 个字符", f"must be at most {ZONE_LENGTH} characters")
    return zone


def _instant(fields: Fields, name: str, zone: ZoneInfo) -> datetime | None:
    if not fields.has(name):
        fields.take(name, None)
        return None
    text = fields.text(name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise fields.refuse(name, "应为日期或时刻", "must be a date or an instant") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _rules(fields: Fields, unit: int, classes: dict[str, VehicleClass]) -> Rules:
    seasons = _seasons(fields)
    round_by = parse_bands.rounding(fields, Rounding())
    clock = parse_bands.meter(fields, Meter())
    rows = fields.rows("bands", required=True)
    bands = tuple(
        parse_bands.band(row, unit=unit, seasons=seasons, default_rounding=round_by, default_meter=clock)
        for row in rows
    )
    names = tuple(band.id for band in bands)
    for index, name in enumerate(names):
        if name in names[:index]:
            raise rows[index].refuse("id", f"重复：{name}", f"is used twice: {name}")
    outside = fields.one_of("outside_bands", ("free",), "free") if fields.has("outside_bands") else ""
    fields.take("outside_bands", None)
    checks.bands(bands, fields.at("bands"), outside_free=outside == "free")
    found = Rules(
        bands=bands,
        free=free(fields),
        window=window(fields),
        crossing=crossing(fields),
        caps=caps(fields, unit, bands),
        concessions=tuple(
            parse_concessions.concession(row, classes=classes, bands=names, seasons=seasons)
            for row in fields.rows("concessions")
        ),
        repeat=repeat(fields),
        min_stay_s=fields.minutes("min_stay_min", default=0),
        min_fee=fields.number("min_fee", default=Fraction(0)) * unit,
        max_stays=max_stays(fields, unit),
        free_days=_free_days(fields, seasons),
        final=final(fields, unit),
    )
    checks.rules(found, fields)
    return found


def _seasons(fields: Fields) -> dict[str, tuple[str, ...]]:
    inner = fields.inner("seasons")
    if inner is None:
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for name in inner.names():
        if known(name):
            raise inner.refuse(name, "与日期词同名", "is a word for days already")
        found[name] = parse_bands.day_words(inner, name, {})
    return found


def _free_days(fields: Fields, seasons: dict[str, tuple[str, ...]]) -> DayRule | None:
    if not fields.has("free_days"):
        fields.take("free_days", None)
        return None
    inner = fields.take("free_days")
    if isinstance(inner, Mapping):
        found = Fields(inner, fields.at("free_days"))
        rule = parse_bands.day_rule(found, seasons)
        found.close()
        return rule
    raise TariffError(fields.at("free_days"), "应为对象", "must be an object")
