"""The parking door (alipay.eco.mycar.parking.*): agreements, arrivals, departures, debits.

A debit here is synchronous: its answer is its end, and when that is lost the trade query tells.
"""

from dataclasses import dataclass

from payments.domain import money
from payments.gateways.alipay import ordering, words
from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import (
    Debit,
    Entered,
    Entry,
    Leaving,
    Mandate,
    NotSent,
    Outcome,
    Pending,
    Refused,
    State,
    Succeeded,
    Unknown,
    resolved,
)
from payments.wire import moments

PARKING = "alipay.eco.mycar.parking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Whose money it is, and our kerb as Alipay and as we number it."""

    seller_id: str
    parking_id: str
    out_parking_id: str


def find(channel: Channel, lot: Lot, *, plate: str, plate_color: str) -> Mandate:
    """Alipay tells it by the plate alone."""
    answer = channel.call(
        f"{PARKING}.agreement.query",
        {
            "car_number": plate,
            "plate_color": words.plate_color(plate_color),
            "parking_id": lot.parking_id,
            "ver": "v2.1",
        },
    )
    if isinstance(answer, Good):
        return words.mandate(answer.data)
    return Mandate(state=State.UNKNOWN, detail=_why(answer))


def enter(channel: Channel, lot: Lot, entry: Entry) -> Entered | Refused | Unknown | NotSent:
    """Tell of the arrival; several entries of a plate may live at once."""
    answer = channel.call(
        f"{PARKING}.enterinfo.sync",
        {
            "parking_id": lot.parking_id,
            "car_number": entry.plate,
            "car_color": words.plate_color(entry.plate_color),
            "in_time": moments.beijing(entry.from_at),
            "out_serial_no": entry.number,
            "space_number": entry.spot,
            "free_minutes": str(entry.free_seconds // 60),
            "agreement_query": "true",
        },
    )
    if isinstance(answer, Pending):
        return Unknown(detail="an entry can't be pending")
    if not isinstance(answer, Good):
        return answer
    if not answer.data.get("serial_no"):
        return Unknown(detail="an entry without a number")
    state, reason = words.agreement(answer.data)
    return Entered(
        reference=str(answer.data["serial_no"]),
        state=State.NORMAL if state is State.NORMAL else State.BLOCKED,
        reason=reason,
        evidence=answer.data,
    )


def leave(channel: Channel, lot: Lot, leaving: Leaving) -> Outcome:
    """Tell of the departure."""
    answer = channel.call(
        f"{PARKING}.exitinfo.sync",
        {
            "car_number": leaving.plate,
            "car_color": words.plate_color(leaving.plate_color),
            "out_time": moments.beijing(leaving.to_at),
            "parking_id": lot.parking_id,
            "serial_no": leaving.entry,
            "out_serial_no": leaving.entry_number,
            "space_number": leaving.spot,
            "order_amount": money.yuan(leaving.amount_fen),
            "discount_amount": "0.00",
            "actual_amount": money.yuan(leaving.amount_fen),
        },
    )
    if not isinstance(answer, Good):
        return answer
    return Succeeded(reference=leaving.entry, at=leaving.to_at, paid_fen=0, evidence=answer.data)


def debit(channel: Channel, lot: Lot, debit: Debit, *, notify_url: str) -> Outcome:
    """Take the fee, leave-then-pay. Succeeded at once, or asked after when the answer says it was made before."""
    seconds = int((debit.to_at - debit.from_at).total_seconds())
    charging = seconds if debit.charging_seconds is None else debit.charging_seconds
    answer = channel.call(
        f"{PARKING}.order.pay",
        {
            "car_number": debit.plate,
            "car_number_color": words.plate_color(debit.plate_color),
            "out_trade_no": debit.number,
            "subject": debit.description[:128],
            "total_fee": money.yuan(debit.amount_fen),
            "seller_id": lot.seller_id,
            "parking_id": lot.parking_id,
            "out_parking_id": lot.out_parking_id,
            "in_time": moments.beijing(debit.from_at),
            "out_time": moments.beijing(debit.to_at),
            "in_duration": str(-(-seconds // 60)),
            "billing_duration": str(-(-charging // 60)),
            "serial_no": debit.entry,
            "pay_scene": "PLATE_PAY",
            "pay_version": "3.0",
            "after_pay_order": "true",
            "body": debit.place,
        },
        notify_url=notify_url,
    )
    if isinstance(answer, Good):
        if answer.data.get("out_trade_no") != debit.number:
            return Unknown(detail="the answer speaks of another order")
        reference = str(answer.data.get("trade_no", ""))
        return words.paid(answer.data, reference=reference, at_field="gmt_payment", amount_field="total_fee")
    if isinstance(answer, Refused) and answer.code in words.ALREADY_CODES:
        return resolved(answer, ordering.query(channel, debit.number))
    return answer


def _why(answer: Pending | Refused | Unknown | NotSent) -> str:
    match answer:
        case Refused():
            return answer.code
        case Pending():
            return "pending"
        case _:
            return answer.detail
