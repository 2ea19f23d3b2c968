"""Nuonuo's words in ours, and ours in Nuonuo's."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.domain import money
from payments.issuers.base import (
    InvoiceOrder,
    Issued,
    Lease,
    Outcome,
    RedOrder,
    RedOutcome,
    RedPending,
    RedReason,
    Refused,
    Reversed,
    Submitted,
    TitleKind,
    Unknown,
    WaitingLogin,
)
from payments.wire import moments

# 单位 of the leased area: 2 is 平方米; a street has no area, and the field still wants one.
SQUARE_METRES = "2"
RED_REASONS = {
    RedReason.RETURNED: "1",
    RedReason.MISTAKE: "2",
    RedReason.STOPPED: "3",
    RedReason.DISCOUNT: "4",
}
FILES = {"pdf": "pdfUrl", "ofd": "ofdUrl", "xml": "xmlUrl", "picture": "pictureUrl"}
# The bureau's states of a 红字信息确认单.
RED_ALLOWED = frozenset({"01", "04"})
RED_WAITING = {"02": True, "03": False, "15": False}
LOGIN_WORDS = re.compile("登录|扫码|人脸|实名认证")
CREDIT_WORDS = re.compile("授信额度|额度不足|限额")


def order(invoice: InvoiceOrder) -> dict[str, Any]:
    """The content of requestBillingNew. The item's category prefix is the bureau's to add, so it isn't sent."""
    seller, title = invoice.seller, invoice.title
    content: dict[str, Any] = {
        "buyerName": title.name,
        "buyerTaxNum": title.tax_number if title.kind is TitleKind.COMPANY else "",
        "buyerTel": title.phone,
        "buyerAddress": title.address,
        "buyerAccount": f"{title.bank} {title.account}".strip(),
        "salerTaxNum": seller.tax_number,
        "salerTel": seller.phone,
        "salerAddress": seller.address,
        "salerAccount": f"{seller.bank} {seller.account}".strip(),
        "orderNo": invoice.serial,
        "invoiceDate": moments.beijing(invoice.at),
        "clerk": seller.clerk,
        "remark": invoice.remark[:200],
        "invoiceType": "1",
        "invoiceLine": "bs" if invoice.special else "pc",
        # Delivery is ours: the driver gets a link from us, whichever issuer made the document.
        "pushMode": "-1",
        "buyerPhone": invoice.phone,
        "email": invoice.email,
        "invoiceDetail": [
            {
                "goodsName": line.name,
                "goodsCode": line.code,
                "withTaxFlag": "1",
                "taxRate": f"{line.rate.normalize():f}",
                "taxIncludedAmount": money.yuan(line.gross_fen),
                "taxExcludedAmount": money.yuan(line.net_fen),
                "tax": money.yuan(line.tax_fen),
                "invoiceLineProperty": "0",
                "favouredPolicyFlag": line.policy,
            }
            for line in invoice.lines
        ],
    }
    if invoice.lease is not None:
        content["specificFactor"] = "6"
        content["realPropertyRentInfo"] = lease(invoice.lease)
    return {"order": {name: value for name, value in content.items() if value != ""}}


def lease(rent: Lease) -> dict[str, str]:
    """realPropertyRentInfo; for parking the lease is told to the minute."""
    return {
        "realPropertyAddress": rent.region,
        "detailAddress": rent.address,
        "rentStartDate": moments.beijing(rent.from_at)[:16],
        "rentEndDate": moments.beijing(rent.to_at)[:16],
        "crossCityFlag": "1" if rent.cross_city else "0",
        "realPropertyCertificate": rent.certificate,
        "unit": SQUARE_METRES,
    }


def red_confirm(red: RedOrder) -> dict[str, str]:
    """The content of saveInvoiceRedConfirm for the whole of a blue invoice, asked for by the seller."""
    return {
        "billId": red.serial,
        "blueInvoiceLine": "bs" if red.special else "pc",
        "applySource": "0",
        "blueElecInvoiceNumber": red.blue_number,
        "sellerTaxNo": red.seller.tax_number,
        "sellerName": red.seller.name,
        "buyerTaxNo": red.title.tax_number,
        "buyerName": red.title.name,
        "redReason": RED_REASONS[red.reason],
    }


def invoice(found: Mapping[str, Any]) -> Outcome:
    """The outcome that one row of queryInvoiceResult states."""
    status, reference = str(found.get("status", "")), str(found.get("serialNo", ""))
    if status == "2":
        try:
            return Issued(
                reference=reference,
                number=str(found.get("allElectronicInvoiceNumber") or found["invoiceNo"]),
                at=datetime.fromtimestamp(int(found["invoiceTime"]) / 1000, moments.BEIJING),
                gross_fen=money.fen(str(found["orderAmount"])),
                net_fen=money.fen(str(found["exTaxAmount"])),
                tax_fen=money.fen(str(found["taxAmount"])),
                files={kind: str(found[name]) for kind, name in FILES.items() if found.get(name)},
                evidence=found,
            )
        except (KeyError, TypeError, ValueError):
            return Unknown(detail="an issued invoice without its number, time or amounts")
    if status in ("20", "21", "24"):
        return Submitted(reference=reference, evidence=found)
    if status == "22":
        return failed("22", str(found.get("failCause", "")), found)
    if status in ("3", "31"):
        return Refused(code="VOID", message="", evidence=found)
    return Unknown(detail=f"an unknown status {status!r}")


def failed(code: str, cause: str, evidence: Mapping[str, Any]) -> WaitingLogin | Refused:
    """A failure by its cause: a lost login, spent credit, or a no for good."""
    if LOGIN_WORDS.search(cause):
        return WaitingLogin(detail=cause, evidence=evidence)
    if CREDIT_WORDS.search(cause):
        return Refused(code="NO_CREDIT", message=cause, retryable=True, evidence=evidence)
    return Refused(code=code, message=cause, evidence=evidence)


def reversal(found: Mapping[str, Any]) -> RedOutcome:
    """The outcome that one row of queryInvoiceRedConfirm states."""
    status = str(found.get("billStatus", ""))
    number = str(found.get("redInvoiceNumber") or "")
    if status in RED_ALLOWED and number:
        at = str(found.get("redInvoiceTime") or "")
        return Reversed(
            reference=str(found.get("invoiceSerialNum", "")),
            number=number,
            at=moments.from_beijing(at) if at else None,
            files={kind: str(found[name]) for kind, name in FILES.items() if found.get(name)},
            evidence=found,
        )
    if status in RED_ALLOWED or status in RED_WAITING:
        return RedPending(
            state=status,
            detail=str(found.get("billMessage", "")),
            buyer_must_confirm=RED_WAITING.get(status, False),
            evidence=found,
        )
    if status in ("05", "06", "07", "08", "09", "10", "16"):
        cause = str(found.get("billMessage", ""))
        if LOGIN_WORDS.search(cause):
            return WaitingLogin(detail=cause, evidence=found)
        return Refused(code=f"RED_{status}", message=cause, evidence=found)
    return Unknown(detail=f"an unknown state of the red form {status!r}")
