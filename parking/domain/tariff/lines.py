"""The fee in words: what was charged for which time by which rule, and what was taken off, in Chinese and English."""

from decimal import Decimal
from fractions import Fraction
from typing import Final, NamedTuple

from parking.domain.tariff.account import Account, Capped, Entry, Subject
from parking.domain.tariff.bands import Band, Step
from parking.domain.tariff.fee import FeeLine, LineKind
from parking.domain.tariff.plan import Piece
from parking.domain.tariff.rules import CapScope, Document, Free, MaxStay, Repeat
from parking.domain.tariff.stay import Coupon, Permit
from parking.domain.tariff.terms import FOREVER, Text
from parking.domain.tariff.vehicles import Concession, VehicleClass


class Ending(NamedTuple):
    """A change to the settled amount, in minor units."""

    kind: LineKind
    amount: int
    subject: Subject


class _Line(NamedTuple):
    start: int
    end: int
    kind: LineKind
    text: Text
    clause: str
    quantity: int | None
    price: int | str | None
    exact: int


_CURRENCIES: Final = {
    "CNY": "元",
    "TWD": "新台币元",
    "HKD": "港元",
    "EUR": "欧元",
    "USD": "美元",
    "GBP": "英镑",
    "SGD": "新元",
    "JPY": "日元",
    "MOP": "澳门元",
    "SEK": "瑞典克朗",
}
_OUTSIDE = Text("不收费时段", "outside charging hours")


def explain(account: Account, settled: int, endings: list[Ending]) -> tuple[FeeLine, ...]:
    """Return the lines; their amounts sum to the fee because each is the rise of the rounded running sum."""
    found = _charges(account)
    found += [_entry(account, entry) for entry in account.entries]
    timed = (LineKind.CHARGE, LineKind.FREE, LineKind.PERMIT, LineKind.EXEMPT)
    parts = sorted((line for line in found if line.kind in timed), key=lambda line: line.start)
    parts += [line for line in found if line.kind not in timed]
    start, end = account.intervals[0][0], account.intervals[-1][1]
    if not parts and not endings:
        parts.append(_Line(start, end, LineKind.FREE, _OUTSIDE, "", None, None, 0))
    from_at, to_at = account.local(start), account.local(end)
    result: list[FeeLine] = []
    scale = account.program.scale
    exact = shown = 0
    for line in parts:
        exact += line.exact
        rounded = (exact * 2 + scale) // (scale * 2)
        result.append(
            FeeLine(
                from_at=account.local(line.start),
                to_at=account.local(line.end),
                kind=line.kind,
                rule=line.text.zh,
                rule_en=line.text.en,
                clause=line.clause,
                quantity=line.quantity,
                unit_price_fen=line.price,
                amount_fen=rounded - shown,
            )
        )
        shown = rounded
    last = [Ending(LineKind.ROUNDING, settled - shown, None)] if settled != shown else []
    for ending in last + endings:
        text, clause = _words(account, ending.kind, ending.subject)
        result.append(
            FeeLine(
                from_at=from_at,
                to_at=to_at,
                kind=ending.kind,
                rule=text.zh,
                rule_en=text.en,
                clause=clause,
                amount_fen=ending.amount,
            )
        )
    return tuple(result)


def _charges(account: Account) -> list[_Line]:
    found: list[_Line] = []
    keys: list[tuple[int, tuple[int, int], int, int] | None] = []  # the run and step of each line, None for a free one
    for piece in account.pieces:
        gauge = account.program.meters[piece.band]
        band = account.program.bands[piece.band]
        if gauge is None:
            text = Text(f"{band.name.zh}：免费", f"{band.name.en}: free")
            if found and found[-1].text == text and found[-1].end == piece.start:
                found[-1] = found[-1]._replace(end=piece.end)
            else:
                found.append(_Line(piece.start, piece.end, LineKind.FREE, text, band.clause, None, None, 0))
                keys.append(None)
            continue
        run = (piece.window, piece.passage, piece.origin)
        if not any(piece.counts) and keys and keys[-1] and keys[-1][:3] == run and found[-1].end == piece.start:
            found[-1] = found[-1]._replace(end=piece.end)  # the unit that was begun before lasts on
        for step, count in enumerate(piece.counts):
            if not count:
                continue
            start, end = _when(piece, gauge.span(step))
            line = _charge(account, band, step, count, start, end, gauge.prices[step])
            key = (*run, step)
            if keys and keys[-1] == key and found[-1].end == start and len(piece.counts) == 1:
                before = found.pop()
                keys.pop()
                line = (
                    _charge(account, band, step, count + (before.quantity or 0), before.start, end, gauge.prices[step])
                    if band.steps
                    else line._replace(start=before.start, exact=before.exact + line.exact)
                )
            found.append(line)
            keys.append(key)
    return found


def _when(piece: Piece, span: tuple[int, int]) -> tuple[int, int]:
    low = piece.start + max(0, span[0] - piece.position)
    high = piece.start + span[1] - piece.position
    start = min(max(low, piece.start), piece.end)
    return start, max(start, min(high, piece.end))


def _charge(account: Account, band: Band, step: int, count: int, start: int, end: int, price: int) -> _Line:
    program = account.program
    if band.rows:
        text = Text(f"{band.name.zh}：按累计时长价目表", f"{band.name.en}: price table by total time")
        return _Line(start, end, LineKind.CHARGE, text, band.clause, None, None, count * price)
    rule = band.steps[step]
    words = step_words(program.document, band, step)
    joint = ("", "") if words.zh.startswith("（") else ("：", ": ")
    text = Text(f"{band.name.zh}{joint[0]}{words.zh}", f"{band.name.en}{joint[1]}{words.en}")
    quantity = count if rule.rounding.due.value != "exact" else None
    return _Line(start, end, LineKind.CHARGE, text, band.clause, quantity, plain(rule), count * price)


