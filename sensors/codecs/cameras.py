"""What the cameras' codecs share: which way a plate read points, and pictures that are named in a body."""

from collections.abc import Mapping

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError

_PHASES = {"": Kind.OCCUPIED, "in": Kind.ARRIVAL, "out": Kind.DEPARTURE, "seen": Kind.OCCUPIED}


def sighting(query: Mapping[str, str]) -> Kind:
    """What a bare plate read means: a state seen, unless the door's address says `?phase=in` or `?phase=out`.

    A recogniser that watches a lane tells that a car was there, not that it came or went; that is a matter of how it
    was mounted.
    """
    phase = query.get("phase", "")
    if phase not in _PHASES:
        raise CodecError("bad_value", "phase must be in, out or seen", "phase")
    return _PHASES[phase]
