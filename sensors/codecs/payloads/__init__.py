"""What is inside the envelopes: the sensors' own binary layouts, by model. One literal table.

A payload decoder returns readings with an empty device and event id; the envelope's codec fills those in.
"""

from collections.abc import Iterable
from typing import Protocol

from sensors.codecs.payloads import bosch, dingtek, libelium, movebroad, netvox, nwave, placepod
from sensors.codecs.reading import CodecError, Reading


class PayloadDecoder(Protocol):
    """A sensor's bytes (and LoRaWAN port, None elsewhere) to readings without device and event id."""

    def __call__(self, data: bytes, *, port: int | None) -> list[Reading]: ...


PAYLOADS: dict[str, PayloadDecoder] = {
    "bosch-tps110": bosch.decode,
    "nwave-nps405": nwave.nps405,
    "nwave-nps310sm": nwave.nps310sm,
    "nwave-ncc405": nwave.ncc405,
    "dingtek-do20x": dingtek.decode,
    "netvox-r719a": netvox.decode,
    "pni-placepod": placepod.decode,
    "libelium-v2": libelium.decode,
    "movebroad-vd33d": movebroad.decode,
}

_NAMES: tuple[tuple[str, str], ...] = (
    ("tps110", "bosch-tps110"),
    ("tpl110", "bosch-tps110"),
    ("nps405", "nwave-nps405"),
    ("nps310", "nwave-nps310sm"),
    ("ncc405", "nwave-ncc405"),
    ("do200", "dingtek-do20x"),
    ("do201", "dingtek-do20x"),
    ("do202", "dingtek-do20x"),
    ("r719a", "netvox-r719a"),
    ("placepod", "pni-placepod"),
    ("libelium", "libelium-v2"),
    ("vd33d", "movebroad-vd33d"),
    ("movebroad", "movebroad-vd33d"),
    ("bosch", "bosch-tps110"),
    ("dingtek", "dingtek-do20x"),
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


_BY_SHAPE: dict[tuple[int | None, int], str] = {
    (2, 1): "bosch-tps110",
    (2, 2): "bosch-tps110",
    (3, 16): "bosch-tps110",
    (3, 17): "bosch-tps110",
    (2, 6): "nwave-nps405",
    (3, 5): "nwave-nps405",
    (10, 5): "nwave-nps405",
    (10, 6): "nwave-nps405",
    (1, 2): "nwave-ncc405",
    (2, 3): "nwave-ncc405",
    (3, 4): "nwave-ncc405",
}
"""LoRaWAN port and length, where all that share them mean the same (a G3's byte on port 2 is read as a Bosch's)."""


def shaped(data: bytes, port: int | None) -> str:
    """The payload that this port and these bytes can only be; "" when none or several with another meaning can."""
    size = len(data)
    if dingtek.fits(data) and port in (3, None):
        return "dingtek-do20x"
    if placepod.fits(data):
        return "pni-placepod"
    if port is None:
        return "movebroad-vd33d" if movebroad.fits(data) else ""
    if size == libelium.SIZE:
        return "netvox-r719a" if data[1] == 0x59 and port in (6, 7) else "libelium-v2"
    if port == 1 and size == 1:
        return "bosch-tps110" if data[0] <= 1 else "nwave-nps405"
    return _BY_SHAPE.get((port, size), "")


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
