"""The receipt."""


class NotSettled(Exception):
    """There is no receipt for what isn't paid."""


def receipt_pdf(number: str, *, language: str) -> bytes:
    """The receipt of a settled charge as PDF."""
    raise NotSettled(number)
