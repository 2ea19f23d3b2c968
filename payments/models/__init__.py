"""What payments keeps. Private to this app: other rooms read through `payments.charges`."""

from payments.models.attempts import Attempt, Move, Part
from payments.models.authority import Authority
from payments.models.channels import Channel
from payments.models.charges import Adjustment, Charge
from payments.models.documents import Delivery, Document, IssuerHealth
from payments.models.funds import FundDay, FundLine
from payments.models.hours import ChangedHour
from payments.models.inbox import Notification, Suspense
from payments.models.invoices import Invoice, InvoiceLine, InvoiceMove
from payments.models.ledger import Entry, Leg
from payments.models.mandates import Mandate, PlateEntry
from payments.models.refunds import Refund
from payments.models.regimes import Regime, Seller, TaxRule
from payments.models.statements import Difference, Statement, StatementLine
from payments.models.titles import AutoInvoice, Title
from payments.models.urging import Urged, UrgeRule, Urging

__all__ = [
    "Adjustment",
    "Attempt",
    "Authority",
    "AutoInvoice",
    "ChangedHour",
    "Channel",
    "Charge",
    "Delivery",
    "Difference",
    "Document",
    "Entry",
    "FundDay",
    "FundLine",
    "Invoice",
    "InvoiceLine",
    "InvoiceMove",
    "IssuerHealth",
    "Leg",
    "Mandate",
    "Move",
    "Notification",
    "Part",
    "PlateEntry",
    "Refund",
    "Regime",
    "Seller",
    "Statement",
    "StatementLine",
    "Suspense",
    "TaxRule",
    "Title",
    "UrgeRule",
    "Urged",
    "Urging",
]
