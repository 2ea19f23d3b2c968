"""What can be wrong with a tariff document and with a stay to be priced."""


class TariffError(ValueError):
    """A tariff document is refused. `path` names the field (`bands[1].steps[0].unit_min`); reasons in two languages."""

    def __init__(self, path: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{path}: {reason_en}" if path else reason_en)
        self.path = path
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class StayError(ValueError):
    """A stay can't be priced. `field` is the argument at fault; reasons in two languages."""

    def __init__(self, field: str, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{field}: {reason_en}")
        self.field = field
        self.reason_zh = reason_zh
        self.reason_en = reason_en


class NaiveTimeError(StayError):
    """A datetime carries no offset."""


class LeftBeforeArrivedError(StayError):
    """The stay ends before it begins."""


class UnknownClassError(StayError):
    """The tariff has no such vehicle class."""


class NotAdmittedError(StayError):
    """The tariff says that this class may not park here."""


class NoVersionError(StayError):
    """No version of the tariff is in force at that instant."""
