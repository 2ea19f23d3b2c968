"""Broken bodies at every vendor's door: each is kept with its reason, none makes an error of ours."""

import json
import os
import random

import pytest
from django.utils import timezone

from sensors import keys
from sensors.codecs import CODECS
from sensors.models import Frame
from tests import street
from tests.sensors.codecs import vectors

COUNT = int(os.environ.get("BROKEN_BODIES", "400"))


def seeds() -> dict[str, list[bytes]]:
    servers = {"ChirpStack": "chirpstack", "LORIOT": "loriot"}
    found: dict[str, list[bytes]] = {codec: [b"{}", b"[]", b""] for codec in CODECS}

    def add(codec: str, data: object) -> None:
        found[codec].append(data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode())

    for item in vectors.load("lorawan_envelopes")[::4]:
        add(servers.get(item["envelope"], "tts"), item["envelope_json"])
    for item in vectors.load("nbiot_platform_envelopes")["samples"]:
        add(item["name"].partition("-")[0], item["body"])
    for item in vectors.load("camera_hikvision_openapi"):
        add("hikvision-openapi", item["json"])
    for item in vectors.load("camera_hikvision_isapi_anpr")["vectors"]:
        add("hikvision-isapi", item["xml"].encode())
    for item in vectors.load("camera_vzenith_samples")["vectors"]:
        add("vzenith", item["json"])
    for item in vectors.load("camera_other_samples")["boyue_gate"]["vectors"]:
        add("boyue", item["body"])
    for item in vectors.load("camera_dahua_samples")["text_vectors"]:
        add("dahua", item["text"].encode())
    add("signaltone", vectors.load("camera_signaltone_high_position")["skeleton"])
    add("uvcity", vectors.load("camera_other_samples")["uvcity_spot_mqtt"]["body"])
    add("patrol", b"".join((vectors.DATA / "patrol_amsterdam_scans.csv").read_bytes().splitlines(keepends=True)[:4]))
    add("tianbo", b"\n{'CID':3,'V':360,'N':1,'MAG':[{'ID':'A1','X':1,'Y':0,'Z':0,'D':20,'N':1,'V':350}]}\r")
    return found


def broken(body: bytes, chance: random.Random) -> bytes:
    """The body with bytes cut, swapped, doubled or made up."""
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        way = chance.randrange(5)
        if way == 0:
            del data[at:]
        elif way == 1:
            del data[at : at + chance.randint(1, 40)]
        elif way == 2:
            data[at:at] = chance.randbytes(chance.randint(1, 8))
        elif way == 3:
            data[at:at] = data[max(0, at - chance.randint(1, 30)) : at]
        else:
            odd = (b"null", b"-1", b"1e999", b'"\\u0000"', b'"\\ud800"', b"9" * 30, b"true", b"{", b"NaN", b"''")
            data[at : at + chance.randint(1, 6)] = chance.choice(odd)
    return bytes(data)


@pytest.mark.django_db
@pytest.mark.timeout(1200)
def test_every_broken_body_leaves_a_frame_and_none_an_error_of_ours(client):
    street.build()
    now = timezone.now()
    doors = {codec: keys.create_source(name=codec, codec=codec, now=now)[1] for codec in CODECS}
    doors["neutral"] = keys.create_source(name="open", now=now)[1]
    chance, known = random.Random(1), seeds()
    client.raise_request_exception = False
    for number in range(COUNT):
        codec = sorted(CODECS)[number % len(CODECS)]
        body = broken(chance.choice(known[codec]), chance)
        answer = client.post(
            f"/api/v1/ingest/{codec}/?key={doors[codec]}", body, content_type="application/octet-stream"
        )
        assert answer.status_code < 500, (codec, body)
    assert Frame.objects.count() == COUNT
    unexplained = Frame.objects.exclude(outcome="accepted").filter(reason="")
    assert not unexplained.exists()
