"""A wrong document is refused with the path of the field and the reason in two languages."""

import copy
from decimal import Decimal
from typing import Any

import pytest

from parking.domain import tariff
from tests.parking.domain.street_prices import amount, document, hourly

FULL = document(
    free={"minutes": 30},
    restart="natural_day",
    seasons={"summer": "05-01..09-30"},
    caps=[{"scope": "natural_day", "amount": 20}],
    vehicles={"classes": {"small": {}, "large": {"factor": 2, "rules": {}}}, "by_plate_color": {"yellow": "large"}},
    concessions=[{"id": "nev", "who": {"plate_colors": ["green"]}, "free": {"minutes": 60}, "percent_off": 50}],
    exempt={"kinds": {"police": {"zh": "警车", "en": "police"}}},
    repeat={"within_min": 15},
    crossing={"within_min": 60, "use": "longer"},
    max_stay=[{"minutes": 120}],
    final_rounding={"to": 1},
    clock={"arrival": "minute_down"},
    examples=[{"arrived_at": "2026-11-23T09:00", "left_at": "2026-11-23T09:10", "amount": 0}],
)
BAND = FULL["bands"][0]
NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "visit": {"price": 5}}
CARRY = {"pool": "window", "carry": True}


def _set(path: str, value: Any) -> dict[str, Any]:
    changed: Any = copy.deepcopy(FULL)
    place: Any = changed
    steps = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps[:-1]:
        place = place[step]
    if value is ...:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    return changed


