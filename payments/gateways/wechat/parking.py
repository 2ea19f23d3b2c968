"""微信支付分停车服务: is there an agreement, a vehicle has come, take the fee, what became of it."""

from payments.gateways.base import (
    Absent,
    Debit,
    Entered,
    Entry,
    Found,
    Mandate,
    NotSent,
    Outcome,
    Refused,
    State,
    Unknown,
    resolved,
)
from payments.gateways.wechat import words
from payments.gateways.wechat.channel import Channel, Good
from payments.gateways.wechat.merchant import Merchant
from payments.wire import moments

PARKING = "/v3/vehicle"


def find(channel: Channel, merchant: Merchant, *, plate: str, plate_color: str, payer: str) -> Mandate:
    """WeChat tells it for a driver it knows (`payer` is the openid); without one only `enter` can say."""
    if not payer:
        return Mandate(state=State.UNKNOWN, detail="no openid")
    answer = channel.call(
        "GET",
        f"{PARKING}/parking/services/find",
        params={
            "appid": merchant.appid,
            "plate_number": plate,
            "plate_color": words.plate_color(plate_color),
            "openid": payer,
            **merchant.sub,
        },
    )
    if isinstance(answer, Good):
        return words.mandate(answer.data)
    return Mandate(state=State.UNKNOWN, detail=answer.code if isinstance(answer, Refused) else answer.detail)


def enter(
    channel: Channel, merchant: Merchant, entry: Entry, *, notify_url: str
) -> Entered | Refused | Unknown | NotSent:
    """Register the arrival. It kills any earlier entry of the plate: debit that one first."""
    answer = channel.call(
        "POST",
        f"{PARKING}/parking/parkings",
        body={
            **merchant.sub,
            "out_parking_no": entry.number,
            "plate_number": entry.plate,
            "plate_color": words.plate_color(entry.plate_color),
            "notify_url": notify_url,
            "start_time": moments.rfc3339(entry.from_at),
            "parking_name": entry.place,
            "free_duration": entry.free_seconds,
        },
    )
    if not isinstance(answer, Good):
        return answer
    if not answer.data.get("id"):
        return Unknown(detail="an entry without an id")
    blocked = answer.data.get("state") != "NORMAL"
    return Entered(
        reference=str(answer.data["id"]),
        state=State.BLOCKED if blocked else State.NORMAL,
        reason=str(answer.data.get("block_reason", "")) if blocked else "",
        evidence=answer.data,
    )


def debit(channel: Channel, merchant: Merchant, debit: Debit, *, notify_url: str) -> Outcome:
    """Ask for the fee. Pending means accepted: from then on it is WeChat's affair to get the money."""
    seconds = int((debit.to_at - debit.from_at).total_seconds())
    answer = channel.call(
        "POST",
        f"{PARKING}/transactions/parking",
        body={
            **merchant.debiting,
            "description": debit.description[:128],
            "out_trade_no": debit.number,
            "trade_scene": "PARKING",
            "notify_url": notify_url,
            "profit_sharing": "N",
            "amount": {"total": debit.amount_fen, "currency": "CNY"},
            "parking_info": {
                "parking_id": debit.entry,
                "plate_number": debit.plate,
                "plate_color": words.plate_color(debit.plate_color),
                "start_time": moments.rfc3339(debit.from_at),
                "end_time": moments.rfc3339(debit.to_at),
                "parking_name": debit.place,
                "charging_duration": seconds if debit.charging_seconds is None else debit.charging_seconds,
                "device_id": debit.spot,
            },
        },
    )
    if isinstance(answer, Good):
        found = words.transaction(answer.data, number=debit.number)
        return Unknown(detail=found.detail) if isinstance(found, Absent) else found
    if isinstance(answer, Refused) and answer.code == "INVALID_REQUEST":
        # The words for "already accepted" and for "doesn't fit the entry" are the same: only a query tells.
        return resolved(answer, query(channel, merchant, debit.number))
    return answer


def query(channel: Channel, merchant: Merchant, number: str) -> Found:
    """What became of a debit."""
    answer = channel.call("GET", f"{PARKING}/transactions/out-trade-no/{number}", params=merchant.sub or None)
    return words.asked(answer.data, number, merchant) if isinstance(answer, Good) else words.absent(answer)
