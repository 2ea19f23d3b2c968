"""Orders the issuer tests share."""

from datetime import datetime, timedelta
from decimal import Decimal

from payments.domain import tax
from payments.issuers.base import (
    InvoiceLine,
    InvoiceOrder,
    Issued,
    Lease,
    RedOrder,
    RedReason,
    Seller,
    Title,
    TitleKind,
)
from payments.wire.moments import BEIJING
from sandbox.gateway.nuonuo import TAX_NUMBER
from tests.sandbox.fixtures import wait_for

AT = datetime(2026, 11, 23, 12, 0, tzinfo=BEIJING)
SELLER = Seller(name="咸宁停车", tax_number=TAX_NUMBER, clerk="张三")
PERSON = Title(kind=TitleKind.PERSON, name="李四")
COMPANY = Title(kind=TitleKind.COMPANY, name="某某公司", tax_number="91350100M000100Y43")
RATE = Decimal("0.09")
LEASE = Lease(
    region="湖北省咸宁市咸安区",
    address="银泉大道 A01",
    from_at=AT - timedelta(hours=2),
    to_at=AT - timedelta(hours=1),
    plates=("鄂L12345",),
)


def line(gross_fen, rate=RATE):
    net, part = tax.split(gross_fen, rate=rate)
    return InvoiceLine(gross_fen=gross_fen, net_fen=net, tax_fen=part, rate=rate)


def order(serial="I0001", gross_fen=1090, **other):
    return InvoiceOrder(
        **{
            "serial": serial,
            "seller": SELLER,
            "title": PERSON,
            "lines": (line(gross_fen),),
            "at": AT,
            "lease": LEASE,
            "remark": "鄂L12345 银泉大道 A01",
            **other,
        }
    )


def red(blue, serial="R0001", blue_serial="I0001"):
    return RedOrder(
        serial=serial,
        blue_serial=blue_serial,
        blue_number=blue.number,
        blue_code=blue.code,
        seller=SELLER,
        title=PERSON,
        at=AT,
        reason=RedReason.RETURNED,
    )


def issued(issuer, serial="I0001"):
    """The document once it is made."""
    return wait_for(lambda: isinstance(found := issuer.query(serial), Issued) and found)
