"""What payments keeps. Private to this app: other rooms read through `payments.charges`."""

from payments.models.attempts import Attempt, Move, Part
from payments.models.channels import Channel
from payments.models.charges import Adjustment, Charge
from payments.models.inbox import Notification, Suspense
from payments.models.ledger import Entry, Leg
from payments.models.mandates import Mandate, PlateEntry
from payments.models.refunds import Refund

__all__ = [
    "Adjustment",
    "Attempt",
    "Channel",
    "Charge",
    "Entry",
    "Leg",
    "Mandate",
    "Move",
    "Notification",
    "Part",
    "PlateEntry",
    "Refund",
    "Suspense",
]
