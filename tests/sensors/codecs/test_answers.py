"""What vendors are told: broken frames are stored and not asked for again, lost ones are."""

import json

import pytest

from sensors import codecs
from sensors.codecs import CODECS
from sensors.codecs.boyue import mended
from sensors.codecs.reading import CodecError
from tests.sensors.codecs import vectors

BROKEN = CodecError("bad_json", "the body is not JSON")


def test_an_unknown_codec_is_refused():
    with pytest.raises(CodecError) as refusal:
        codecs.decode("esperanto", b"{}", received_at=vectors.NOW)
    assert refusal.value.code == "unknown_codec"


@pytest.mark.parametrize("codec", sorted(CODECS))
def test_a_frame_that_is_stored_is_answered_with_200_decoded_or_not(codec):
    for reply in (codecs.answer(codec, None), codecs.answer(codec, BROKEN)):
        assert reply.status == 200
        if reply.content_type == "application/json":
            json.loads(reply.body)


def test_signaltone_hears_its_own_codes():
    said = [
        json.loads(CODECS["signaltone"].answer(*case).body)["errorcode"]
        for case in ((True, None), (False, BROKEN), (False, None))
    ]
    assert said == [0, 4, 3]


def test_vzenith_is_never_told_to_open_a_barrier():
    for case in ((True, None), (False, BROKEN), (False, None)):
        assert json.loads(CODECS["vzenith"].answer(*case).body)["Response_AlarmInfoPlate"]["info"] == "no"


BOYUE = (
    '{"AlarmInfoPlate":{"serialno":"B1","result":{"PlateResult":{"license":"鄂L12345","colorType":1,'
    '"imageFile":"aGVsbG8'
)


@pytest.mark.parametrize(
    "cut", ['{"AlarmInfoPlate":{"serialno":"B', BOYUE[:-12], BOYUE + '","plateid":12', "", "[", '"imageFile":"x']
)
def test_a_body_cut_off_outside_the_picture_is_refused(cut):
    assert mended(cut) is None
    with pytest.raises(CodecError):
        codecs.decode("boyue", cut.encode(), received_at=vectors.NOW)


def test_a_body_cut_off_in_the_picture_is_put_back():
    (reading,) = codecs.decode("boyue", BOYUE.encode(), received_at=vectors.NOW, query={"phase": "in"})
    assert (reading.device, reading.plate, reading.plate_color) == ("B1", "鄂L12345", "blue")
    assert (reading.detail, reading.pictures) == ("cut off, put back", ())


@pytest.mark.parametrize(
    ("codec", "body"),
    [
        ("hikvision-isapi", b"<x/>"),
        ("boyue", b"{"),
        ("boyue", BOYUE.encode()),
        ("signaltone", b"{}"),
        ("esperanto", b""),
    ],
)
def test_a_body_without_pictures_gives_none(codec, body):
    assert codecs.pictures(codec, body) == []


def test_the_picture_inside_a_body_bears_the_name_that_its_reading_gives():
    body = (BOYUE + '="}}}}').encode()
    (reading,) = codecs.decode("boyue", body, received_at=vectors.NOW)
    (picture,) = codecs.pictures("boyue", body)
    assert reading.pictures == (picture.name,)
    assert picture.body == b"hello"


def test_only_onenets_address_is_checked_with_a_greeting():
    assert codecs.greeting("signaltone", {"msg": "hi"}) is None
    reply = codecs.greeting("onenet", {"msg": "hi"})
    assert reply is not None
    assert reply.body == b"hi"
