"""What payments keeps. Private to this app: other rooms read through `payments.charges`."""

from payments.models.attempts import Attempt, Move, Part
from payments.models.channels import Channel
from payments.models.charges import Adjustment, Charge
from payments.models.hours import ChangedHour
from payments.models.inbox import Notification, Suspense
from payments.models.ledger import Entry, Leg
from payments.models.mandates import Mandate, PlateEntry
from payments.models.refunds import Refund
from payments.models.statements import Difference, Statement, StatementLine
from payments.models.urging import Urged, Urging

__all__ = [
    "Adjustment",
    "Attempt",
    "ChangedHour",
    "Channel",
    "Charge",
    "Difference",
    "Entry",
    "Leg",
    "Mandate",
    "Move",
    "Notification",
    "Part",
    "PlateEntry",
    "Refund",
    "Statement",
    "StatementLine",
    "Suspense",
    "Urged",
    "Urging",
]
