"""Documents and stays for the properties of the tariff engine, drawn by hypothesis."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONE = ZoneInfo("Asia/Shanghai")
UNITS = (1, 10, 15, 20, 30, 45, 60, 120, 240)
PRICES = ("0", "0.5", "1", "1.5", "2", "2.5", "3.75", "5", "0.0895")
SCOPES = ("passage", "band", "charging_period", "window", "natural_day", "24h", "stay")
DAY_PAIRS = (("workday", "nonworkday"), ("mon-fri", ["sat", "sun"]), ("10-01..04-30", "05-01..09-30"))


def _hhmm(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def roundings(draw: st.DrawFn) -> Any:
    """Any rounding."""
    kind = draw(st.sampled_from(["up", "up", "down", "exact", "tail"]))
    if kind != "tail":
        return kind
    return {
        "ignore_tail_min": draw(st.sampled_from([1, 5, 15, 30])),
        "inclusive": draw(st.booleans()),
        "after_min": draw(st.sampled_from([0, 0, 30, 60])),
    }


@st.composite
def _steps(draw: st.DrawFn, *, plain: bool) -> dict[str, Any]:
    count = draw(st.integers(1, 3))
    ends = sorted(draw(st.sets(st.sampled_from([15, 30, 60, 90, 100, 120, 180, 360]), min_size=count, max_size=count)))
    steps: list[dict[str, Any]] = []
    for end in ends:
        step: dict[str, Any] = {
            "until_min": end,
            "unit_min": draw(st.sampled_from(UNITS)),
            "price": draw(st.sampled_from(PRICES)),
        }
        if not plain and draw(st.integers(0, 5)) == 0:
            step["rounding"] = draw(roundings())
        steps.append(step)
    found: dict[str, Any] = {"steps": steps}
    if plain or draw(st.integers(0, 2)):
        steps[-1]["until_min"] = None
    else:
        found["then"] = "repeat"
    return found


@st.composite
def _table(draw: st.DrawFn) -> dict[str, Any]:
    ends = sorted(draw(st.sets(st.sampled_from([15, 30, 60, 90, 120, 240, 400]), min_size=1, max_size=4)))
    totals = sorted(draw(st.lists(st.sampled_from([0, 1, 2.5, 3, 5, 8, 10]), min_size=len(ends), max_size=len(ends))))
    rows: list[dict[str, Any]] = [{"until_min": end, "total": total} for end, total in zip(ends, totals, strict=True)]
    then = draw(st.sampled_from(["flat", "repeat", "endless"]))
    if then == "endless":
        rows[-1]["until_min"] = None
        return {"table": rows}
    return {"table": rows, "then": then, "linear": draw(st.booleans())}


@st.composite
def _meter(draw: st.DrawFn) -> dict[str, Any]:
    pool = draw(st.sampled_from(["passage", "band", "window", "clock"]))
    carry = pool == "band" and draw(st.booleans())
    return {"pool": pool, "carry": carry}


@st.composite
def _bands(draw: st.DrawFn, *, carried: bool) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 3))
    edges = sorted(draw(st.sets(st.integers(0, 95).map(lambda n: n * 15), min_size=count, max_size=count)))
    pair = draw(st.sampled_from([None, None, *DAY_PAIRS]))
    bands: list[dict[str, Any]] = []
    for number, low in enumerate(edges):
        high = edges[(number + 1) % count]
        if count == 1 and draw(st.booleans()):
            high = (low + draw(st.integers(4, 80)) * 15) % 1440
        span = {"from": _hhmm(low), "to": _hhmm(high) if high else "24:00"}
        crosses = high <= low and high
        if number and draw(st.integers(0, 3)) == 0:
            continue  # a gap
        variants = [None] if pair is None or crosses else list(pair)
        for days in variants:
            band: dict[str, Any] = {"id": f"b{len(bands)}", **span}
            if days is not None:
                band["days"] = days
            if not carried and draw(st.integers(0, 7)) == 0:
                band["free"] = True
            elif carried:
                band |= draw(_steps(plain=True))
            else:
                form = draw(st.sampled_from(["steps", "steps", "steps", "table", "visit"]))
                if form == "steps":
                    band |= draw(_steps(plain=False))
                elif form == "table":
                    band |= draw(_table())
                else:
                    band["visit"] = {"price": draw(st.sampled_from(PRICES))}
                    if draw(st.booleans()):
                        band["visit"]["every_min"] = draw(st.sampled_from([60, 720]))
                    if draw(st.integers(0, 2)) == 0:
                        band["rounding"] = {"ignore_tail_min": 15}
                if form == "steps" and draw(st.integers(0, 2)) == 0:
                    band["rounding"] = draw(roundings())
                if draw(st.integers(0, 2)) == 0:
                    band["meter"] = draw(_meter())
                if draw(st.integers(0, 4)) == 0:
                    band["cap"] = draw(st.sampled_from([10, 12.5, 20]))
            bands.append(band)
    return bands


@st.composite
def _caps(draw: st.DrawFn, names: list[str]) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw(st.integers(0, 2))):
        scope = draw(st.sampled_from([*SCOPES, {"daily_at": "07:30"}, {"every_min": 600}]))
        cap: dict[str, Any] = {"scope": scope, "amount": draw(st.sampled_from([10, 12.5, 20, 35]))}
        if scope in ("natural_day", "24h") or isinstance(scope, dict):
            cap["across"] = draw(st.sampled_from(["stay", "stay", "berth", "road", "city"]))
        if draw(st.integers(0, 3)) == 0:
            cap["bands"] = [draw(st.sampled_from(names))]
        if draw(st.integers(0, 3)) == 0:
            cap["before_factors"] = True
        found.append(cap)
    return found


@st.composite
def _concessions(draw: st.DrawFn, names: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 2))):
        each: dict[str, Any] = {"id": f"c{number}"}
        if draw(st.booleans()):
            each["who"] = {"plate_colors": ["green"]}
        if draw(st.integers(0, 2)) == 0:
            each["group"] = "one"
        if draw(st.integers(0, 2)) == 0:
            each["from"], each["to"] = draw(
                st.sampled_from([("08:00", "20:00"), ("20:00", "07:00"), ("00:00", "24:00")])
            )
        if draw(st.integers(0, 3)) == 0:
            each["bands"] = [draw(st.sampled_from(names))]
        if draw(st.integers(0, 3)) == 0:
            each["days"] = "workday"
        if draw(st.booleans()):
            each["percent_off"] = draw(st.sampled_from([20, 50, 33.5, 100]))
            each["before_caps"] = draw(st.booleans())
        if "percent_off" not in each or draw(st.booleans()):
            free: dict[str, Any] = {
                "minutes": draw(st.sampled_from([10, 60, 120])),
                "once_exceeded": draw(st.sampled_from(["charged", "skipped", "waived"])),
                "measure": draw(st.sampled_from(["stay", "chargeable"])),
                "inclusive": draw(st.booleans()),
            }
            if draw(st.booleans()):
                free["per"] = "day"
                options: dict[str, list[Any]] = {
                    "day_minutes": [60, 120],
                    "stays_per_day": [1, 2],
                    "ignore_stays_under_min": [30],
                    "second_stay": [{"minutes": 60, "if_first_at_most_min": 60}],
                    "renews_daily": [True],
                }
                for name, values in options.items():
                    if draw(st.integers(0, 2)) == 0:
                        free[name] = draw(st.sampled_from(values))
            each["free"] = free
        found.append(each)
    return found


@st.composite
def documents(draw: st.DrawFn, *, monotone: bool = False) -> dict[str, Any]:
    """Any tariff of the form; `monotone` leaves out the one rule by which a longer stay may cost less."""
    carried = draw(st.integers(0, 5)) == 0
    bands = draw(_bands(carried=carried))
    names = [band["id"] for band in bands]
    found: dict[str, Any] = {"code": "drawn", "currency": "CNY", "bands": bands, "outside_bands": "free"}
    found["restart"] = draw(
        st.sampled_from(["never", "natural_day", "24h", "charging_period", {"every_min": 600}, {"daily_at": "07:30"}])
    )
    if carried:
        found["meter"] = {"pool": "window", "carry": True}
    elif draw(st.booleans()):
        found["meter"] = draw(_meter())
    if not carried and draw(st.integers(0, 2)) == 0:
        found["rounding"] = draw(roundings())
    if draw(st.booleans()):
        scope = draw(
            st.sampled_from(["stay", "stay", "window", "first_of_day_berth", "first_of_day_road", "first_of_day_city"])
        )
        found["free"] = {
            "minutes": draw(st.sampled_from([10, 15, 30])),
            "inclusive": draw(st.booleans()),
            "once_exceeded": draw(st.sampled_from(["charged", "skipped", "waived"])),
            "measure": draw(st.sampled_from(["stay", "chargeable"])),
            "scope": scope,
        }
        if scope == "window" and draw(st.booleans()):
            found["free"]["not_after_min"] = 1440
    if not monotone and draw(st.integers(0, 3)) == 0:
        found["crossing"] = {
            "within_min": draw(st.sampled_from([60, 120])),
            "inclusive": draw(st.booleans()),
            "use": draw(st.sampled_from(["earlier", "later", "longer"])),
            "tie": draw(st.sampled_from(["earlier", "later"])),
        }
    found["caps"] = draw(_caps(names))
    found["concessions"] = draw(_concessions(names))
    if draw(st.integers(0, 3)) == 0:
        found["repeat"] = {
            "within_min": draw(st.sampled_from([15, 60])),
            "across": draw(st.sampled_from(["berth", "road", "city"])),
            "counts_gap": draw(st.booleans()),
        }
    if draw(st.integers(0, 5)) == 0:
        found["min_stay_min"] = 10
    if draw(st.integers(0, 5)) == 0:
        found["min_fee"] = 1
    if draw(st.integers(0, 5)) == 0:
        found["free_days"] = {"days": draw(st.sampled_from(["holiday", "sun", "10-01..10-07"]))}
    if draw(st.booleans()):
        found["final_rounding"] = {
            "mode": draw(st.sampled_from(["half_up", "up", "down", "half_even"])),
            "to": draw(st.sampled_from(["0.01", "0.1", "0.5", "1"])),
        }
    found["vehicles"] = {
        "default": "small",
        "by_plate_color": {"yellow": "large"},
        "classes": {
            "small": {},
            "large": draw(
                st.sampled_from(
                    [{"factor": 2}, {"factor": 1.5, "before_caps": True}, {"by_berths": True}, {"surcharge": 5}]
                )
            ),
        },
    }
    return found


@st.composite
def stays(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """A stay of whole minutes, up to four days, in the weeks around the holidays of 2025."""
    arrived = datetime(2025, 9, 20, tzinfo=ZONE) + timedelta(minutes=draw(st.integers(0, 40 * 1440)))
    lasted = draw(st.one_of(st.integers(0, 90), st.integers(0, 1500), st.integers(0, 4 * 1440)))
    return arrived, arrived + timedelta(minutes=lasted)


@st.composite
def pasts(draw: st.DrawFn, arrived: datetime) -> list[tuple[datetime, datetime, int, int]]:
    """Earlier stays of the plate, none touching another: arrived, left, nearness, charged."""
    found = []
    end = arrived - timedelta(minutes=draw(st.integers(0, 90)))
    for _ in range(draw(st.integers(0, 2))):
        start = end - timedelta(minutes=draw(st.integers(1, 200)))
        found.append((start, end, draw(st.integers(1, 3)), draw(st.sampled_from([0, 300, 1000]))))
        end = start - timedelta(minutes=draw(st.integers(0, 300)))
    return found
