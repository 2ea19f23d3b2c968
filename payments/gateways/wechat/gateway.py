"""WeChat Pay v3 behind the Gateway protocol.

Sources: WeChat Pay's documents of 微信支付分停车服务, JSAPI/Native/H5 下单, 退款 and 账单. The rules that bite: a plate
has one live entry, an entry is debited once, and only an accepted debit is WeChat's affair.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from payments.gateways.base import (
    Absent,
    Answer,
    BadNotification,
    BankCard,
    Debit,
    Entered,
    Entry,
    Fact,
    Found,
    Leaving,
    Mandate,
    NoStatement,
    NotSent,
    Outcome,
    RefundOrder,
    Refused,
    Started,
    State,
    Statement,
    Succeeded,
    Unknown,
    UserPayment,
    Way,
    resolved,
)
from payments.gateways.funds import FundFlow
from payments.gateways.wechat import funds, notices, ordering, statements, words
from payments.gateways.wechat.channel import Channel, Good, utc_now
from payments.wire import Secret, Wire, moments

PARKING = "/v3/vehicle"
REFUNDS = "/v3/refund/domestic/refunds"


class WeChatPay:
    """One merchant at WeChat Pay.

    Options: `mchid`, `appid`, `notify_url` (https, without a query); the merchant's `private_key` and
    `certificate_serial` or `certificate`; `api_v3_key`; `public_key_id` and `public_key`, or neither for the older
    certificate mode. `other_public_key_files` (by id or serial) are believed too, while a key or a mode is exchanged.
    Every key may be given as `<name>_file`. `host` and `standby_host`; timeouts in seconds.
    Only merchants of their own (直连), not service providers.
    """

    desk_way = Way.NATIVE
    single_entry = True

    def __init__(
        self,
        *,
        mchid: str,
        appid: str,
        notify_url: str,
        code: str = "wechat",
        private_key: str = "",
        private_key_file: str = "",
        certificate: str = "",
        certificate_file: str = "",
        certificate_serial: str = "",
        api_v3_key: str = "",
        api_v3_key_file: str = "",
        public_key: str = "",
        public_key_file: str = "",
        public_key_id: str = "",
        other_public_key_files: Mapping[str, str] | None = None,
        host: str = "https://api.mch.weixin.qq.com",
        standby_host: str = "",
        proxy: str = "",
        connect_timeout: float = 3.0,
        read_timeout: float = 8.0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.code = code
        self.appid = appid
        self.mchid = mchid
        self.notify_url = notify_url
        hosts = [host, standby_host] if standby_host else [host]
        self._clock = clock
        self.channel = Channel(
            mchid=mchid,
            private_key=Secret(text=private_key, file=private_key_file, name="merchant key"),
            certificate=Secret(text=certificate, file=certificate_file, name="merchant certificate"),
            certificate_serial=certificate_serial,
            api_v3_key=Secret(text=api_v3_key, file=api_v3_key_file, name="API v3 key"),
            public_key=Secret(text=public_key, file=public_key_file, name="WeChat Pay public key"),
            public_key_id=public_key_id,
            other_public_keys={
                serial: Secret(file=file, name="WeChat Pay public key")
                for serial, file in (other_public_key_files or {}).items()
            },
            wires=tuple(
                Wire(host=one, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy) for one in hosts
            ),
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<WeChatPay {self.code} {self.mchid}>"

    # --- contactless ------------------------------------------------------------------------------------------------

    def find(self, *, plate: str, plate_color: str, payer: str = "") -> Mandate:
        """WeChat tells it for a driver it knows (`payer` is the openid); without one only `enter` can say."""
        if not payer:
            return Mandate(state=State.UNKNOWN, detail="no openid")
        answer = self.channel.call(
            "GET",
            f"{PARKING}/parking/services/find",
            params={
                "appid": self.appid,
                "plate_number": plate,
                "plate_color": words.plate_color(plate_color),
                "openid": payer,
            },
        )
        if isinstance(answer, Good):
            return words.mandate(answer.data)
        return Mandate(state=State.UNKNOWN, detail=_why(answer))

    def enter(self, entry: Entry) -> Entered | Refused | Unknown | NotSent:
        """Register the arrival. It kills any earlier entry of the plate: debit that one first."""
        answer = self.channel.call(
            "POST",
            f"{PARKING}/parking/parkings",
            body={
                "out_parking_no": entry.number,
                "plate_number": entry.plate,
                "plate_color": words.plate_color(entry.plate_color),
                "notify_url": self.notify_url,
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

    def leave(self, leaving: Leaving) -> Outcome:
        """WeChat learns of the departure by the debit alone."""
        return Succeeded(reference=leaving.entry, at=leaving.to_at, paid_fen=0)

    def debit(self, debit: Debit) -> Outcome:
        """Ask for the fee. Pending means accepted: from then on it is WeChat's affair to get the money."""
        seconds = int((debit.to_at - debit.from_at).total_seconds())
        answer = self.channel.call(
            "POST",
            f"{PARKING}/transactions/parking",
            body={
                "appid": self.appid,
                "description": debit.description[:128],
                "out_trade_no": debit.number,
                "trade_scene": "PARKING",
                "notify_url": self.notify_url,
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
            return _outcome(words.transaction(answer.data, number=debit.number))
        if isinstance(answer, Refused) and answer.code == "INVALID_REQUEST":
            # The words for "already accepted" and for "doesn't fit the entry" are the same: only a query tells.
            return resolved(answer, self.query(debit.number, contactless=True))
        return answer

    # --- by hand ----------------------------------------------------------------------------------------------------

    def open_payment(self, payment: UserPayment) -> Started | Refused | Unknown | NotSent:
        """Place the order: JSAPI and mini-program (`params` for the app's call), native (a code), H5 (a page)."""
        return ordering.place(self.channel, payment, appid=self.appid, notify_url=self.notify_url, now=self._clock())

    def close(self, number: str) -> Found:
        """Close an unpaid order; one that was paid meanwhile comes back as what it is."""
        answer = self.channel.call("POST", f"{ordering.ORDERS}/out-trade-no/{number}/close", body={"mchid": self.mchid})
        if isinstance(answer, Good):
            return Refused(code="CLOSED", message="")
        if isinstance(answer, Refused) and answer.code in ("ORDERPAID", "ORDER_PAID", "INVALID_REQUEST"):
            return self.query(number, contactless=False)
        return words.absent(answer) if isinstance(answer, Refused) else answer

    def query(self, number: str, *, contactless: bool) -> Found:
        """What became of a debit or of an order."""
        if contactless:
            answer = self.channel.call("GET", f"{PARKING}/transactions/out-trade-no/{number}")
        else:
            answer = self.channel.call("GET", f"{ordering.ORDERS}/out-trade-no/{number}", params={"mchid": self.mchid})
        if isinstance(answer, Good):
            if self.stranger(answer.data):
                return Unknown(detail="the answer speaks of another merchant")
            return words.transaction(answer.data, number=number)
        return words.absent(answer) if isinstance(answer, Refused) else answer

    # --- refunds ----------------------------------------------------------------------------------------------------

    def refund(self, order: RefundOrder) -> Outcome:
        """Ask for the refund. A first answer is at most Pending: a notification or a query tells the end."""
        body: dict[str, Any] = {
            "out_refund_no": order.number,
            "reason": order.reason[:80],
            "notify_url": self.notify_url,
            "amount": {"refund": order.amount_fen, "total": order.total_fen, "currency": "CNY"},
        }
        if order.payment_reference:
            body["transaction_id"] = order.payment_reference
        else:
            body["out_trade_no"] = order.payment_number
        answer = self.channel.call("POST", REFUNDS, body=body)
        if isinstance(answer, Good):
            return _outcome(words.refund(answer.data, number=order.number, state_field="status"))
        return answer

    def query_refund(self, order: RefundOrder) -> Found:
        """What became of the refund."""
        answer = self.channel.call("GET", f"{REFUNDS}/{quote(order.number, safe='')}")
        if isinstance(answer, Good):
            return words.refund(answer.data, number=order.number, state_field="status")
        return words.absent(answer) if isinstance(answer, Refused) else answer

    def mend_refund(self, order: RefundOrder, *, reference: str, card: BankCard) -> Outcome:
        """发起异常退款 to the driver's card; number and holder are sealed with WeChat's public key."""
        try:
            body = {
                "out_refund_no": order.number,
                "type": "USER_BANK_CARD",
                "bank_type": card.bank,
                "bank_account": self.channel.seal(card.number),
                "real_name": self.channel.seal(card.holder),
            }
        except (OSError, ValueError) as error:
            return NotSent(detail=f"credentials: {type(error).__name__}")
        path = f"{REFUNDS}/{quote(reference, safe='')}/apply-abnormal-refund"
        answer = self.channel.call("POST", path, body=body)
        if isinstance(answer, Good):
            return _outcome(words.refund(answer.data, number=order.number, state_field="status"))
        return answer

    # --- what WeChat tells ------------------------------------------------------------------------------------------

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Fact]:
        """Verify first, unseal then, read last. Raises BadSignature or BadNotification."""
        self.channel.verify(headers=headers, body=body, now=now)
        try:
            envelope = _object(json.loads(body))
            content = _object(json.loads(self.channel.unseal(_object(envelope.get("resource")))))
        except (OSError, ValueError) as error:
            raise BadNotification(f"the envelope can't be opened: {type(error).__name__}") from error
        return notices.facts(
            gateway=self.code, envelope=envelope, content=content, stranger=self.stranger(content), heard_at=now
        )

    def stranger(self, content: Mapping[str, Any]) -> str:
        """Why the content isn't about this merchant and application, in words; empty when it is."""
        merchant = content.get("mchid", content.get("sp_mchid", self.mchid))
        if merchant != self.mchid:
            return f"merchant {merchant}"
        if content.get("appid", self.appid) != self.appid:
            return f"application {content.get('appid')}"
        currency = content["amount"].get("currency", "CNY") if isinstance(content.get("amount"), dict) else "CNY"
        return "" if currency == "CNY" else f"currency {currency}"

    def notification_answer(self, *, ok: bool, message: str = "") -> Answer:
        """204 and silence, or a 500 that brings it again."""
        if ok:
            return Answer(status=204, content_type="application/json", body=b"")
        body = json.dumps({"code": "FAIL", "message": message[:64] or "FAIL"}, ensure_ascii=False).encode()
        return Answer(status=500, content_type="application/json", body=body)

    # --- statements -------------------------------------------------------------------------------------------------

    def statement(self, day: date) -> Statement | NoStatement | Unknown | NotSent:
        """The trade statement of a day: ready from about 10:30 of the next, kept three months."""
        return statements.fetch(self.channel, day=day)

    def funds(self, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
        """What moved on the basic account on a day; ready when the trade statement is."""
        return funds.fetch(self.channel, day=day)

    @property
    def drift_s(self) -> float | None:
        """How far our clock was ahead of WeChat's at the last answer; None before the first."""
        return self.channel.drift_s


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _outcome(found: Found) -> Outcome:
    # A call's own answer can't say "no such number": if it does, it wasn't an answer to this call.
    return Unknown(detail=found.detail) if isinstance(found, Absent) else found


def _why(answer: Refused | Unknown | NotSent) -> str:
    return answer.code if isinstance(answer, Refused) else answer.detail
