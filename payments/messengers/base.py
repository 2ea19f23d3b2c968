"""What an SMS provider takes and gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Sms:
    """A message after a template the provider has approved. `params` fill it, in the template's order."""

    to: str = field(repr=False)
    template: str
    params: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider took it; `reference` is its number."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """The provider refused it, or it never left us."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """It was sent and nothing came back. A message missed is better than one sent twice: it isn't repeated."""

    detail: str


Delivery = Sent | NotTaken | Uncertain


class SmsProvider(Protocol):
    """An SMS provider. No method raises for what the network or the provider did."""

    code: str

    def send(self, sms: Sms) -> Delivery:
        """Send one message."""
        ...
