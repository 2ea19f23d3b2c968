"""Why money moves on an account at a gateway."""

from enum import StrEnum


class FundKind(StrEnum):
    """Why money moved on the account."""

    PAYMENT = "payment"
    REFUND = "refund"
    FEE = "fee"
    PAYOUT = "payout"  # to our bank account
    OTHER = "other"
