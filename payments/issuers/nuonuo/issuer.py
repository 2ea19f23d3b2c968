"""Nuonuo behind the Issuer protocol.

Source: Nuonuo open platform, 请求开具发票接口(2.0), 开票结果查询, 红字确认单 (申请, 查询), 认证状态, 授信额度.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from payments.issuers.base import (
    Credit,
    InvoiceOrder,
    Login,
    Missing,
    NotSent,
    Outcome,
    RedOrder,
    RedOutcome,
    RedPending,
    Refused,
    Regime,
    Submitted,
    Unknown,
)
from payments.issuers.nuonuo import words
from payments.issuers.nuonuo.channel import Channel, Good
from payments.issuers.nuonuo.tokens import BUDGET, TokenFile
from payments.wire import Secret, Wire

PREFIX = "nuonuo.OpeMplatform."
DUPLICATE = "E9106"
NOT_FOUND = "E9500"


class Nuonuo:
    """One seller at Nuonuo.

    Options: `app_key`, `app_secret` (or `app_secret_file`), `tax_number` (the seller's), `token_file` (where all
    workers share the access token), `host` and `token_host`; timeouts in seconds.
    """

    regime = Regime.VAT

    def __init__(
        self,
        *,
        app_key: str,
        tax_number: str,
        token_file: str,
        code: str = "nuonuo",
        app_secret: str = "",
        app_secret_file: str = "",
        host: str = "https://sdk.nuonuo.com",
        token_host: str = "https://open.nuonuo.com",  # noqa: S107 - an address, not a token
        token_budget: int = BUDGET,
        proxy: str = "",
        connect_timeout: float = 3.0,
        read_timeout: float = 20.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.code = code
        self._channel = Channel(
            app_key=app_key,
            app_secret=Secret(text=app_secret, file=app_secret_file, name="Nuonuo secret"),
            tax_number=tax_number,
            wire=Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy),
            token_wire=Wire(host=token_host, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy),
            tokens=TokenFile(file=Path(token_file), budget=token_budget),
            clock=clock,
        )

    def __repr__(self) -> str:
        return f"<Nuonuo {self.code}>"

    def issue(self, order: InvoiceOrder) -> Outcome:
        """Ask for a blue invoice. "Duplicate" means that it was asked for before: then its state is the answer.

        Raises ValueError for a lease with more than one line, which the bureau's specific factor 06 doesn't allow.
        """
        if order.lease is not None and len(order.lines) != 1:
            raise ValueError("a lease invoice has one line")
        answer = self._channel.call(PREFIX + "requestBillingNew", words.order(order))
        if isinstance(answer, Good):
            result = answer.result if isinstance(answer.result, dict) else {}
            return Submitted(reference=str(result.get("invoiceSerialNum", "")), evidence=result)
        if isinstance(answer, Refused):
            if answer.code == DUPLICATE:
                return self.query(order.serial)
            return answer if answer.retryable else words.failed(answer.code, answer.message, answer.evidence)
        return answer

    def query(self, serial: str) -> Outcome:
        """What became of it. A document whose seal failed is sent to be sealed again on the way."""
        answer = self._channel.call(PREFIX + "queryInvoiceResult", {"orderNos": [serial], "isOfferInvoiceDetail": "0"})
        if isinstance(answer, Refused):
            return Missing(detail=answer.message) if answer.code == NOT_FOUND else _unanswered(answer)
        if not isinstance(answer, Good):
            return answer
        row = _row(answer.result, name="orderNo", value=serial)
        if row is None:
            return Missing(detail="not in the answer")
        if str(row.get("status")) == "24":
            self._channel.call(PREFIX + "reInvoice", {"fpqqlsh": row.get("serialNo", ""), "orderno": serial})
        return words.invoice(row)

    def reverse(self, order: RedOrder) -> RedOutcome:
        """Apply for the red form of the whole invoice; the bureau issues the red invoice itself once it is allowed."""
        answer = self._channel.call(PREFIX + "saveInvoiceRedConfirm", words.red_confirm(order))
        if isinstance(answer, Good):
            return RedPending(state="15", detail="", evidence={"result": answer.result})
        if isinstance(answer, Refused):
            if answer.code == DUPLICATE:
                return self.query_reversal(order)
            return answer if answer.retryable else words.failed(answer.code, answer.message, answer.evidence)
        return answer

    def query_reversal(self, order: RedOrder) -> RedOutcome:
        """What became of the red form."""
        answer = self._channel.call(
            PREFIX + "queryInvoiceRedConfirm",
            {"identity": "0", "billId": order.serial, "pageSize": "10", "pageNo": "1"},
        )
        if isinstance(answer, Refused):
            return Missing(detail=answer.message) if answer.code == NOT_FOUND else _unanswered(answer)
        if not isinstance(answer, Good):
            return answer
        listed = answer.result.get("list") if isinstance(answer.result, dict) else answer.result
        row = _row(listed, name="billId", value=order.serial)
        return words.reversal(row) if row is not None else Missing(detail="not in the answer")

    def download(self, address: str) -> bytes | Unknown | NotSent:
        """A file of an issued invoice, untouched."""
        return self._channel.download(address)

    def login(self) -> Login | Unknown | NotSent:
        """Whether the drawer's login at the e-tax bureau holds."""
        answer = self._channel.call(PREFIX + "getCertificationStatus", {"queryType": "2"})
        if isinstance(answer, Refused):
            return Unknown(detail=answer.message)
        if not isinstance(answer, Good):
            return answer
        result = answer.result if isinstance(answer.result, dict) else {}
        return Login(holds=str(result.get("status")) == "1", detail=str(result.get("message", "")))

    def credit(self) -> Credit | Unknown | NotSent | None:
        """The credit left this month."""
        answer = self._channel.call(PREFIX + "getCreditLine", {})
        if isinstance(answer, Refused):
            return Unknown(detail=answer.message)
        if not isinstance(answer, Good):
            return answer
        try:
            left, total = Decimal(str(answer.result["availableAmount"])), Decimal(str(answer.result["totalAmount"]))
            return Credit(left_fen=int(left * 100), total_fen=int(total * 100))
        except (KeyError, TypeError, ValueError, ArithmeticError):
            return Unknown(detail="an unreadable credit line")


def _unanswered(refused: Refused) -> Unknown:
    """A query that was refused says nothing about the document."""
    return Unknown(detail=f"the query was refused: {refused.code}")


def _row(rows: object, *, name: str, value: str) -> dict[str, Any] | None:
    if not isinstance(rows, list):
        return None
    return next((row for row in rows if isinstance(row, dict) and row.get(name) == value), None)
