"""Looking at a picture that a stranger sent: is it one, when and where was it taken, and two clean copies of it.

Pillow does the reading. Nothing of the original but its pixels reaches a copy: no EXIF, no thumbnail, no trailing data.
"""

import io
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from PIL import ExifTags, Image, ImageFile, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG with a second picture behind the first (many phones write them) calls itself MPO.
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
COPY_TYPE = "image/jpeg"
LARGE, SMALL = 1600, 480
LONGEST_SIDE = 12_000
PIXELS = 40_000_000
_LARGE_QUALITY, _SMALL_QUALITY = 82, 76
# Whoever writes a local time without an offset stands in the city.
_CITY = timezone(timedelta(hours=8))


class Refused(ValueError):
    """Why a picture is not taken: `code` for programs (also what is kept), the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the original says of itself. `taken_at` is aware; longitude and latitude are degrees, WGS-84."""

    media_type: str
    width: int
    height: int
    taken_at: datetime | None = None
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """The two pictures that are kept, as JPEG: at most LARGE and at most SMALL pixels on the longer side."""

    large: bytes
    small: bytes


def look(body: bytes) -> Facts:
    """Read the head only: type, size, time and place. Raises Refused; never takes more memory than the head."""
    # WeasyPrint, once a receipt was printed, tells Pillow to make do with half a picture.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    if not body:
        raise Refused("empty", "the picture is empty")
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            return _facts(picture)
    except Refused:
        raise
    except UnidentifiedImageError:
        raise Refused("not_a_picture", f"not a picture of the types {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:
        raise Refused("too_many_pixels", f"more than {PIXELS} pixels") from None
    except Exception as error:  # a hostile head raises nearly anything; none of it may reach the door
        raise Refused("damaged", f"the picture can't be read: {type(error).__name__}") from None


def copies(body: bytes) -> Copies:
    """Decode the whole picture and re-encode it in two sizes, upright, pixels only. Raises Refused."""
    look(body)
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as untried:
            untried.verify()
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            # A JPEG decoder can skip detail that nobody will see.
            picture.draft("RGB", (LARGE, LARGE))
            upright = ImageOps.exif_transpose(picture)
            plain = _without_transparency(upright)
            return Copies(large=_encoded(plain, LARGE, _LARGE_QUALITY), small=_encoded(plain, SMALL, _SMALL_QUALITY))
    except Refused:
        raise
    except Exception as error:  # as above: truncated data, bad chunks, bombs in compressed texts
        raise Refused("damaged", f"the picture can't be read: {type(error).__name__}") from None


def _facts(picture: Image.Image) -> Facts:
    kind = _TYPES.get(picture.format or "")
    if kind is None:
        raise Refused("not_a_picture", f"not a picture of the types {', '.join(FORMATS)}")
    width, height = picture.size
    if width * height > PIXELS or max(width, height) > LONGEST_SIDE:
        raise Refused("too_many_pixels", f"{width} x {height}: more than {PIXELS} pixels or {LONGEST_SIDE} on a side")
    if not width or not height:
        raise Refused("damaged", "the picture has no pixels")
    taken_at, longitude, latitude = _told(picture)
    return Facts(media_type=kind, width=width, height=height, taken_at=taken_at, longitude=longitude, latitude=latitude)


def _told(picture: Image.Image) -> tuple[datetime | None, float | None, float | None]:
    """Time and place from EXIF; what can't be read is as good as not told."""
    try:
        exif = picture.getexif()
        detail = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # Pillow raises many kinds on broken EXIF; the picture itself may be sound
        return None, None, None
    longitude = _degrees(place, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    latitude = _degrees(place, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    if longitude is None or latitude is None:
        longitude = latitude = None
    written = detail.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    return _moment(written, detail.get(ExifTags.Base.OffsetTimeOriginal)), longitude, latitude


def _moment(written: Any, offset: Any) -> datetime | None:
    try:
        moment = datetime.strptime(str(written).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  # EXIF has none
    except ValueError:
        return None
    try:
        zone = datetime.strptime(str(offset).strip("\x00 "), "%z").tzinfo if offset else None
    except ValueError:
        zone = None
    return moment.replace(tzinfo=zone or _CITY) if moment.year >= 1990 else None


def _degrees(place: dict[int, Any], key: int, side: int, negative: str, limit: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in place[key])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    if not 0 <= found <= limit:
        return None
    return -found if str(place.get(side, "")).strip("\x00 ").upper() == negative else found


def _without_transparency(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return picture.convert("RGB")


def _encoded(picture: Image.Image, longest: int, quality: int) -> bytes:
    fitted = picture.copy()
    fitted.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    # A picture made anew from the pixels carries no comment, profile or EXIF over.
    bare = Image.frombytes("RGB", fitted.size, fitted.tobytes())
    written = io.BytesIO()
    try:
        bare.save(written, "JPEG", quality=quality, optimize=True)
    except (OSError, struct.error) as error:
        raise Refused("damaged", f"the picture can't be written: {type(error).__name__}") from None
    return written.getvalue()
