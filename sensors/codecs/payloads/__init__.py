"""What is inside the envelopes: the sensors' own binary layouts, by model. One literal table.

A payload decoder returns readings with an empty device and event id; the envelope's codec fills those in.
"""

from collections.abc import Iterable
from typing import Protocol

from sensors.codecs.payloads import bosch
from sensors.codecs.reading import CodecError, Reading


class PayloadDecoder(Protocol):
    """A sensor's bytes (and LoRaWAN port, None elsewhere) to readings without device and event id."""

    def __call__(self, data: bytes, *, port: int | None) -> list[Reading]: ...


PAYLOADS: dict[str, PayloadDecoder] = {
    "bosch-tps110": bosch.decode,
}

_NAMES: tuple[tuple[str, str], ...] = (
    ("tps110", "bosch-tps110"),
    ("bosch", "bosch-tps110"),
)
"""Words in a device profile's, model's or product's name, most telling first, and the payload they mean."""


def named(names: Iterable[str]) -> str:
    """The payload that the first telling name means; "" when none tells."""
    for name in names:
        plain = name.lower().replace("_", "").replace(" ", "").replace("-", "")
        for word, payload in _NAMES:
            if word in plain:
                return payload
    return ""


def shaped(data: bytes, port: int | None) -> str:
    """The payload whose layout alone has this port and length; "" when none or several with different meaning do."""
    size = len(data)
    if size == 0:
        return ""
    if size == 1 and port in (1, 2) and data[0] <= 1:
        return "bosch-tps110"
    if (port, size) in ((2, 2), (3, 17)):
        return "bosch-tps110"
    return ""


def decode(data: bytes, *, port: int | None, model: str, names: Iterable[str]) -> list[Reading]:
    """Decode by the model asked for, else by what the frame's names tell, else by shape; CodecError when none fits."""
    if model:
        if model not in PAYLOADS:
            raise CodecError("unknown_model", f"no payload model is called {model[:40]!r}", "model")
        return PAYLOADS[model](data, port=port)
    payload = named(names) or shaped(data, port)
    if not payload:
        raise CodecError("unknown_model", f"can't tell what device sends {len(data)} bytes on port {port}", "model")
    return PAYLOADS[payload](data, port=port)
