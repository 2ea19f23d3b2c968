"""Money back: asked for by people or by ourselves, agreed, sent, chased, booked."""

from payments.refunding.asking import ask, by_transfer, decide, give_back_double, refundable
from payments.refunding.booking import lock
from payments.refunding.hearing import Told, told

__all__ = ["Told", "ask", "by_transfer", "decide", "give_back_double", "lock", "refundable", "told"]