def step_words(document: Document, band: Band, step: int) -> Text:
    """Return a step's price in words: "（首 1 小时）：每 30 分钟 2 元", "每次 5 元"."""
    rule = band.steps[step]
    amount = figure(document, rule.price)
    if rule.unit_s >= FOREVER:
        return Text(f"每次 {amount.zh}", f"{amount.en} a visit")
    unit, reach = length(rule.unit_s), _reach(rule, band, step)
    zh, en = f"每 {unit.zh} {amount.zh}", f"{amount.en} per {unit.en}"
    return Text(f"{reach.zh}：{zh}", f"{reach.en}: {en}") if reach.zh else Text(zh, en)


def plain(rule: Step) -> int | str:
    """Return the unit price in minor units, an int where it is whole."""
    return rule.price.numerator if rule.price.denominator == 1 else money(rule.price, 0)


def money(amount: Fraction, digits: int) -> str:
    """Return minor units as people write them in major ones, without idle zeros after the point."""
    value = Decimal(amount.numerator) / Decimal(amount.denominator) / 10**digits
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(document: Document, amount: Fraction) -> Text:
    """Return an amount of minor units with its currency."""
    text, currency = money(amount, document.minor_digits), document.currency
    return Text(f"{text} {_CURRENCIES.get(currency, currency)}", f"{text} {currency}")


def length(seconds: int) -> Text:
    """Return a duration in hours or minutes."""
    if seconds % 3600 == 0:
        return Text(f"{seconds // 3600} 小时", f"{seconds // 3600} h")
    return Text(f"{seconds // 60} 分钟", f"{seconds // 60} min")


def _reach(rule: Step, band: Band, step: int) -> Text:
    low, high = band.steps[step - 1].until_s if step else 0, rule.until_s
    if high >= FOREVER:
        return Text(f"（{length(low).zh}后）", f" (after {length(low).en})") if low else Text("", "")
    if not low:
        return Text(f"（首 {length(high).zh}）", f" (first {length(high).en})")
    return Text(f"（{length(low).zh}至 {length(high).zh}）", f" ({length(low).en} to {length(high).en})")


def _entry(account: Account, entry: Entry) -> _Line:
    text, clause = _words(account, entry.kind, entry.subject)
    return _Line(entry.start, entry.end, entry.kind, text, clause, None, None, entry.amount)


_SCOPES = {
    CapScope.PASSAGE: Text("本时段单次停放", "this passage of the band"),
    CapScope.BAND: Text("本时段", "the band"),
    CapScope.CHARGING_PERIOD: Text("本收费周期", "the charging period"),
    CapScope.WINDOW: Text("本计费周期", "the billing window"),
    CapScope.NATURAL_DAY: Text("自然日", "the calendar day"),
    CapScope.DAILY_AT: Text("计费日", "the billing day"),
    CapScope.EVERY: Text("{} 小时", "{} h"),
    CapScope.STAY: Text("单次停放", "the stay"),
}


def _words(account: Account, kind: LineKind, subject: Subject) -> tuple[Text, str]:
    if isinstance(subject, Free):
        minutes = subject.minutes_s // 60
        return Text(f"免费时长 {minutes} 分钟", f"{minutes} free minutes"), subject.clause
    if isinstance(subject, Capped):
        rule = subject.rule
        scope = _SCOPES[rule.scope]
        hours = money(Fraction(rule.every_s, 3600), 0)
        most = figure(account.program.document, Fraction(subject.amount, account.program.scale))
        return (
            Text(f"{scope.zh.format(hours)}封顶 {most.zh}", f"cap of {most.en} for {scope.en.format(hours)}"),
            rule.clause,
        )
    if isinstance(subject, Concession):
        if kind is LineKind.DISCOUNT:
            percent = money((1 - subject.factor) * 100, 0)
            return Text(f"{subject.name.zh}：减 {percent}%", f"{subject.name.en}: {percent}% off"), subject.clause
        return Text(f"{subject.name.zh}：免费时长", f"{subject.name.en}: free time"), subject.clause
    if isinstance(subject, VehicleClass):
        word = Text("加收", "surcharge") if kind is LineKind.SURCHARGE else Text("车型系数", "class factor")
        berths = account.vehicle.berths if subject.by_berths else 1
        times = "" if kind is LineKind.SURCHARGE else f" ×{money(subject.factor * berths, 0)}"
        return Text(f"{subject.name.zh}{word.zh}{times}", f"{subject.name.en} {word.en}{times}"), subject.clause
    if isinstance(subject, Permit):
        if subject.words[0]:
            return Text(*subject.words), ""
        return Text(f"停车证（{subject.kind}）{subject.number}", f"permit ({subject.kind}) {subject.number}"), ""
    if isinstance(subject, Coupon):
        return Text(f"优惠券 {subject.code}", f"coupon {subject.code}"), ""
    if isinstance(subject, Repeat):
        return Text("同一停放已计费，扣除", "already charged for the same stay"), subject.clause
    if isinstance(subject, MaxStay):
        minutes = subject.limit_s // 60
        return Text(f"超过限停 {minutes} 分钟", f"stayed beyond the limit of {minutes} minutes"), subject.clause
    if isinstance(subject, str):
        name = account.program.document.exempt[subject]
        return Text(f"免费车辆：{name.zh}", f"exempt vehicle: {name.en}"), account.program.document.exempt_clause
    if kind is LineKind.MINIMUM:
        return Text("最低收费", "smallest fee"), ""
    return Text("尾数取整", "rounding"), ""
