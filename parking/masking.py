"""Plates and phones as people who need not know them see them."""


def plate(text: str) -> str:
    """鄂L12345 becomes 鄂L1**45; an empty plate stays empty."""
    if len(text) < 5:
        return "*" * len(text)
    return f"{text[:3]}{'*' * (len(text) - 5)}{text[-2:]}"


def email(text: str) -> str:
    """zhang.san@example.com becomes z***@example.com; an empty one stays empty."""
    name, at, domain = text.partition("@")
    return f"{name[:1]}***{at}{domain}" if at else "*" * len(text)


def phone(text: str) -> str:
    """13812345678 becomes 138****5678."""
    if len(text) < 8:
        return "*" * len(text)
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}"
