"""The day's trades as both gateways' statements show them, with the mistakes that were planted."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sandbox.gateway.world import BEIJING, World

FEE_PER_MILLE = 6


@dataclass(frozen=True)
class Line:
    """A trade or a refund. Amounts in fen, positive; `state` is SUCCESS, PROCESSING or FAIL."""

    refund: bool
    number: str
    id: str
    order_number: str
    order_id: str
    amount: int
    at: datetime
    state: str
    description: str
    kind: str
    openid: str
    sub_mchid: str = ""

    @property
    def fee(self) -> int:
        """The gateway's fee in fen, rounded half up; negative on a refund, nothing while it has not gone through."""
        if self.state != "SUCCESS":
            return 0
        fee = (self.amount * FEE_PER_MILLE + 500) // 1000
        return -fee if self.refund else fee


def lines(world: World, gateway: str, day: date, *, sub_mchid: str = "") -> list[Line]:
    """The day's lines: trades by when they were paid, refunds by when they were asked for.

    Of the merchant itself, or of the sub-merchant that it serves.
    """
    found = [line for line in _true(world, gateway, sub_mchid) if line.at.date() == day]
    for _, edit in world.books.rows("bill_edits"):
        if edit["gateway"] == gateway:
            found = _edited(world, gateway, day, found, edit, sub_mchid)
    return sorted(found, key=lambda line: line.at)


def _true(world: World, gateway: str, sub_mchid: str) -> list[Line]:
    found = []
    for _, order in world.books.rows("orders"):
        if order["gateway"] == gateway and order["paid_at"]:
            found.append(
                Line(
                    refund=False,
                    number=order["number"],
                    id=order["id"],
                    order_number=order["number"],
                    order_id=order["id"],
                    amount=order["amount"],
                    at=datetime.fromisoformat(order["paid_at"]),
                    state="SUCCESS",
                    description=order["description"],
                    kind=order["kind"],
                    openid=order["openid"],
                    sub_mchid=order.get("sub_mchid", ""),
                )
            )
    for _, refund in world.books.rows("refunds"):
        if refund["gateway"] == gateway and refund["state"] != "CLOSED":
            found.append(
                Line(
                    refund=True,
                    number=refund["number"],
                    id=refund["id"],
                    order_number=refund["order"],
                    order_id=refund["order_id"],
                    amount=refund["amount"],
                    at=datetime.fromisoformat(refund["created_at"]),
                    state={"SUCCESS": "SUCCESS", "ABNORMAL": "CHANGE"}.get(refund["state"], "PROCESSING"),
                    description="退款",
                    kind="refund",
                    openid="",
                    sub_mchid=refund.get("sub_mchid", ""),
                )
            )
    return [line for line in found if line.sub_mchid == sub_mchid]


def _edited(
    world: World, gateway: str, day: date, found: list[Line], edit: dict[str, str], sub_mchid: str
) -> list[Line]:
    """Apply one planted mistake: drop, amount, state, double, stranger, move (to the next day)."""
    number = edit.get("number", "")
    match edit["edit"]:
        case "drop":
            return [line for line in found if line.number != number]
        case "amount":
            return [
                replace(line, amount=line.amount + int(edit["by"])) if line.number == number else line for line in found
            ]
        case "state":
            return [replace(line, state=edit["state"]) if line.number == number else line for line in found]
        case "double":
            return found + [line for line in found if line.number == number]
        case "move":
            moved = [line for line in _true(world, gateway, sub_mchid) if line.number == number]
            kept = [line for line in found if line.number != number]
            here = [replace(line, at=line.at + timedelta(days=1)) for line in moved]
            return kept + [line for line in here if line.at.date() == day]
        case "stranger" if edit["day"] == day.isoformat():
            at = datetime.fromisoformat(f"{edit['day']}T12:00:00+08:00")
            refund = edit.get("kind") == "refund"
            of = edit.get("of", number)
            line = Line(refund, number, f"S{number}", of, f"S{of}", int(edit["amount"]), at, "SUCCESS", "", "x", "")
            return [*found, replace(line, sub_mchid=sub_mchid)]
    return found


@dataclass(frozen=True)
class Flow:
    """One movement on the merchant's account; `what` is trade, refund, fee or payout; the amount has its sign."""

    what: str
    line: Line | None
    flow: str
    amount: int
    balance: int
    at: datetime


def flows(world: World, gateway: str, day: date, *, sub_mchid: str = "") -> list[Flow]:
    """The day's movements. What the account held in the evening goes to the merchant's bank the next morning at two."""
    days = sorted({line.at.date() for line in _true(world, gateway, sub_mchid)} | {day})
    balance, moved = 0, list[Flow]()
    for each in (days[0] + timedelta(days=index) for index in range((day - days[0]).days + 1)):
        moved = []
        if balance > 0:
            at = datetime.combine(each, time(2), tzinfo=BEIJING)
            moved.append(Flow("payout", None, f"W{gateway[:1].upper()}{each:%Y%m%d}", -balance, 0, at))
            balance = 0
        for line in lines(world, gateway, each, sub_mchid=sub_mchid):
            if line.state != "SUCCESS":
                continue
            for what, amount in (("refund" if line.refund else "trade", line.amount), ("fee", line.fee)):
                change = amount if what == "trade" else -amount
                if change:
                    balance += change
                    moved.append(Flow(what, line, f"{what[0].upper()}{line.id}", change, balance, line.at))
    return _spoilt(world, gateway, day, moved)


def _spoilt(world: World, gateway: str, day: date, moved: list[Flow]) -> list[Flow]:
    """The mistakes planted in the fund statement alone: fund_drop (by number), fund_stray (an amount on a day)."""
    for _, edit in world.books.rows("bill_edits"):
        if edit["gateway"] != gateway:
            continue
        if edit["edit"] == "fund_drop":
            moved = [flow for flow in moved if flow.line is None or flow.line.number != edit["number"]]
        elif edit["edit"] == "fund_stray" and edit["day"] == day.isoformat():
            at = datetime.combine(day, time(23, 59), tzinfo=BEIJING)
            moved = [*moved, Flow("stray", None, f"X{edit['number']}", int(edit["amount"]), 0, at)]
    balance = moved[0].balance - moved[0].amount if moved else 0
    chained = []
    for flow in moved:
        balance += flow.amount
        chained.append(replace(flow, balance=balance))
    return chained
