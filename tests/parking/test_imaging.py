"""What is let in as a picture, what is told of it, and what is left of it."""

import io
import struct
import zlib
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from parking import imaging
from tests.parking.shots import shot


def bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of a few hundred bytes that says it is very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def gif() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (8, 8)).save(written, "GIF")
    return written.getvalue()


REFUSED = {
    "nothing": (b"", "empty"),
    "a text": (b"<html><script>alert(1)</script></html>", "not_a_picture"),
    "an SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_a_picture"),
    "a GIF": (gif(), "not_a_picture"),
    "a bomb of 2.5 billion pixels": (bomb(), "too_many_pixels"),
    "a line of 20,000 pixels": (bomb(20_000, 10), "too_many_pixels"),
    "the head of a JPEG": (b"\xff\xd8\xff\xe0", "damaged"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_is_no_picture_is_refused_with_its_reason(name):
    body, code = REFUSED[name]
    with pytest.raises(imaging.Refused) as refusal:
        imaging.look(body)
    assert refusal.value.code in (code, "not_a_picture")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_ends_in_the_middle_is_refused(form):
    body = shot(form=form, width=640, height=360)
    with pytest.raises(imaging.Refused) as refusal:
        imaging.copies(body[: len(body) // 2])
    assert refusal.value.code == "damaged"


def test_a_compressed_text_that_swells_is_refused():
    body = shot(form="PNG")
    text = b"bomb\0\0" + zlib.compress(b"x" * 80_000_000)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    at = body.index(b"IDAT") - 4
    with pytest.raises(imaging.Refused):
        imaging.copies(body[:at] + chunk + body[at:])


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 "]),
)
@settings(max_examples=300, deadline=None)
def test_fuzzed_bytes_raise_only_the_refusal(tail, head):
    with pytest.raises(imaging.Refused):
        imaging.copies(head + tail)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_two_jpeg_copies_are_made_of_every_allowed_type(form):
    made = imaging.copies(shot(form=form, width=2400, height=1350))
    sizes = []
    for body in (made.large, made.small):
        with Image.open(io.BytesIO(body)) as copy:
            sizes.append((copy.format, copy.size))
    assert sizes == [("JPEG", (1600, 900)), ("JPEG", (480, 270))]


def test_a_small_picture_is_not_blown_up():
    with Image.open(io.BytesIO(imaging.copies(shot(width=200, height=100)).large)) as copy:
        assert copy.size == (200, 100)


def test_time_and_place_are_told_and_nothing_of_them_reaches_the_copies():
    body = shot(taken="2026:11:23 08:01:12", offset="+09:00", place=(114.3225, -29.86))
    facts = imaging.look(body)
    assert facts.taken_at == datetime(2026, 11, 23, 8, 1, 12, tzinfo=timezone(timedelta(hours=9)))
    assert (round(facts.longitude, 5), round(facts.latitude, 5)) == (114.3225, -29.86)
    for copy in (imaging.copies(body).large, imaging.copies(body).small):
        assert b"Exif" not in copy
        assert b"2026:11:23" not in copy
        with Image.open(io.BytesIO(copy)) as picture:
            assert dict(picture.getexif()) == {}


def test_a_time_without_an_offset_is_the_citys():
    assert imaging.look(shot(taken="2026:11:23 08:01:12")).taken_at.utcoffset() == timedelta(hours=8)


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "nonsense", "2026-11-23"])
def test_a_time_that_can_not_be_is_as_good_as_none(taken):
    assert imaging.look(shot(taken=taken)).taken_at is None


def test_what_hangs_behind_a_picture_is_cut_off():
    assert b"<script>" not in imaging.copies(shot() + b"<script>alert(1)</script>").large


def test_a_picture_on_its_side_is_put_upright():
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (400, 200)).save(written, "JPEG", exif=exif)
    with Image.open(io.BytesIO(imaging.copies(written.getvalue()).large)) as copy:
        assert copy.size == (200, 400)


def test_transparency_becomes_white_paper():
    written = io.BytesIO()
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(written, "PNG")
    with Image.open(io.BytesIO(imaging.copies(written.getvalue()).large)) as copy:
        assert min(copy.getpixel((20, 20))) > 250
