"""The price of one stay: a pure function of what is parked, where, when, and what its plate has used."""

from datetime import datetime

from parking.domain.calendar import Calendar
from parking.domain.tariff import concessions, lines, reductions
from parking.domain.tariff.account import Account, Entry
from parking.domain.tariff.errors import (
    LeftBeforeArrivedError,
    NaiveTimeError,
    NotAdmittedError,
    StayError,
    UnknownClassError,
)
from parking.domain.tariff.fee import Fee, LineKind
from parking.domain.tariff.rules import AfterLimit, FinalMode, MaxStay, Repeat
from parking.domain.tariff.stay import NO_HISTORY, CouponKind, History, Nearness, PastStay, Vehicle
from parking.domain.tariff.tariff import Tariff
from parking.domain.tariff.terms import ONCE, Exceeded, Measure

_ORDINARY = Vehicle()


def price(
    *,
    arrived_at: datetime,
    left_at: datetime,
    tariff: Tariff,
    calendar: Calendar,
    vehicle: Vehicle = _ORDINARY,
    history: History = NO_HISTORY,
) -> Fee:
    """Price the stay [arrived_at, left_at) under one tariff version; nothing is read or kept outside the arguments.

    Datetimes are aware, in any zone, and taken to the whole second. Raises a `StayError`: `LeftBeforeArrivedError`,
    `NaiveTimeError`, `UnknownClassError` or `NotAdmittedError`.
    """
    arrived, left = _instants(arrived_at, left_at, tariff)
    name = _class_name(tariff, vehicle)
    program = tariff.program(name)
    document = tariff.document
    if vehicle.berths < 1:
        raise StayError("vehicle.berths", "占用泊位数至少为 1", "at least one berth is occupied")
    intervals: tuple[tuple[int, int], ...] = ((arrived, left),)
    merged: tuple[PastStay, ...] = ()
    rules = program.rules
    if rules.repeat is not None and history.stays:
        intervals, merged = _merged(rules.repeat, history, arrived, left)
    account = Account(program, calendar, vehicle, history, intervals, merged)
    if vehicle.exempt and vehicle.exempt in document.exempt:
        account.entries.append(Entry(LineKind.EXEMPT, arrived, left, 0, vehicle.exempt))
        return _fee(account, 0)
    account.build()
    for permit in vehicle.permits:
        account.cover(permit)
    overstay, penalty = _limit(account) if rules.max_stays else (0, None)
    if rules.free is not None and concessions.covered(account, rules.free):
        concessions.all_free(account, rules.free)
    else:
        if rules.min_stay_s:
            _prolong(account, rules.min_stay_s)
        if rules.free is not None:
            concessions.exceeded(account, rules.free)
    applied = concessions.chosen(account, name) if rules.concessions else []
    for bit, concession in applied:
        if concession.allowance is not None:
            concessions.allow(account, bit, concession, concession.allowance)
    spent: list[str] = []
    for coupon in vehicle.coupons:
        if coupon.kind is CouponKind.MINUTES and account.grant(
            seconds=coupon.value * 60,
            measure=Measure.CHARGEABLE,
            origin=arrived,
            exceeded=Exceeded.WAIVED,
            reason=coupon,
            selects=lambda piece: True,
        ):
            spent.append(coupon.code)
    reductions.meter(account)
    reductions.waive(account)
    vehicle_class = program.vehicle_class
    times = vehicle_class.factor
    if vehicle_class.by_berths and vehicle.berths > 1:
        times *= vehicle.berths
    if program.caps_before:
        reductions.cap(account, program.caps_before, ONCE)
    if times is not ONCE:
        reductions.multiply(account, times, LineKind.FACTOR, vehicle_class)
    for bit, concession in applied:
        if concession.before_caps and concession.factor != 1:
            reductions.multiply(account, concession.factor, LineKind.DISCOUNT, concession, 1 << bit)
    if program.caps_after:
        reductions.cap(account, program.caps_after, ONCE if vehicle_class.before_caps else times)
    for bit, concession in applied:
        if not concession.before_caps and concession.factor != 1:
            reductions.multiply(account, concession.factor, LineKind.DISCOUNT, concession, 1 << bit)
    total = reductions.total(account)
    if total and program.surcharge:
        account.entries.append(Entry(LineKind.SURCHARGE, arrived, left, program.surcharge, vehicle_class))
        total += program.surcharge
    if 0 < total < program.min_fee:
        account.entries.append(Entry(LineKind.MINIMUM, arrived, left, program.min_fee - total, None))
        total = program.min_fee
    return _fee(account, total, spent, overstay, penalty)


def _instants(arrived_at: datetime, left_at: datetime, tariff: Tariff) -> tuple[int, int]:
    if arrived_at.tzinfo is None:
        raise NaiveTimeError("arrived_at", "驶入时间缺少时区", "the arrival has no offset")
    if left_at.tzinfo is None:
        raise NaiveTimeError("left_at", "驶离时间缺少时区", "the departure has no offset")
    if left_at < arrived_at:
        raise LeftBeforeArrivedError("left_at", "驶离时间早于驶入时间", "the stay ends before it begins")
    arrived = _whole(int(arrived_at.timestamp()), tariff.document.arrival_clock)
    left = _whole(int(left_at.timestamp()), tariff.document.departure_clock)
    return arrived, max(arrived, left)


