"""财政电子票据 through the Bosssoft envelope behind the Issuer protocol.

The envelope is the same in all provinces that use it; names of the services and of inner fields differ, so the names
are options. Source: interface documents of live integrations; the operator's province hands out its own.
"""

import base64
import hashlib
import json
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from payments.domain import money
from payments.issuers.base import (
    Credit,
    InvoiceOrder,
    Issued,
    Login,
    Missing,
    NotSent,
    Outcome,
    RedOrder,
    RedOutcome,
    RedReason,
    Refused,
    Regime,
    Reversed,
    TitleKind,
    Unknown,
)
from payments.wire import Reply, Secret, Wire, moments

log = logging.getLogger(__name__)

DUPLICATE = frozenset({"E0008", "E0006"})
NOT_FOUND = frozenset({"E0010"})
NO_STOCK = frozenset({"E0020"})
# About our own key or clock, not about the receipt.
ABOUT_US = frozenset({"E0001"})
REASONS = {
    RedReason.MISTAKE: "开票有误",
    RedReason.RETURNED: "退费",
    RedReason.STOPPED: "服务中止",
    RedReason.DISCOUNT: "减免",
}


@dataclass(frozen=True, slots=True)
class _Good:
    message: dict[str, Any] = field(repr=False)


def signature(*, app_id: str, data: str, noise: str, key: str, version: str) -> str:
    """The envelope's MD5 in upper-case hex, as the platform demands; TLS is what keeps it from being forged."""
    text = f"appid={app_id}&data={data}&noise={noise}&key={key}&version={version}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


