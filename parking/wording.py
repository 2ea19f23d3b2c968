"""Numbers as people write them, in the reader's language."""

from django.utils.translation import get_language


def english() -> bool:
    """Whether the reader asked for English."""
    return (get_language() or "").startswith("en")


def yuan(fen: int) -> str:
    """Fen as people write it: `3.50 元`, `¥3.50` in English, a minus sign in front."""
    sign = "−" if fen < 0 else ""
    whole = f"{abs(fen) // 100:,}.{abs(fen) % 100:02d}"
    return f"{sign}¥{whole}" if english() else f"{sign}{whole} 元"
