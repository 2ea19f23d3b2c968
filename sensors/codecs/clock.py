"""Times as vendors write them, read into aware datetimes. Whether a clock is plausible is for the door to judge."""

import re
from datetime import UTC, datetime, timedelta, timezone

from sensors.codecs.reading import CodecError

SHANGHAI = timezone(timedelta(hours=8))
"""China has had one zone without summer time since 1991; a fixed offset needs no zone database."""

_MILLISECONDS_FROM = 100_000_000_000  # as seconds this is the year 5138, as milliseconds March 1973
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)[T ]?(\d\d)(\d\d)(\d\d)(\d{3})?(Z?)").fullmatch
_FRACTION = re.compile(r"(\.\d{6})\d+")


def _bad(value: object, field: str) -> CodecError:
    return CodecError("bad_time", f"not a time: {str(value)[:40]!r}", field)


def epoch(value: object, field: str) -> datetime:
    """A Unix time in seconds or in milliseconds (told apart by size), as a number or as digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _bad(value, field)
    try:
        number = float(value) if not isinstance(value, int) else value
        seconds = number / 1000 if abs(number) >= _MILLISECONDS_FROM else number
        moment = _EPOCH + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise _bad(value, field) from None
    return _usual(moment, value, field)


def zoned(value: object, field: str) -> datetime:
    """An ISO 8601 time that carries its offset; a time without one is refused."""
    moment = _iso(value, field)
    if moment.tzinfo is None:
        raise CodecError("naive_time", f"the time has no offset: {str(value)[:40]!r}", field)
    return _usual(moment, value, field)


def local(value: object, field: str, *, zone: timezone = SHANGHAI) -> datetime:
    """An ISO-like or compact (yyyyMMddHHmmss) time; the wall clock of `zone` where it carries no offset."""
    if isinstance(value, str):
        compact = _COMPACT(value.strip())
        if compact:
            year, month, day, hour, minute, second, thousandths, zulu = compact.groups()
            try:
                moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second),
                                  int(thousandths or 0) * 1000, tzinfo=UTC if zulu else zone)  # fmt: skip
            except ValueError:
                raise _bad(value, field) from None
            return _usual(moment, value, field)
    moment = _iso(value, field)
    return _usual(moment if moment.tzinfo else moment.replace(tzinfo=zone), value, field)


def _iso(value: object, field: str) -> datetime:
    if not isinstance(value, str) or not 8 <= len(value) <= 40:
        raise _bad(value, field)
    text = value.strip().replace("/", "-")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(_FRACTION.sub(r"\1", text.upper()))
    except ValueError:
        raise _bad(value, field) from None


def _usual(moment: datetime, value: object, field: str) -> datetime:
    """Refuse what a database or an addition of an offset can't hold; 1970 stays, it tells of a clock that was reset."""
    if not 1970 <= moment.year <= 9000:
        raise _bad(value, field)
    return moment