@pytest.mark.parametrize(
    ("where", "value", "path", "reason"),
    [
        ("colour", 1, "colour", "not a known field"),
        ("code", ..., "code", "is missing"),
        ("code", "", "code", "letters, digits"),
        ("code", 7, "code", "must be a string"),
        ("name", {"zh": "街"}, "name.en", "is missing"),
        ("name", {"zh": "街", "en": "street", "fr": "rue"}, "name.fr", "not a known field"),
        ("name", ["x"], "name", "must be an object"),
        ("currency", "XXX", "currency", "give minor_digits"),
        ("minor_digits", 9, "minor_digits", "from 0 to 4"),
        ("timezone", "Mars/Olympus", "timezone", "no such time zone"),
        ("zone", "z" * 33, "zone", "at most 32"),
        ("in_force_from", "soon", "in_force_from", "a date or an instant"),
        ("on_change", "never", "on_change", "one of: arrival, departure, split"),
        ("clock.arrival", "hour", "clock.arrival", "one of: second"),
        ("clock.exit", "second", "clock.exit", "not a known field"),
        ("bands", ..., "bands", "is missing"),
        ("bands", {}, "bands", "must be a list"),
        ("bands", [1], "bands[0]", "must be an object"),
        ("bands.0.id", ..., "bands[0].id", "is missing"),
        ("bands.0.from", "8:00", "bands[0].from", "must be HH:MM"),
        ("bands.0.from", "24:00", "bands[0].from", "before 24:00"),
        ("bands.0.days", "someday", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", ["all", "02-30"], "bands[0].days[1]", "does not name days"),
        ("bands.0.days", "10-07..13-01", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", "2026-10-07..2026-10-01", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", "lunar_new_year:5..-1", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", "holiday:pancake", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", "mon-xyz", "bands[0].days[0]", "does not name days"),
        ("bands.0.days", 7, "bands[0].days", "a string or a list of strings"),
        ("bands.0.unless", ["all", 1], "bands[0].unless", "a string or a list of strings"),
        ("bands.0.seasons", "winter", "bands[0].seasons[0]", "no such season"),
        ("seasons.summer", "hot", "seasons.summer[0]", "does not name days"),
        ("bands.0.free", True, "bands[0]", "exactly one of steps, table, visit, free"),
        ("bands.0.steps", ..., "bands[0]", "exactly one of"),
        ("bands.0", {"id": "a", "from": "08:00", "to": "09:00", "free": 1}, "bands[0].free", "can only be true"),
        ("bands.0.steps", [], "bands[0].steps", "at least one step"),
        ("bands.0.steps.0.until_min", None, "bands[0].steps[1].until_min", "follows a step without an end"),
        ("bands.0.steps.1.until_min", 60, "bands[0].steps[1].until_min", "above the step before"),
        ("bands.0.steps.0.unit_min", 0, "bands[0].steps[0].unit_min", "from 1 to"),
        ("bands.0.steps.0.unit_min", 1.5, "bands[0].steps[0].unit_min", "a whole number"),
        ("bands.0.steps.0.unit_min", True, "bands[0].steps[0].unit_min", "a whole number"),
        ("bands.0.steps.0.price", -1, "bands[0].steps[0].price", "at least 0"),
        ("bands.0.steps.0.price", "two", "bands[0].steps[0].price", "at least 0"),
        ("bands.0.steps.0.price", float("nan"), "bands[0].steps[0].price", "at least 0"),
        ("bands.0.steps.0.price", True, "bands[0].steps[0].price", "must be a number"),
        ("bands.0.steps.0.price", ..., "bands[0].steps[0].price", "is missing"),
        ("bands.0.then", "repeat", "bands[0].then", "a last step or row with an end"),
        ("bands.0.linear", False, "bands[0].linear", "belongs to a table"),
        ("bands.0.rounding", "sideways", "bands[0].rounding", 'must be "up"'),
        ("bands.0.rounding", {"ignore_tail_min": 0}, "bands[0].rounding.ignore_tail_min", "from 1 to"),
        ("bands.0.rounding", {"ignore_tail_min": 1, "x": 1}, "bands[0].rounding.x", "not a known field"),
        ("bands.0.meter", {"pool": "sea"}, "bands[0].meter.pool", "one of: passage"),
        ("bands.0.meter", {"carry": True}, "bands[0].meter.carry", "needs pool band or window"),
        ("bands.0.meter", {"carry": "yes"}, "bands[0].meter.carry", "true or false"),
        ("bands.0.cap", 1, "bands[0].cap", "below the price of the first unit"),
        ("bands.0.colour", 1, "bands[0].colour", "not a known field"),
        ("bands", [BAND, BAND], "bands[1].id", "is used twice"),
        ("bands", [BAND, {**NIGHT, "from": "19:00"}], "bands[1]", "overlaps band day"),
        ("bands", [BAND, {**NIGHT, "to": "08:30"}], "bands[0]", "overlaps band night"),
        ("outside_bands", ..., "bands", "leave 00:00-08:00 open"),
        ("outside_bands", "closed", "outside_bands", "one of: free"),
        ("free.minutes", 0, "free.minutes", "from 1 to"),
        ("free.once_exceeded", "maybe", "free.once_exceeded", "one of: charged"),
        ("free.not_after_min", 60, "free.not_after_min", 'belongs to "scope": "window"'),
        ("free.colour", 1, "free.colour", "not a known field"),
        ("restart", "weekly", "restart", "one of never, natural_day"),
        ("restart", {}, "restart", "needs every_min or daily_at"),
        ("restart", {"every_min": 5, "daily_at": "07:00"}, "restart", "needs every_min or daily_at"),
        ("crossing.use", "cheaper", "crossing.use", "one of: earlier"),
        ("crossing.tie", "longer", "crossing.tie", "earlier or later"),
        ("caps.0.scope", "week", "caps[0].scope", "one of 24h"),
        ("caps.0.scope", "every", "caps[0].scope", "one of 24h"),
        ("caps.0.scope", {"hours": 3}, "caps[0].scope", "needs every_min or daily_at"),
        ("caps.0.amount", 1, "caps[0].amount", "below the price of the first unit"),
        ("caps.0.bands", ["noon"], "caps[0].bands[0]", "no such band"),
        ("caps.0", {"scope": "stay", "amount": 20, "across": "city"}, "caps[0].across", "belongs to natural_day"),
        ("caps.0.colour", 1, "caps[0].colour", "not a known field"),
        ("vehicles.classes", {}, "vehicles.classes", "at least one class"),
        ("vehicles.default", "bus", "vehicles.default", "one of: small, large"),
        ("vehicles.by_plate_color", {"pink": "small"}, "vehicles.by_plate_color.pink", "not a plate colour"),
        ("vehicles.by_plate_color", {"blue": "bus"}, "vehicles.by_plate_color.blue", "one of: small, large"),
        ("vehicles.classes.large.rules", {"code": "x"}, "vehicles.classes.large.rules.code", "not a known field"),
        (
            "vehicles.classes.large.rules",
            {"min_fee": -1},
            "vehicles.classes.large.rules.min_fee",
            "at least 0",
        ),
        ("vehicles.classes.large.wheels", 4, "vehicles.classes.large.wheels", "not a known field"),
        ("concessions.0.who.classes", ["bus"], "concessions[0].who.classes[0]", "no such class"),
        ("concessions.0.who.plate_colors", "pink", "concessions[0].who.plate_colors[0]", "not a plate colour"),
        ("concessions.0.bands", "noon", "concessions[0].bands[0]", "no such band"),
        ("concessions.0.percent_off", 101, "concessions[0].percent_off", "at most 100"),
        ("concessions.0", {"id": "x"}, "concessions[0]", "needs free or percent_off"),
        ("concessions.0.from", "08:00", "concessions[0].to", "is missing"),
        ("concessions.0.from_date", "2026", "concessions[0].from_date", "YYYY-MM-DD"),
        ("concessions.0.until_date", 5, "concessions[0].until_date", "must be a string"),
        ("concessions.0.free.day_minutes", 60, "concessions[0].free.day_minutes", 'belongs to "per": "day"'),
        ("concessions.0.free.per", "week", "concessions[0].free.per", "one of: stay, day"),
        ("exempt.kinds", ..., "exempt.kinds", "is missing"),
        ("repeat.across", "stay", "repeat.across", "berth, road or city"),
        ("max_stay.0.to", "00:00", "max_stay[0].to", "after from"),
        ("free_days", "sun", "free_days", "must be an object"),
        ("free_days", {"days": "sun", "x": 1}, "free_days.x", "not a known field"),
        ("final_rounding.to", 0.001, "final_rounding.to", "a whole number of minor units"),
        ("final_rounding.mode", "sideways", "final_rounding.mode", "one of: half_up"),
        ("examples.0.left_at", "2026-11-22T09:00", "examples[0].left_at", "before the arrival"),
        ("examples.0.left_at", "noon", "examples[0].left_at", "RFC 3339"),
        ("examples.0.amount", 0.001, "examples[0].amount", "a whole number of minor units"),
    ],
)
def test_a_wrong_field_is_refused_with_its_path(where: str, value: Any, path: str, reason: str):
    with pytest.raises(tariff.TariffError) as refused:
        tariff.parse(_set(where, value))
    assert refused.value.path == path
    assert reason in refused.value.reason_en
    assert refused.value.reason_zh
    assert path in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"bands": [], "outside_bands": None}, "bands", "at least one band"),
        ({"bands": [{**BAND, "days": "workday"}], "outside_bands": None}, "bands", "open"),
        ({"bands": [{**BAND, "to": "08:00", "days": "workday"}], "outside_bands": None}, "bands", "leave 08:00-24:00"),
        ({"bands": [{**BAND, "table": [{"total": 2}], "steps": None, "linear": True}]}, "bands[0].linear", "an end"),
        ({"bands": [{**BAND, "table": [], "steps": None}]}, "bands[0].table", "at least one row"),
        (
            {"bands": [{**BAND, "table": [{"until_min": 5, "total": 2}, {"total": 1}], "steps": None}]},
            "bands[0].table[1].total",
            "not be below",
        ),
        ({"bands": [{**NIGHT, "rounding": "down"}]}, "bands[0].rounding", "up or a tail"),
        ({"bands": [{**BAND, "meter": CARRY}, NIGHT]}, "bands[1]", "as another band does"),
        ({"bands": [{**BAND, "meter": CARRY, "rounding": "down"}]}, "bands[0]", "only with steps that round up"),
    ],
)
def test_contradictions_are_refused_with_their_path(changes: dict[str, Any], path: str, reason: str):
    with pytest.raises(tariff.TariffError, match=reason) as refused:
        tariff.parse(document(**changes))
    assert refused.value.path == path


