"""What is left of a plate or a phone number where a person or a log needs to recognise it but not to know it."""


def plate(number: str) -> str:
    """鄂L12345 -> 鄂L1**45, 鄂LD12345 -> 鄂LD***45; short texts are hidden whole."""
    if len(number) < 6:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def phone(number: str) -> str:
    """13800001234 -> 138****1234; short texts are hidden whole."""
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}"
