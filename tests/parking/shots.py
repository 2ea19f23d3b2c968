"""Pictures for tests: drawn, small, with EXIF where it matters."""

import io

from PIL import ExifTags, Image, ImageDraw


def shot(
    *,
    width: int = 320,
    height: int = 180,
    form: str = "JPEG",
    mark: str = "A01",
    taken: str = "",
    offset: str = "",
    place: tuple[float, float] | None = None,
    mode: str = "RGB",
) -> bytes:
    """A picture with a mark drawn on it, so that two marks make two contents."""
    picture = Image.new(mode, (width, height), "grey" if mode == "RGB" else 0)
    ImageDraw.Draw(picture).text((8, 8), mark, fill="white" if mode == "RGB" else 255)
    exif = Image.Exif()
    if taken:
        detail = {ExifTags.Base.DateTimeOriginal: taken}
        if offset:
            detail[ExifTags.Base.OffsetTimeOriginal] = offset
        exif[ExifTags.IFD.Exif] = detail
    if place:
        exif[ExifTags.IFD.GPSInfo] = {
            ExifTags.GPS.GPSLatitudeRef: "N" if place[1] >= 0 else "S",
            ExifTags.GPS.GPSLatitude: _sixties(abs(place[1])),
            ExifTags.GPS.GPSLongitudeRef: "E" if place[0] >= 0 else "W",
            ExifTags.GPS.GPSLongitude: _sixties(abs(place[0])),
        }
    written = io.BytesIO()
    picture.save(written, form, exif=exif)
    return written.getvalue()


def _sixties(degrees: float) -> tuple[float, float, float]:
    whole = int(degrees)
    minutes = int((degrees - whole) * 60)
    return float(whole), float(minutes), round((degrees - whole - minutes / 60) * 3600, 4)
