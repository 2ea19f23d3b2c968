"""Signatures: OneNET's, and our own for those who can sign."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sensors.codecs import onenet, signing
from sensors.codecs.reading import CodecError
from tests.sensors.codecs import vectors

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TOKEN = "abcdefgh"
CAPTURE = next(s["raw_body"] for s in vectors.load("nbiot_platform_envelopes")["samples"] if "raw_body" in s)
MSG = CAPTURE[CAPTURE.index('"msg":') + 6 : CAPTURE.index(',"msg_signature"')]


def resigned(msg: str = MSG) -> bytes:
    given = onenet.signature(token=TOKEN, nonce="C1z3?giR", msg=msg)
    return f'{{"msg":{msg},"msg_signature":"{given}","nonce":"C1z3?giR"}}'.encode()


@pytest.mark.parametrize(
    "body", [CAPTURE.encode(), b"{}", b'{"msg":', b'{"msg":1}', resigned().replace(b"-115", b"-114")]
)
def test_a_push_signed_with_another_token_or_changed_is_not_ours(body):
    assert not onenet.signed(body, token=TOKEN)


def test_the_signature_covers_the_raw_text_of_the_message():
    assert onenet.signed(resigned(), token=TOKEN)
    assert onenet.signed(resigned(MSG.replace(",", " , ")), token=TOKEN)
    body = json.loads(resigned())
    body["msg"] = json.dumps(body["msg"])
    body["msg_signature"] = onenet.signature(token=TOKEN, nonce=body["nonce"], msg=body["msg"])
    assert onenet.signed(json.dumps(body).encode(), token=TOKEN)


def test_the_check_of_the_address_gets_its_message_back_only_with_the_right_signature():
    query = {"msg": "hello", "nonce": "n1", "signature": onenet.signature(token=TOKEN, nonce="n1", msg="hello")}
    assert onenet.greeting({}, token=TOKEN) is None
    assert onenet.greeting({**query, "signature": "x"}, token=TOKEN) is None
    reply = onenet.greeting(query, token=TOKEN)
    assert reply is not None
    assert (reply.status, reply.body) == (200, b"hello")


REQUEST = {
    "secret": b"s3cret",
    "method": "POST",
    "path": "/api/v1/ingest/events/",
    "key_id": "k1",
    "nonce": "nonce-0001",
    "body": b"{}",
}


def signed(**over):
    request = {**REQUEST, "time": str(int(NOW.timestamp())), **over}
    return request, signing.signature(**request)


@pytest.mark.parametrize(
    "over",
    [
        {"body": b"{ }"},
        {"path": "/x"},
        {"method": "PUT"},
        {"nonce": "nonce-0002"},
        {"key_id": "k2"},
        {"secret": b"other"},
    ],
)
def test_a_request_that_differs_in_anything_signed_is_refused(over):
    request, given = signed()
    with pytest.raises(CodecError) as refusal:
        signing.check(given, **{**request, **over}, now=NOW)
    assert refusal.value.code == "bad_signature"


@pytest.mark.parametrize("time", ["", "soon", "-5", "9" * 20, "１７"])
def test_a_time_that_is_none_is_refused(time):
    request, given = signed(time=time)
    with pytest.raises(CodecError):
        signing.check(given, **request, now=NOW)


@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6)])
def test_a_signature_from_another_hour_is_stale(late):
    request, given = signed()
    with pytest.raises(CodecError) as refusal:
        signing.check(given, **request, now=NOW + late)
    assert refusal.value.code == "stale_signature"


def test_a_right_and_fresh_signature_is_taken():
    request, given = signed()
    signing.check(given, **request, now=NOW + timedelta(minutes=1))
