"""Fen and yuan: whole fen inside, yuan with two places for people and for gateways that want them."""

from decimal import Decimal, InvalidOperation

# The gateways collect in this currency alone.
CURRENCY = "CNY"


def yuan(amount_fen: int) -> str:
    """The amount in yuan with two places and no grouping: 1250 -> "12.50", -5 -> "-0.05"."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{part:02d}"


def fen(amount: str) -> int:
    """The fen in a yuan text such as "12.5" or "-0.05".

    Raises ValueError when it is no number or has parts of a fen.
    """
    try:
        exact = Decimal(amount.strip()) * 100
    except InvalidOperation:
        raise ValueError(f"not an amount in yuan: {amount!r}") from None
    if not exact.is_finite() or exact != exact.to_integral_value():
        raise ValueError(f"not a whole number of fen: {amount!r}")
    return int(exact)