def test_what_is_not_an_object_is_refused():
    with pytest.raises(tariff.TariffError, match="must be an object"):
        tariff.parse([])  # type: ignore[arg-type]


@pytest.mark.parametrize("price", [2.5, "2.5", "2.50", Decimal("2.5")])
def test_a_price_may_be_written_as_a_number_or_a_text(price: Any):
    assert amount(hourly(price), "09:00", "10:00") == 250


def test_a_small_price_in_scientific_notation_is_exact():
    rules = hourly(5e-05, final_rounding={"mode": "half_up"})
    assert amount(rules, "23 00:00", "24 00:00") == 0
    assert tariff.parse(rules).rules().bands[0].steps[0].price * 20_000 == 100


def test_the_full_document_stands():
    parsed = tariff.parse(FULL)
    assert (parsed.code, parsed.name.zh, parsed.zone, parsed.currency) == ("street", "street", "street", "CNY")
    assert parsed.in_force_from is None
    assert set(parsed.classes) == {"small", "large"}
    assert parsed.source["code"] == "street"
    assert repr(parsed) == "Tariff(street)"


def test_an_empty_zone_is_the_whole_city_and_a_date_begins_at_local_midnight():
    parsed = tariff.parse(hourly(zone="", in_force_from="2026-12-01"))
    assert parsed.zone == ""
    assert parsed.in_force_from is not None
    assert parsed.in_force_from.isoformat() == "2026-12-01T00:00:00+08:00"