def _whole(instant: int, rule: str) -> int:
    if rule == "second":
        return instant
    return instant // 60 * 60 if rule == "minute_down" else -(-instant // 60) * 60


def _class_name(tariff: Tariff, vehicle: Vehicle) -> str:
    document = tariff.document
    name = tariff.class_of(vehicle)
    found = document.classes.get(name)
    if found is None:
        raise UnknownClassError("vehicle.vehicle_class", f"未知车型：{name}", f"unknown vehicle class: {name}")
    if not found.admitted:
        raise NotAdmittedError("vehicle.vehicle_class", f"此处不允许停放：{name}", f"not admitted here: {name}")
    return name


def _merged(
    rule: Repeat, history: History, arrived: int, left: int
) -> tuple[tuple[tuple[int, int], ...], tuple[PastStay, ...]]:
    level = Nearness[rule.across.name]
    intervals = [(arrived, left)]
    merged: list[PastStay] = []
    for stay in sorted(history.stays, key=lambda stay: stay.left_at, reverse=True):
        since, until = int(stay.arrived_at.timestamp()), int(stay.left_at.timestamp())
        if stay.nearness <= level and 0 <= intervals[0][0] - until <= rule.within_s and since < until:
            intervals.insert(0, (since, until))
            merged.append(stay)
    if rule.counts_gap:
        intervals = [(intervals[0][0], left)]
    return tuple(intervals), tuple(merged)


def _limit(account: Account) -> tuple[int, MaxStay | None]:
    local = account.local(account.origin)
    wall = local.hour * 3600 + local.minute * 60 + local.second
    rule = next((rule for rule in account.program.rules.max_stays if rule.start_s <= wall < rule.end_s), None)
    if rule is None:
        return 0, None
    left = account.intervals[-1][1]
    parked = account.chargeable() if rule.measure is Measure.CHARGEABLE else left - account.origin
    over = parked - rule.limit_s
    if over <= 0:
        return 0, None
    if rule.after is AfterLimit.STOP:
        kept = []
        spent = 0
        for piece in account.pieces:
            end = account.origin + rule.limit_s
            if rule.measure is Measure.CHARGEABLE:
                end = piece.start + rule.limit_s - spent
            if piece.start < end:
                if end < piece.end:
                    piece.split(end)
                kept.append(piece)
                if account.program.meters[piece.band] is not None:
                    spent += piece.end - piece.start
        account.pieces = kept
    return over, rule if rule.penalty else None


def _prolong(account: Account, seconds: int) -> None:
    arrived, left = account.intervals[-1]
    if account.entries or not account.pieces or left == arrived:
        return
    account.intervals = (*account.intervals[:-1], (arrived, max(left, account.origin + seconds)))
    account.build()


def _settle(exact: int, scale: int, mode: FinalMode, multiple: int) -> int:
    step = scale * multiple
    units, rest = divmod(exact, step)
    if rest and (
        mode is FinalMode.UP
        or (mode is FinalMode.HALF_UP and rest * 2 >= step)
        or (mode is FinalMode.HALF_EVEN and (rest * 2 > step or (rest * 2 == step and units % 2)))
    ):
        units += 1
    return units * multiple


def _fee(
    account: Account, total: int, spent: list[str] | None = None, overstay: int = 0, penalty: MaxStay | None = None
) -> Fee:
    program = account.program
    final = program.rules.final
    settled = _settle(total, program.scale, final.mode, final.multiple)
    amount = settled
    ending: list[lines.Ending] = []
    used_up = list(spent or ())
    for coupon in account.vehicle.coupons:
        if coupon.kind is CouponKind.MINUTES or amount == 0 or amount < coupon.min_spend:
            continue
        off = amount
        if coupon.kind is CouponKind.AMOUNT:
            off = min(amount, coupon.value)
        elif coupon.kind is CouponKind.PERCENT:
            off = min(amount, -(-amount * coupon.value // 100))
        amount -= off
        ending.append(lines.Ending(LineKind.COUPON, -off, coupon))
        used_up.append(coupon.code)
    carried = sum(stay.charged_fen for stay in account.merged)
    if carried:
        ending.append(lines.Ending(LineKind.CARRIED, -min(carried, amount), program.rules.repeat))
        amount -= min(carried, amount)
    if penalty is not None:
        fine = _settle(int(penalty.penalty * program.scale), program.scale, FinalMode.HALF_UP, 1)
        ending.append(lines.Ending(LineKind.PENALTY, fine, penalty))
        amount += fine
    document = program.document
    return Fee(
        amount_fen=amount,
        currency=document.currency,
        minor_digits=document.minor_digits,
        make_lines=lambda: lines.explain(account, settled, ending),
        provisional=account.provisional,
        used=tuple(account.used),
        overstay_s=overstay,
        continues=bool(account.merged),
        coupons=tuple(used_up),
    )