class FiscalReceipts:
    """One issuing unit (开票单位).

    Options: `app_id`, `key` (or `key_file`), `place_code` (开票点), `item_code` and `item_name` (the charge item of
    the fiscal catalogue), `host`; `paths` maps issue, query and reverse to the province's service names.
    """

    regime = Regime.FISCAL

    def __init__(
        self,
        *,
        app_id: str,
        place_code: str,
        item_code: str,
        host: str,
        code: str = "fiscal",
        item_name: str = "城市道路占用停车费",
        key: str = "",
        key_file: str = "",
        paths: Mapping[str, str] | None = None,
        proxy: str = "",
        connect_timeout: float = 3.0,
        read_timeout: float = 20.0,
    ) -> None:
        self.code = code
        self._app_id = app_id
        self._place_code = place_code
        self._item = (item_code, item_name)
        self._key = Secret(text=key, file=key_file, name="fiscal key")
        self._paths = {
            "issue": "/invoiceEBill",
            "query": "/getEBillByBusNo",
            "reverse": "/writeOffEBill",
            **(paths or {}),
        }
        self._wire = Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout, proxy=proxy)

    def __repr__(self) -> str:
        return f"<FiscalReceipts {self.code}>"

    def issue(self, order: InvoiceOrder) -> Outcome:
        """Issue a receipt; the answer is the end of it. A receipt that exists already is asked for."""
        answer = self._call("issue", self._content(order))
        if isinstance(answer, _Good):
            return self._issued(answer.message, gross_fen=order.gross_fen)
        if isinstance(answer, Refused) and answer.code in DUPLICATE:
            return self.query(order.serial)
        return answer

    def query(self, serial: str) -> Outcome:
        """What became of it."""
        answer = self._call("query", {"busNo": serial, "placeCode": self._place_code})
        if isinstance(answer, _Good):
            return self._issued(answer.message, gross_fen=None)
        if isinstance(answer, Refused) and answer.code in NOT_FOUND:
            return Missing(detail=answer.message)
        return _unanswered(answer) if isinstance(answer, Refused) else answer

    def reverse(self, order: RedOrder) -> RedOutcome:
        """Write a receipt off with a red one; nobody has to agree."""
        answer = self._call(
            "reverse",
            {
                "busNo": order.serial,
                "billBatchCode": order.blue_code,
                "billNo": order.blue_number,
                "reason": REASONS[order.reason],
                "operator": order.seller.clerk,
                "busDateTime": _stamp(order.at),
                "placeCode": self._place_code,
            },
        )
        if isinstance(answer, Refused) and answer.code in DUPLICATE:
            return self.query_reversal(order)
        return _reversed(answer)

    def query_reversal(self, order: RedOrder) -> RedOutcome:
        """What became of the write-off: the receipt's own record names its red one."""
        answer = self._call("query", {"busNo": order.blue_serial, "placeCode": self._place_code})
        if isinstance(answer, _Good) and not answer.message.get("scarletBillNo"):
            return Missing(detail="the receipt isn't written off")
        return _unanswered(answer) if isinstance(answer, Refused) else _reversed(answer)

    def download(self, address: str) -> bytes | Unknown | NotSent:
        """A file of an issued receipt, untouched."""
        reply = self._wire.send("GET", address, headers={"User-Agent": "OpenBerth/1"})
        if not isinstance(reply, Reply):
            return reply
        return reply.body if reply.status == 200 and reply.body else Unknown(detail=f"HTTP {reply.status} for a file")

    def login(self) -> Login | Unknown | NotSent:
        """The platform has no logins: a key is enough."""
        return Login(holds=True)

    def credit(self) -> Credit | Unknown | NotSent | None:
        """Receipts have a stock of numbers, no credit."""
        return None

    def _content(self, order: InvoiceOrder) -> dict[str, Any]:
        item_code, item_name = self._item
        total = money.yuan(order.gross_fen)
        plates = "、".join(order.lease.plates) if order.lease else ""
        return {
            "busNo": order.serial,
            "busType": "02",
            "payer": order.title.name,
            "payerType": "2" if order.title.kind is TitleKind.COMPANY else "1",
            "payerCode": order.title.tax_number,
            "busDateTime": _stamp(order.at),
            "placeCode": self._place_code,
            "payee": order.seller.clerk,
            "author": order.seller.clerk,
            "checker": order.seller.clerk,
            "totalAmt": total,
            "remark": order.remark[:200],
            "tel": order.phone,
            "email": order.email,
            "carNo": plates,
            "payChannelDetail": [{"payChannelCode": "99", "payChannelValue": total}],
            "chargeDetail": [
                {
                    "sortNo": index,
                    "chargeCode": item_code,
                    "chargeName": item_name,
                    "unit": "次",
                    "std": money.yuan(line.gross_fen),
                    "number": 1,
                    "amt": money.yuan(line.gross_fen),
                    "selfAmt": money.yuan(line.gross_fen),
                }
                for index, line in enumerate(order.lines, start=1)
            ],
        }

    def _call(self, service: str, content: Mapping[str, Any]) -> _Good | Refused | Unknown | NotSent:
        data = base64.b64encode(json.dumps(content, ensure_ascii=False).encode()).decode()
        noise = secrets.token_hex(16)
        try:
            key = self._key.text
        except (OSError, ValueError) as error:
            return NotSent(detail=f"credentials: {type(error).__name__}")
        envelope = {
            "appid": self._app_id,
            "data": data,
            "noise": noise,
            "version": "1.0",
            "sign": signature(app_id=self._app_id, data=data, noise=noise, key=key, version="1.0"),
        }
        reply = self._wire.send(
            "POST",
            self._paths[service],
            headers={"Content-Type": "application/json; charset=utf-8"},
            content=json.dumps(envelope).encode(),
        )
        if not isinstance(reply, Reply):
            return reply
        if reply.status != 200:
            return Unknown(detail=f"HTTP {reply.status} from {service}")
        return self._read(service, reply.body, key)

    def _read(self, service: str, body: bytes, key: str) -> _Good | Refused | Unknown:
        try:
            envelope = json.loads(body)
            expected = signature(
                app_id=self._app_id, data=envelope["data"], noise=envelope["noise"], key=key, version="1.0"
            )
            if not secrets.compare_digest(expected, str(envelope["sign"])):
                return Unknown(detail=f"{service}: the answer's signature doesn't fit")
            inner = json.loads(base64.b64decode(envelope["data"]))
            result, message = str(inner["result"]), base64.b64decode(inner["message"]).decode()
            if result == "S0000":
                return _Good(dict(json.loads(message)))
        except (KeyError, TypeError, ValueError):
            return Unknown(detail=f"{service}: unreadable answer")
        log.info("fiscal %s refused: %s", service, result)
        return Refused(code=result, message=message, retryable=result in NO_STOCK | ABOUT_US)

    def _issued(self, message: Mapping[str, Any], *, gross_fen: int | None) -> Outcome:
        try:
            said = message.get("totalAmt")
            amount = money.fen(str(said)) if said is not None else gross_fen
            if amount is None:
                return Unknown(detail="a receipt without its amount")
            return Issued(
                reference=str(message["billNo"]),
                number=str(message["billNo"]),
                code=str(message["billBatchCode"]),
                check_code=str(message["random"]),
                at=_moment(str(message["createTime"])),
                gross_fen=amount,
                files=_files(message),
                evidence=message,
            )
        except (KeyError, ValueError):
            return Unknown(detail="a receipt without its number or time")


def _unanswered(refused: Refused) -> Unknown:
    """A query that was refused says nothing about the receipt."""
    return Unknown(detail=f"the query was refused: {refused.code}")


def _reversed(answer: _Good | Refused | Unknown | NotSent) -> RedOutcome:
    if not isinstance(answer, _Good):
        return answer
    message = answer.message
    try:
        return Reversed(
            reference=str(message["scarletBillNo"]),
            number=str(message["scarletBillNo"]),
            code=str(message["scarletBillBatchCode"]),
            check_code=str(message.get("scarletRandom", "")),
            at=_moment(str(message["scarletCreateTime"])),
            files=_files(message, prefix="scarlet"),
            evidence=message,
        )
    except (KeyError, ValueError):
        return Unknown(detail="a red receipt without its number or time")


def _files(message: Mapping[str, Any], *, prefix: str = "") -> dict[str, str]:
    kinds = ("picture", "pdf", "ofd", "xml")
    names = {kind: f"{prefix}{kind.title()}Url" if prefix else f"{kind}Url" for kind in kinds}
    return {kind: str(message[name]) for kind, name in names.items() if message.get(name)}


def _stamp(at: datetime) -> str:
    local = at.astimezone(moments.BEIJING)
    return f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}"


def _moment(text: str) -> datetime:
    return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=moments.BEIJING)
