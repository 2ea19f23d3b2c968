"""WeChat Pay v3 behind the Gateway protocol.

Sources: WeChat Pay's documents of 微信支付分停车服务, JSAPI/Native/H5 下单, 退款 and 账单. The rules that bite: a plate
has one live entry, an entry is debited once, and only an accepted debit is WeChat's affair.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from payments.gateways.base import (
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
    Statement,
    Succeeded,
    Unknown,
    UserPayment,
    Way,
)
from payments.gateways.funds import FundFlow
from payments.gateways.wechat import funds, notices, ordering, parking, refunds, statements
from payments.gateways.wechat.channel import Channel, utc_now
from payments.gateways.wechat.merchant import Merchant
from payments.wire import Secret, Wire


class WeChatPay:
    """One merchant at WeChat Pay, of its own or served by a service provider.

    Options: `mchid`, `appid`, `notify_url` (https, without a query); the merchant's `private_key` and
    `certificate_serial` or `certificate`; `api_v3_key`; `public_key_id` and `public_key`, or neither for the older
    certificate mode. `other_public_key_files` (by id or serial) are believed too, while a key or a mode is exchanged.
    Every key may be given as `<name>_file`. `host` and `standby_host`; timeouts in seconds.
    With `sub_mchid` (and, where the driver pays in it, `sub_appid`) `mchid`, `appid` and the keys are a service
    provider's (服务商), and all is asked for in the sub-merchant's name: its orders, refunds and statements only.
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
        sub_mchid: str = "",
        sub_appid: str = "",
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
        self.merchant = Merchant(mchid=mchid, appid=appid, sub_mchid=sub_mchid, sub_appid=sub_appid)
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
        return f"<WeChatPay {self.code} {self.merchant.name}>"

    # --- contactless ------------------------------------------------------------------------------------------------

    def find(self, *, plate: str, plate_color: str, payer: str = "") -> Mandate:
        """The plate's agreement; see parking.find."""
        return parking.find(self.channel, self.merchant, plate=plate, plate_color=plate_color, payer=payer)

    def enter(self, entry: Entry) -> Entered | Refused | Unknown | NotSent:
        """Register the arrival; see parking.enter."""
        return parking.enter(self.channel, self.merchant, entry, notify_url=self.notify_url)

    def leave(self, leaving: Leaving) -> Outcome:
        """WeChat learns of the departure by the debit alone."""
        return Succeeded(reference=leaving.entry, at=leaving.to_at, paid_fen=0)

    def debit(self, debit: Debit) -> Outcome:
        """Ask for the fee; see parking.debit."""
        return parking.debit(self.channel, self.merchant, debit, notify_url=self.notify_url)

    # --- by hand ----------------------------------------------------------------------------------------------------

    def open_payment(self, payment: UserPayment) -> Started | Refused | Unknown | NotSent:
        """Place the order: JSAPI and mini-program (`params` for the app's call), native (a code), H5 (a page)."""
        return ordering.place(self.channel, self.merchant, payment, notify_url=self.notify_url, now=self._clock())

    def close(self, number: str) -> Found:
        """Close an unpaid order; one that was paid meanwhile comes back as what it is."""
        return ordering.close(self.channel, self.merchant, number)

    def query(self, number: str, *, contactless: bool) -> Found:
        """What became of a debit or of an order."""
        if contactless:
            return parking.query(self.channel, self.merchant, number)
        return ordering.query(self.channel, self.merchant, number)

    # --- refunds ----------------------------------------------------------------------------------------------------

    def refund(self, order: RefundOrder) -> Outcome:
        """Ask for the refund; see refunds.ask."""
        return refunds.ask(self.channel, self.merchant, order, notify_url=self.notify_url)

    def query_refund(self, order: RefundOrder) -> Found:
        """What became of the refund."""
        return refunds.query(self.channel, self.merchant, order)

    def mend_refund(self, order: RefundOrder, *, reference: str, card: BankCard) -> Outcome:
        """Send a refund whose way back is dead to the driver's card; see refunds.mend."""
        return refunds.mend(self.channel, self.merchant, order, reference=reference, card=card)

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
            gateway=self.code,
            envelope=envelope,
            content=content,
            stranger=self.merchant.stranger(content),
            heard_at=now,
        )

    def notification_answer(self, *, ok: bool, message: str = "") -> Answer:
        """204 and silence, or a 500 that brings it again."""
        if ok:
            return Answer(status=204, content_type="application/json", body=b"")
        body = json.dumps({"code": "FAIL", "message": message[:64] or "FAIL"}, ensure_ascii=False).encode()
        return Answer(status=500, content_type="application/json", body=body)

    # --- statements -------------------------------------------------------------------------------------------------

    def statement(self, day: date) -> Statement | NoStatement | Unknown | NotSent:
        """The trade statement of a day: ready from about 10:30 of the next, kept three months."""
        return statements.fetch(self.channel, self.merchant, day=day)

    def funds(self, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
        """What moved on the basic account on a day; ready when the trade statement is."""
        return funds.fetch(self.channel, self.merchant, day=day)

    @property
    def drift_s(self) -> float | None:
        """How far our clock was ahead of WeChat's at the last answer; None before the first."""
        return self.channel.drift_s


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