def test_an_instant_in_force_keeps_its_offset():
    parsed = tariff.parse(hourly(in_force_from="2026-12-01T00:00:00Z"))
    assert parsed.in_force_from is not None
    assert parsed.in_force_from.isoformat() == "2026-12-01T00:00:00+00:00"


def test_a_tariff_without_bands_is_free_when_it_says_so():
    assert amount(document(bands=[]), "09:00", "19:00") == 0


def test_an_unknown_currency_stands_with_its_digits():
    assert amount(hourly(currency="XTS", minor_digits=3), "09:00", "09:10") == 2000


def test_the_default_class_is_written_out_before_a_store_loses_the_order():
    document = {"vehicles": {"classes": {"small": {}, "large": {}}}}
    assert tariff.explicit(document)["vehicles"] == {"default": "small", "classes": {"small": {}, "large": {}}}
    for untouched in (
        {},
        {"vehicles": {"default": "a", "classes": {"b": {}, "a": {}}}},
        {"vehicles": 3},
        {"vehicles": {}},
    ):
        assert tariff.explicit(untouched) == untouched


@pytest.mark.parametrize(
    ("past", "path", "reason"),
    [
        ({"left_at": "2026-11-23T08:00"}, "examples[0].earlier[0].arrived_at", "is missing"),
        (
            {"arrived_at": "2026-11-23T07:00", "left_at": "2026-11-23T10:00"},
            "examples[0].earlier[0].left_at",
            "must not be after the arrival of the example",
        ),
        (
            {"arrived_at": "2026-11-23T08:00", "left_at": "2026-11-23T07:00"},
            "examples[0].earlier[0].left_at",
            "is before the arrival",
        ),
        (
            {"arrived_at": "2026-11-23T07:00", "left_at": "2026-11-23T08:00", "near": "moon"},
            "examples[0].earlier[0].near",
            "must be one of",
        ),
    ],
)
def test_an_earlier_stay_of_an_example_that_makes_no_sense_is_refused(past: dict[str, str], path: str, reason: str):
    example = {"arrived_at": "2026-11-23T09:00", "left_at": "2026-11-23T10:00", "amount": 3, "earlier": [past]}
    with pytest.raises(tariff.TariffError, match=reason) as refused:
        tariff.parse(document(examples=[example]))
    assert refused.value.path == path
