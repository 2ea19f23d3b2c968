"""Value added tax on a line, and the check digit of a tax number."""

import re
from decimal import ROUND_HALF_UP, Decimal

# GB 32100-2015: digits and letters without I, O, S, V, Z, and the weight of each of the first 17 places.
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(3**place % 31 for place in range(17))


def split(gross_fen: int, *, rate: Decimal) -> tuple[int, int]:
    """Net and tax in fen of a gross amount at a rate such as 0.09: the net rounds half up, the tax is the rest.

    A merged document adds up its lines' parts: the split of the sum differs from the sum of the splits.
    """
    net = int((Decimal(gross_fen) / (1 + rate)).to_integral_value(ROUND_HALF_UP))
    return net, gross_fen - net


def is_credit_code(text: str) -> bool:
    """Whether the text is a unified social credit code of 18 characters with the right check digit (GB 32100)."""
    if not re.fullmatch(rf"[{_ALPHABET}]{{18}}", text):
        return False
    total = sum(_ALPHABET.index(character) * weight for character, weight in zip(text[:17], _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31] == text[17]
