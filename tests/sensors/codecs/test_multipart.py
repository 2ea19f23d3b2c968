"""Multipart bodies, whole and in pieces."""

import pytest

from sensors.codecs import hikvision_isapi, multipart
from sensors.codecs.multipart import Part, Stream
from sensors.codecs.reading import CodecError
from tests.sensors.codecs import vectors

JPEG = b"\xff\xd8\xff\xe0\r\n\x00--almost\r\n\n"
MIXED = (
    b'--b\r\nContent-Disposition: form-data; name="xml_file"; filename="anpr.xml"\r\nContent-Type: text/xml\r\n\r\n'
    b"<EventNotificationAlert><eventType>ANPR</eventType><ANPR><licensePlate>\xe9\x84\x82L12345</licensePlate></ANPR>"
    b"</EventNotificationAlert>\r\n"
    b'--b\r\nContent-Disposition: form-data; name="image_file"; filename="detectionPicture.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\n" + JPEG + b"\r\n--b--\r\n"
)


def stream_vector() -> tuple[bytes, list[str]]:
    item = next(
        v for v in vectors.load("camera_dahua_samples")["text_vectors"] if v["name"] == "eventManager_multipart_doc"
    )
    return item["text"].encode(), item["expected"]["parts"]


def test_a_body_without_boundary_is_refused():
    with pytest.raises(CodecError, match="boundary"):
        multipart.parts(b"hello")


def test_a_body_of_very_many_parts_is_refused():
    with pytest.raises(CodecError, match="parts"):
        multipart.parts(b"--b\r\n\r\nx\r\n" * 100, content_type="multipart/mixed; boundary=b")


def test_an_event_without_its_xml_part_is_refused():
    body = b"--b\r\nContent-Type: image/jpeg\r\n\r\n" + JPEG + b"\r\n--b--"
    with pytest.raises(CodecError, match="event"):
        hikvision_isapi.decode(body, received_at=vectors.NOW, content_type="multipart/form-data; boundary=b")


def test_a_part_of_the_stream_that_never_ends_is_given_up_and_the_next_is_read():
    stream = Stream(mark=b"b", limit=100)
    found = stream.feed(b"--b\r\n\r\n" + b"x" * 200)
    assert [type(item) for item in found] == [CodecError]
    assert [item.body for item in stream.feed(b"\r\n--b\r\n\r\nHeartbeat\r\n--b") if isinstance(item, Part)] == [
        b"Heartbeat"
    ]


@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=b", 'multipart/mixed; boundary="b"'])
def test_event_and_picture_of_a_push_are_told_apart(content_type):
    (reading,) = hikvision_isapi.decode(MIXED, received_at=vectors.NOW, content_type=content_type)
    assert (reading.plate, reading.pictures) == ("鄂L12345", ("detectionPicture.jpg",))
    (picture,) = hikvision_isapi.pictures(MIXED, content_type=content_type)
    assert (picture.filename, picture.body) == ("detectionPicture.jpg", JPEG)


@pytest.mark.parametrize("step", [1, 7, 64, 10_000])
def test_a_stream_gives_the_same_parts_however_it_is_cut(step):
    text, expected = stream_vector()
    stream = Stream(mark=b"myboundary")
    found = [item for at in range(0, len(text), step) for item in stream.feed(text[at : at + step])]
    assert [item.body.decode() for item in found if isinstance(item, Part)] == expected


def test_a_picture_in_the_stream_keeps_every_byte():
    head = b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(JPEG)
    stream = Stream(mark=b"b")
    (part,) = stream.feed(head + JPEG + b"\r\n--b\r\n")
    assert isinstance(part, Part)
    assert (part.body, part.content_type) == (JPEG, "image/jpeg")
