"""Alipay behind the Gateway protocol.

Sources: Alipay open platform, the alipay.eco.mycar.parking.* and alipay.trade.* interfaces and the asynchronous
notification. A debit here is synchronous: its answer is its end, and when that is lost the trade query tells.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

from payments.gateways.alipay import funds, notices, ordering, parking, refunds, statements
from payments.gateways.alipay.channel import Channel
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
    RefundOrder,
    Refused,
    Started,
    Statement,
    Unknown,
    UserPayment,
    Way,
)
from payments.gateways.funds import FundFlow
from payments.wire import Secret, Wire


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
        self.lot = parking.Lot(seller_id=seller_id, parking_id=parking_id, out_parking_id=out_parking_id)
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
        """The plate's agreement; `payer` is not needed."""
        return parking.find(self.channel, self.lot, plate=plate, plate_color=plate_color)

    def enter(self, entry: Entry) -> Entered | Refused | Unknown | NotSent:
        """Tell of the arrival; see parking.enter."""
        return parking.enter(self.channel, self.lot, entry)

    def leave(self, leaving: Leaving) -> Outcome:
        """Tell of the departure."""
        return parking.leave(self.channel, self.lot, leaving)

    def debit(self, debit: Debit) -> Outcome:
        """Take the fee; see parking.debit."""
        return parking.debit(self.channel, self.lot, debit, notify_url=self.notify_url)

    # --- by hand ----------------------------------------------------------------------------------------------------

    def open_payment(self, payment: UserPayment) -> Started | Refused | Unknown | NotSent:
        """Open a trade; see ordering.place."""
        return ordering.place(self.channel, payment, seller_id=self.lot.seller_id, notify_url=self.notify_url)

    def close(self, number: str) -> Found:
        """Close an unpaid trade; one that was paid meanwhile comes back as what it is."""
        return ordering.close(self.channel, number)

    def query(self, number: str, *, contactless: bool) -> Found:
        """What became of a trade; debits and payments by hand are asked for at the same door."""
        return ordering.query(self.channel, number)

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
                gateway=self.code, fields=fields, app_id=self.channel.app_id, seller_id=self.lot.seller_id, heard_at=now
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
