"""Alipay behind the Gateway protocol.

Sources: Alipay open platform, the alipay.eco.mycar.parking.* and alipay.trade.* interfaces and the asynchronous
notification. A debit here is synchronous: its answer is its end, and when that is lost the trade query tells.
"""

import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qsl

from payments.domain import money
from payments.gateways.alipay import funds, notices, refunds, statements, words
from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import (
    Answer,
    BadNotification,
    BadSignature,
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
    Pending,
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
from payments.wire import Secret, Wire, moments

PARKING = "alipay.eco.mycar.parking"


class Alipay:
    """One merchant at Alipay.

    Options: `app_id`, `seller_id` (2088...), `parking_id` (Alipay's number of our roadside lot, see `lots.register`)
    and `out_parking_id` (ours); the application's `private_key` and Alipay's `public_key`, each also as
    `<name>_file` (`other_public_key_file` is believed too, while Alipay's key is exchanged); `host` is the gateway's
    whole address; timeouts in seconds.
    """

    desk_way = Way.WAP
    single_entry = False

    def __init__(
        self,
        *,
        app_id: str,
        seller_id: str,
        parking_id: str,
        out_parking_id: str,
        notify_url: str,
        code: str = "alipay",
        private_key: str = "",
        private_key_file: str = "",
        public_key: str = "",
        public_key_file: str = "",
        other_public_key_file: str = "",
        host: str = "https://openapi.alipay.com/gateway.do",
        proxy: str = "",
        connect_timeout: float = 3.0,
        read_timeout: float = 10.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.code = code
        self.seller_id = seller_id
        self.parking_id = parking_id
        self.out_parking_id = out_parking_id
        self.notify_url = notify_url
        self._clock = clock
        self.channel = Channel(
            app_id=app_id,
            private_key=Secret(text=private_key, file=private_key_file, name="application key"),
            public_keys=(
                Secret(text=public_key, file=public_key_file, name="Alipay public key"),
                Secret(file=other_public_key_file, name="Alipay public key"),
            ),
            wire=Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy),
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<Alipay {self.code} {self.channel.app_id}>"

    # --- contactless ------------------------------------------------------------------------------------------------

    def find(self, *, plate: str, plate_color: str, payer: str = "") -> Mandate:
        """Alipay tells it by the plate alone; `payer` is not needed."""
        answer = self.channel.call(
            f"{PARKING}.agreement.query",
            {
                "car_number": plate,
                "plate_color": words.plate_color(plate_color),
                "parking_id": self.parking_id,
                "ver": "v2.1",
            },
        )
        if isinstance(answer, Good):
            return words.mandate(answer.data)
        return Mandate(state=State.UNKNOWN, detail=_why(answer))

    def enter(self, entry: Entry) -> Entered | Refused | Unknown | NotSent:
        """Tell of the arrival; several entries of a plate may live at once."""
        answer = self.channel.call(
            f"{PARKING}.enterinfo.sync",
            {
                "parking_id": self.parking_id,
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

    def leave(self, leaving: Leaving) -> Outcome:
        """Tell of the departure."""
        answer = self.channel.call(
            f"{PARKING}.exitinfo.sync",
            {
                "car_number": leaving.plate,
                "car_color": words.plate_color(leaving.plate_color),
                "out_time": moments.beijing(leaving.to_at),
                "parking_id": self.parking_id,
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

    def debit(self, debit: Debit) -> Outcome:
        """Take the fee, leave-then-pay. Succeeded at once, or asked after when the answer says it was made before."""
        seconds = int((debit.to_at - debit.from_at).total_seconds())
        charging = seconds if debit.charging_seconds is None else debit.charging_seconds
        answer = self.channel.call(
            f"{PARKING}.order.pay",
            {
                "car_number": debit.plate,
                "car_number_color": words.plate_color(debit.plate_color),
                "out_trade_no": debit.number,
                "subject": debit.description[:128],
                "total_fee": money.yuan(debit.amount_fen),
                "seller_id": self.seller_id,
                "parking_id": self.parking_id,
                "out_parking_id": self.out_parking_id,
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
            notify_url=self.notify_url,
        )
        if isinstance(answer, Good):
            if answer.data.get("out_trade_no") != debit.number:
                return Unknown(detail="the answer speaks of another order")
            reference = str(answer.data.get("trade_no", ""))
            return words.paid(answer.data, reference=reference, at_field="gmt_payment", amount_field="total_fee")
        if isinstance(answer, Refused) and answer.code in words.ALREADY_CODES:
            return resolved(answer, self.query(debit.number, contactless=True))
        return answer

    # --- by hand ----------------------------------------------------------------------------------------------------

    def open_payment(self, payment: UserPayment) -> Started | Refused | Unknown | NotSent:
        """Open a trade: JSAPI (mini-program), a code to scan, or Alipay's page for a phone's browser.

        A code and a page make no trade before the driver opens them: until `expires_at` a query's Absent means
        "not yet", not "never".
        """
        content: dict[str, Any] = {
            "out_trade_no": payment.number,
            "total_amount": money.yuan(payment.amount_fen),
            "subject": payment.description[:256],
            "seller_id": self.seller_id,
            "time_expire": moments.beijing(payment.expires_at),
        }
        if payment.way is Way.WAP:
            content["product_code"] = "QUICK_WAP_WAY"
            if payment.return_url:
                content["quit_url"] = payment.return_url
            try:
                url = self.channel.page(
                    "alipay.trade.wap.pay", content, notify_url=self.notify_url, return_url=payment.return_url
                )
            except (OSError, ValueError, binascii.Error) as error:
                return NotSent(detail=f"credentials: {type(error).__name__}")
            return Started(url=url)
        if payment.way is Way.JSAPI:
            content |= {"product_code": "JSAPI_PAY", "buyer_open_id": payment.payer, "op_app_id": self.channel.app_id}
            answer = self.channel.call("alipay.trade.create", content, notify_url=self.notify_url)
        else:
            answer = self.channel.call("alipay.trade.precreate", content, notify_url=self.notify_url)
        if isinstance(answer, Pending):
            return Unknown(detail="a trade that is being paid before it was opened")
        if not isinstance(answer, Good):
            return answer
        if payment.way is Way.JSAPI:
            return Started(params={"tradeNO": str(answer.data.get("trade_no", ""))}, evidence=answer.data)
        return Started(url=str(answer.data.get("qr_code", "")), evidence=answer.data)

    def close(self, number: str) -> Found:
        """Close an unpaid trade; one that was paid meanwhile comes back as what it is."""
        answer = self.channel.call("alipay.trade.close", {"out_trade_no": number})
        if isinstance(answer, Good):
            return Refused(code="CLOSED", message="", evidence=answer.data)
        if isinstance(answer, Refused) and answer.code in words.ALREADY_CODES:
            return self.query(number, contactless=False)
        return words.absent(answer) if isinstance(answer, Refused) else answer

    def query(self, number: str, *, contactless: bool) -> Found:
        """What became of a trade; debits and payments by hand are asked for at the same door."""
        answer = self.channel.call("alipay.trade.query", {"out_trade_no": number})
        if isinstance(answer, Good):
            return words.trade(answer.data, number=number)
        return words.absent(answer) if isinstance(answer, Refused) else answer

    # --- refunds ----------------------------------------------------------------------------------------------------

    def refund(self, order: RefundOrder) -> Outcome:
        """Send money back. A good answer is the end of it, unless it says that no money moved this time."""
        return refunds.ask(self.channel, order, now=self._clock())

    def query_refund(self, order: RefundOrder) -> Found:
        """What became of the refund. Absent within ten seconds of asking for it means nothing."""
        return refunds.query(self.channel, order, now=self._clock())

    def mend_refund(self, order: RefundOrder, *, reference: str, card: BankCard) -> Outcome:
        """Alipay refunds to the payer's account or not at all."""
        return Refused(code="NOT_OFFERED", message="")

    # --- what Alipay tells ------------------------------------------------------------------------------------------

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Fact]:
        """Verify the form, then read it. Raises BadSignature or BadNotification."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise BadSignature("not a form") from error
        fields = dict(pairs)
        if len(fields) != len(pairs):
            # Two readers could see two different values under one signature.
            raise BadSignature("a field comes twice")
        self.channel.verify_form(fields)
        try:
            return notices.facts(
                gateway=self.code, fields=fields, app_id=self.channel.app_id, seller_id=self.seller_id, heard_at=now
            )
        except (KeyError, ValueError) as error:
            raise BadNotification(f"{type(error).__name__} {error}") from error

    def notification_answer(self, *, ok: bool, message: str = "") -> Answer:
        """The seven bytes Alipay wants to read; anything else brings the notification again."""
        return Answer(status=200, content_type="text/plain", body=b"success" if ok else b"fail")

    # --- statements -------------------------------------------------------------------------------------------------

    def statement(self, day: date) -> Statement | NoStatement | Unknown | NotSent:
        """The trade statement of a day: ready from about nine in the morning of the next."""
        return statements.fetch(self.channel, day=day)

    def funds(self, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
        """What moved on the account on a day; ready when the trade statement is."""
        return funds.fetch(self.channel, day=day)

    @property
    def drift_s(self) -> float | None:
        """How far our clock was ahead of Alipay's at the last answer; None before the first."""
        return self.channel.drift_s


def _why(answer: Pending | Refused | Unknown | NotSent) -> str:
    match answer:
        case Refused():
            return answer.code
        case Pending():
            return "pending"
        case _:
            return answer.detail
