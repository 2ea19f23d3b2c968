"""What a stay costs, worked out one minute at a time from the raw document: slow, naive, and sharing no code with
the engine. It knows only stays and documents whose every figure is a whole number of minutes."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from parking.domain.calendar import Calendar

MINUTE = timedelta(minutes=1)
Minute = dict[str, Any]


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _picked(rule: dict[str, Any], on: date, seasons: dict[str, Any], calendar: Calendar) -> bool:
    def one(word: str) -> bool:
        kind = calendar.day(on).kind
        if ".." in word:
            low, high = word.split("..")
            today = on.strftime("%m-%d")
            return low <= today <= high if low <= high else today >= low or today <= high
        return {
            "all": True,
            "workday": kind in ("workday", "makeup"),
            "nonworkday": kind in ("weekend", "holiday"),
            "holiday": kind == "holiday",
            "weekend": kind == "weekend",
            "mon-fri": on.weekday() < 5,
            "sat": on.weekday() == 5,
            "sun": on.weekday() == 6,
        }[word]

    words = rule.get("days", ["all"])
    words = [words] if isinstance(words, str) else words
    inside = [word for name in rule.get("seasons", []) for word in seasons[name]]
    return any(map(one, words)) and (not inside or any(map(one, inside))) and not any(map(one, rule.get("unless", [])))


class Oracle:
    """One document with one calendar."""

    def __init__(self, document: dict[str, Any], calendar: Calendar) -> None:
        self.document = document
        self.calendar = calendar
        self.on_day: dict[date, list[tuple[int, int, dict[str, Any]]]] = {}

    def cost(
        self,
        arrived: datetime,
        left: datetime,
        *,
        plate_color: str = "blue",
        vehicle_class: str = "",
        berths: int = 1,
        earlier: list[tuple[datetime, datetime, int, int]] | None = None,
        used: int = 0,
    ) -> int:
        """The fee in minor units. `earlier`: arrived, left, nearness, charged; `used`: allowance minutes today."""
        doc = self.document
        earlier = earlier or []
        vehicles = doc.get("vehicles", {})
        name = vehicle_class or vehicles.get("by_plate_color", {}).get(plate_color, "small")
        kind = vehicles.get("classes", {}).get(name, {})
        self.rules = {**doc, **kind.get("rules", {})}
        periods, carried = self._merge(arrived, left, earlier)
        first = periods[0][0]
        parked = sum(int((end - start) / MINUTE) for start, end in periods)
        if self._free_covers(first, parked, periods, earlier):
            minutes: list[Minute] = []
        else:
            short = self.rules.get("min_stay_min", 0) > int((left - first) / MINUTE) and left > periods[-1][0]
            if short and any(self._band(m) for m in self._instants(periods)):
                periods[-1] = (periods[-1][0], first + self.rules["min_stay_min"] * MINUTE)
                parked = sum(int((end - start) / MINUTE) for start, end in periods)
            minutes = self._minutes(periods, parked)
            self._free(minutes, first, earlier)
            self._allow(minutes, first, parked, earlier, used, plate_color, name)
            self._charge(minutes, first)
        total = self._reduce(minutes, first, kind, name, plate_color, berths, earlier)
        rounding = doc.get("final_rounding", {})
        coin = Fraction(str(rounding.get("to", "0.01"))) * 100
        amount = int(self._round(total / coin, rounding.get("mode", "half_up")) * coin)
        return amount - min(carried, amount)

    def _round(self, value: Fraction, mode: str) -> int:
        floor = value.numerator // value.denominator
        rest = value - floor
        if mode == "down" or rest == 0:
            return floor
        if mode == "up" or rest > Fraction(1, 2):
            return floor + 1
        if rest < Fraction(1, 2):
            return floor
        return floor + 1 if mode == "half_up" or floor % 2 else floor

    def _merge(
        self, arrived: datetime, left: datetime, earlier: list[tuple[datetime, datetime, int, int]]
    ) -> tuple[list[tuple[datetime, datetime]], int]:
        periods = [(arrived, left)]
        carried = 0
        rule = self.rules.get("repeat")
        if rule:
            level = {"berth": 1, "road": 2, "city": 3}[rule.get("across", "road")]
            for start, end, near, charged in sorted(earlier, key=lambda stay: stay[1], reverse=True):
                gap = (periods[0][0] - end) / MINUTE
                if near <= level and 0 <= gap <= rule["within_min"] and start < end:
                    periods.insert(0, (start, end))
                    carried += charged
            if rule.get("counts_gap"):
                periods = [(periods[0][0], left)]
        return periods, carried

    def _instants(self, periods: list[tuple[datetime, datetime]]) -> list[datetime]:
        found = []
        for start, end in periods:
            at = start
            while at < end:
                found.append(at)
                at += MINUTE
        return found

    def _band(self, at: datetime) -> tuple[dict[str, Any], date] | None:
        wall = at.hour * 60 + at.minute
        seasons = self.rules.get("seasons", {})
        for back in (0, 1):
            on = at.date() - timedelta(days=back)
            if on not in self.on_day:
                free_days = self.rules.get("free_days")
                self.on_day[on] = []
                if not free_days or not _picked(free_days, on, seasons, self.calendar):
                    for band in self.rules["bands"]:
                        low, high = _clock(band["from"]), _clock(band["to"])
                        if _picked(band, on, seasons, self.calendar):
                            self.on_day[on].append((low, high + (1440 if high <= low else 0), band))
            for low, high, band in self.on_day[on]:
                if low <= wall + back * 1440 < high:
                    return band, on
        return None

    def _minutes(self, periods: list[tuple[datetime, datetime]], parked: int) -> list[Minute]:
        found: list[Minute] = []
        for at in self._instants(periods):
            hit = self._band(at)
            if hit:
                band, on = hit
                if found and found[-1]["band"] is band and at - found[-1]["at"] == MINUTE:
                    on = found[-1]["passage"][1]
                found.append(
                    {"at": at, "band": band, "passage": (band["id"], on), "waived": False, "cost": Fraction(0)}
                )
        rule = self.rules.get("crossing")
        if rule and found:
            limit = rule["within_min"]
            if parked < limit or (parked == limit and rule.get("inclusive", True)):
                order: list[str] = []
                for minute in found:
                    if minute["band"]["id"] not in order:
                        order.append(minute["band"]["id"])
                share = {name: sum(m["band"]["id"] == name for m in found) for name in order}
                if rule["use"] == "longer":
                    best = max(share.values())
                    tied = [name for name in order if share[name] == best]
                    pick = tied[-1] if rule.get("tie", "earlier") == "later" else tied[0]
                else:
                    pick = order[0] if rule["use"] == "earlier" else order[-1]
                model = next(m for m in found if m["band"]["id"] == pick)
                if len(order) > 1:
                    for minute in found:
                        minute["band"], minute["passage"] = model["band"], model["passage"]
        start = periods[0][0]
        restart = self.rules.get("restart", "never")
        number = 0
        last: datetime | None = None
        for minute in found:
            at = minute["at"]
            if not minute["band"].get("free"):
                if last is None or at - last > MINUTE:
                    number += 1
                last = at
            minute["period"] = number
            gone = int((at - start) / MINUTE)
            minute["gone"] = gone
            if restart == "natural_day":
                window: Any = at.date()
            elif restart == "24h":
                window = gone // 1440
            elif restart == "charging_period":
                window = number
            elif isinstance(restart, dict) and "every_min" in restart:
                window = gone // restart["every_min"]
            elif isinstance(restart, dict):
                window = (at - timedelta(minutes=_clock(restart["daily_at"]))).date()
            else:
                window = 0
            minute["window"] = window
        return found

    def _free_covers(
        self, first: datetime, parked: int, periods: list[tuple[datetime, datetime]], earlier: list[Any]
    ) -> bool:
        rule = self.rules.get("free")
        if not rule or rule.get("scope", "stay") == "window" or not self._first_of_day(rule, first, earlier):
            return False
        if rule.get("measure", "stay") == "chargeable":
            parked = sum(not m["band"].get("free") for m in self._minutes(periods, parked))
        return parked < rule["minutes"] or (parked == rule["minutes"] and rule.get("inclusive", True))

    def _first_of_day(self, rule: dict[str, Any], first: datetime, earlier: list[Any]) -> bool:
        level = {"first_of_day_berth": 1, "first_of_day_road": 2, "first_of_day_city": 3}.get(rule.get("scope", ""))
        if level is None:
            return True
        return not any(
            near <= level and start < first and start.date() == first.date() for start, _, near, _ in earlier
        )

    def _free(self, minutes: list[Minute], first: datetime, earlier: list[Any]) -> None:
        rule = self.rules.get("free")
        if not rule:
            return
        how = rule.get("once_exceeded", "charged")
        by_stay = rule.get("measure", "stay") == "stay"
        if rule.get("scope", "stay") != "window":
            if how != "charged" and self._first_of_day(rule, first, earlier):
                self._give(minutes, rule["minutes"], first if by_stay else None, how, minutes)
            return
        for window in dict.fromkeys(m["window"] for m in minutes):
            mine = [m for m in minutes if m["window"] == window]
            begin = mine[0]["at"]
            if "not_after_min" in rule and (begin - first) / MINUTE >= rule["not_after_min"]:
                continue
            long = int((mine[-1]["at"] + MINUTE - begin) / MINUTE)
            if not by_stay:
                long = sum(not m["band"].get("free") for m in mine)
            if long < rule["minutes"] or (long == rule["minutes"] and rule.get("inclusive", True)):
                for minute in mine:
                    minute["waived"] = True
            elif how != "charged":
                self._give(minutes, rule["minutes"], begin if by_stay else None, how, mine)

    def _give(self, minutes: list[Minute], long: int, since: datetime | None, how: str, among: list[Minute]) -> int:
        given = 0
        for minute in list(among):
            if minute["band"].get("free") or minute["waived"]:
                continue
            if since is None:
                if given >= long:
                    break
            elif minute["at"] >= since + long * MINUTE:
                break
            given += 1
            if how == "skipped":
                minutes.remove(minute)
            else:
                minute["waived"] = True
        return given

    def _for(self, concession: dict[str, Any], plate_color: str, name: str) -> bool:
        who = concession.get("who", {})
        return plate_color in who.get("plate_colors", [plate_color]) and name in who.get("classes", [name])

    def _covers(self, concession: dict[str, Any], minute: Minute) -> bool:
        at = minute["at"]
        if "bands" in concession and minute["band"]["id"] not in concession["bands"]:
            return False
        if "days" in concession and not _picked(concession, at.date(), {}, self.calendar):
            return False
        if "from" in concession:
            wall = at.hour * 60 + at.minute
            low, high = _clock(concession["from"]), _clock(concession["to"])
            if high <= low:
                high += 1440
            if not (low <= wall < high or low <= wall + 1440 < high):
                return False
        return True

    def _chosen(self, plate_color: str, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for concession in self.rules.get("concessions", []):
            group = concession.get("group")
            taken = group and any(other.get("group") == group for other in found)
            if self._for(concession, plate_color, name) and not taken:
                found.append(concession)
        return found

    def _allow(
        self, minutes: list[Minute], first: datetime, parked: int, earlier: list[Any], used: int, color: str, name: str
    ) -> None:
        for concession in self._chosen(color, name):
            rule = concession.get("free")
            if not rule:
                continue
            daily = rule.get("per", "stay") == "day"
            days = (
                list(dict.fromkeys([m["at"].date() for m in minutes])) if rule.get("renews_daily") else [first.date()]
            )
            for on in days:
                long = rule["minutes"]
                if daily and on == first.date():
                    past = sorted(
                        stay
                        for stay in earlier
                        if stay[0].date() == on
                        and stay[0] < first
                        and (stay[1] - stay[0]) / MINUTE >= rule.get("ignore_stays_under_min", 0)
                    )
                    second = rule.get("second_stay")
                    if second and past:
                        short = (past[0][1] - past[0][0]) / MINUTE <= second["if_first_at_most_min"]
                        long = second["minutes"] if len(past) == 1 and short else 0
                    elif "stays_per_day" in rule and len(past) >= rule["stays_per_day"]:
                        long = 0
                if daily and "day_minutes" in rule:
                    long = min(long, rule["day_minutes"] - (used if on == first.date() else 0))
                if long <= 0:
                    continue
                among = [m for m in minutes if self._covers(concession, m)]
                if rule.get("renews_daily"):
                    among = [m for m in among if m["at"].date() == on]
                since = None
                if rule.get("measure", "chargeable") == "stay":
                    midnight = datetime(on.year, on.month, on.day, tzinfo=first.tzinfo)
                    since = first if on == first.date() else midnight
                how = rule.get("once_exceeded", "skipped")
                if how == "charged":
                    total = parked if since else sum(not m["band"].get("free") for m in among)
                    if total > long or (total == long and not rule.get("inclusive", True)):
                        continue
                    long = 10**9
                    since = None
                self._give(minutes, long, since, how, among)

    def _charge(self, minutes: list[Minute], first: datetime) -> None:
        """Run each minute through the meter it belongs to; a minute pays for the unit that falls due in it."""
        doc_meter = self.rules.get("meter", {})
        states: dict[Any, dict[str, Any]] = {}
        fed: dict[Any, int] = {}
        for minute in minutes:
            band = minute["band"]
            if band.get("free"):
                continue
            meter = band.get("meter", doc_meter)
            pool, carry = meter.get("pool", "passage"), meter.get("carry", False)
            window = minute["window"]
            if carry:
                key: Any = (window, "all") if pool == "window" else (window, "band", band["id"])
            else:
                key = (window, minute["passage"])
            if key not in states:
                origin = 0
                if not carry and pool == "band":
                    origin = fed.get((window, band["id"]), 0)
                elif not carry and pool == "window":
                    origin = fed.get((window, ""), 0)
                elif pool == "clock":
                    origin = int((minute["at"] - self._window_start(minutes, minute, first)) / MINUTE)
                states[key] = {"at": origin, "end": origin, "units": []}
            state = states[key]
            minute["cost"] = self._tick(band, state)
            for each in ((window, band["id"]), (window, "")):
                fed[each] = fed.get(each, 0) + 1

    def _window_start(self, minutes: list[Minute], minute: Minute, first: datetime) -> datetime:
        restart = self.rules.get("restart", "never")
        at = minute["at"]
        if restart == "natural_day":
            return max(first, at.replace(hour=0, minute=0))
        if restart == "24h" or (isinstance(restart, dict) and "every_min" in restart):
            every = 1440 if restart == "24h" else restart["every_min"]
            return first + minute["gone"] // every * every * MINUTE
        if restart == "charging_period":
            return next(m["at"] for m in minutes if m["window"] == minute["window"])
        if isinstance(restart, dict):
            hour, least = divmod(_clock(restart["daily_at"]), 60)
            day = minute["window"]
            return max(first, datetime(day.year, day.month, day.day, hour, least, tzinfo=first.tzinfo))
        return first

    def _tick(self, band: dict[str, Any], state: dict[str, Any]) -> Fraction:
        at = state["at"]
        state["at"] += 1
        if "table" in band:
            return self._table(band, at + 1) - self._table(band, at)
        if "visit" in band:
            every = band["visit"].get("every_min", 10**9)
            steps = [{"until_min": None, "unit_min": every, "price": band["visit"]["price"]}]
            default: Any = band.get("rounding", "up")
        else:
            steps = band["steps"]
            default = band.get("rounding", self.rules.get("rounding", "up"))
        cycle = 0
        if band.get("then") == "repeat":
            cycle = at // steps[-1]["until_min"] * steps[-1]["until_min"]
        place = at - cycle
        low = 0
        for step in steps:
            high = step["until_min"] or 10**9
            if place < high:
                break
            low = high
        else:
            return Fraction(0)
        price = Fraction(str(step["price"])) * 100
        rule = step.get("rounding", default)
        if rule == "exact":
            state["end"] = at + 1
            return price / step["unit_min"]
        cost = Fraction(0)
        if at >= state["end"]:
            state["begin"] = at
            state["end"] = min(at + step["unit_min"], high + cycle)
            state["paid"] = False
        tail = 0
        if rule == "down":
            tail = 10**9
        elif isinstance(rule, dict) and state["begin"] - cycle >= rule.get("after_min", 0):
            tail = rule["ignore_tail_min"] - (0 if rule.get("inclusive", True) else 1)
        long = at + 1 - state["begin"]
        if not state["paid"] and (long > tail or at + 1 == state["end"]):
            state["paid"] = True
            cost = price
        assert low <= place
        return cost

    def _table(self, band: dict[str, Any], at: int) -> Fraction:
        rows = band["table"]
        extra = Fraction(0)
        if band.get("then") == "repeat":
            whole = rows[-1]["until_min"]
            extra = at // whole * Fraction(str(rows[-1]["total"])) * 100
            at = at % whole
        if at == 0:
            return extra
        low, base = 0, Fraction(0)
        for row in rows:
            total = Fraction(str(row["total"])) * 100
            high = row["until_min"] or 10**9
            if at <= high:
                if band.get("linear"):
                    return extra + base + (total - base) * (at - low) / (high - low)
                return extra + total
            low, base = high, total
        return extra + base

    def _reduce(
        self,
        minutes: list[Minute],
        first: datetime,
        kind: dict[str, Any],
        name: str,
        color: str,
        berths: int,
        earlier: list[Any],
    ) -> Fraction:
        for minute in minutes:
            if minute["waived"]:
                minute["cost"] = Fraction(0)
        times = Fraction(str(kind.get("factor", 1))) * (berths if kind.get("by_berths") else 1)
        order = [
            "band",
            "passage",
            "band_window",
            "charging_period",
            "window",
            "natural_day",
            "daily_at",
            "every",
            "stay",
        ]
        caps = [
            {"scope": "passage", "amount": band["cap"], "bands": [band["id"]]}
            for band in self.rules["bands"]
            if "cap" in band
        ] + list(self.rules.get("caps", []))

        def rank(cap: dict[str, Any]) -> tuple[int, int]:
            scope = cap["scope"]
            if scope == "24h":
                return order.index("every"), 1440
            if isinstance(scope, dict):
                word = "every" if "every_min" in scope else "daily_at"
                return order.index(word), scope.get("every_min", 0)
            return (order.index("band_window") if scope == "band" else order.index(scope)), 0

        caps.sort(key=rank)
        for cap in caps:
            if cap.get("before_factors"):
                self._cap(minutes, cap, Fraction(1), first, earlier)
        for minute in minutes:
            minute["cost"] *= times
        chosen = self._chosen(color, name)
        for late in (False, True):
            if late:
                for cap in caps:
                    if not cap.get("before_factors"):
                        self._cap(minutes, cap, Fraction(1) if kind.get("before_caps") else times, first, earlier)
            for concession in chosen:
                if concession.get("before_caps", False) != late:
                    left = 1 - Fraction(str(concession.get("percent_off", 0))) / 100
                    for minute in minutes:
                        if self._covers(concession, minute):
                            minute["cost"] *= left
        total = sum((minute["cost"] for minute in minutes), Fraction(0))
        if total:
            total += Fraction(str(kind.get("surcharge", 0))) * 100
            total = max(total, Fraction(str(self.rules.get("min_fee", 0))) * 100)
        return total

    def _cap(
        self, minutes: list[Minute], cap: dict[str, Any], times: Fraction, first: datetime, earlier: list[Any]
    ) -> None:
        room: dict[Any, Fraction] = {}
        scope = cap["scope"]
        for minute in minutes:
            if cap.get("bands") and minute["band"]["id"] not in cap["bands"]:
                continue
            at = minute["at"]
            if scope == "24h" or (isinstance(scope, dict) and "every_min" in scope):
                every = 1440 if scope == "24h" else scope["every_min"]
                key: Any = minute["gone"] // every
            elif isinstance(scope, dict):
                key = (at - timedelta(minutes=_clock(scope["daily_at"]))).date()
            else:
                key = {
                    "passage": minute["passage"],
                    "band": (minute["window"], minute["band"]["id"]),
                    "charging_period": minute["period"],
                    "window": minute["window"],
                    "natural_day": at.date(),
                    "stay": 0,
                }[scope]
            if key not in room:
                room[key] = max(
                    Fraction(str(cap["amount"])) * 100 * times - self._spent(cap, key, first, earlier), Fraction(0)
                )
            minute["cost"] = min(minute["cost"], room[key])
            room[key] -= minute["cost"]

    def _spent(self, cap: dict[str, Any], key: Any, first: datetime, earlier: list[Any]) -> int:
        level = {"berth": 1, "road": 2, "city": 3}.get(cap.get("across", "stay"), 0)
        scope = cap["scope"]
        spent = 0
        for start, _, near, charged in earlier:
            if near > level or start >= first:
                continue
            if scope == "24h" or (isinstance(scope, dict) and "every_min" in scope):
                every = 1440 if scope == "24h" else scope["every_min"]
                inside = key == 0 and (first - start) / MINUTE < every
            elif isinstance(scope, dict):
                inside = (start - timedelta(minutes=_clock(scope["daily_at"]))).date() == key
            else:
                inside = start.date() == key
            spent += charged if inside else 0
        return spent
