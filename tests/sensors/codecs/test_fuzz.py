"""Whatever comes in, a codec raises nothing but its own error."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sensors.codecs import CODECS, payloads
from sensors.codecs.reading import CodecError, Reading
from tests.sensors.codecs import vectors

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SEEDS: dict[str, list[object]] = {
    "chirpstack": [
        item["envelope_json"] for item in vectors.load("lorawan_envelopes") if item["envelope"] == "ChirpStack"
    ],
    "loriot": [item["envelope_json"] for item in vectors.load("lorawan_envelopes") if item["envelope"] == "LORIOT"],
    "tts": [item["envelope_json"] for item in vectors.load("lorawan_envelopes") if "Stack" in item["envelope"][:11]],
    "hikvision-openapi": [item["json"] for item in vectors.load("camera_hikvision_openapi")],
    "vzenith": [item["json"] for item in vectors.load("camera_vzenith_samples")["vectors"]],
    "boyue": [item["body"] for item in vectors.load("camera_other_samples")["boyue_gate"]["vectors"]],
    "signaltone": [vectors.load("camera_signaltone_high_position")["skeleton"]],
    "dahua": [vectors.load("camera_dahua_samples")["rpc2_trafficjunction"]["json"]],
    "uvcity": [vectors.load("camera_other_samples")["uvcity_spot_mqtt"]["body"]],
}
for sample in vectors.load("nbiot_platform_envelopes")["samples"]:
    SEEDS.setdefault(sample["name"].partition("-")[0], []).append(sample["body"])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def read(codec: str, body: bytes) -> None:
    try:
        found = CODECS[codec].decode(body, received_at=NOW, query={})
    except CodecError:
        return
    for item in found:
        assert isinstance(item, (Reading, CodecError))
        if isinstance(item, Reading):
            assert 0 < len(item.event_id) <= 128
            assert len(item.device) <= 64
            assert len(item.berth) <= 32
            for text in (item.event_id, item.device, item.berth, item.channel, item.plate, item.visit, item.revokes):
                assert "\x00" not in text
                text.encode()
            for text in (*item.pictures, item.detail, json.dumps(item.extra, ensure_ascii=False, allow_nan=False)):
                assert "\x00" not in text
                text.encode()
            for moment in (item.observed_at, item.platform_at):
                assert moment is None or moment.tzinfo is not None


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(body=st.binary(max_size=300))
def test_random_bytes_raise_only_the_codecs_own_error(codec, body):
    read(codec, body)


@pytest.mark.parametrize("codec", sorted(CODECS))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=trees)
def test_random_json_raises_only_the_codecs_own_error(codec, data):
    read(codec, json.dumps(data).encode())


@pytest.mark.parametrize("codec", sorted(SEEDS))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.data())
def test_a_real_frame_with_one_value_replaced_raises_only_the_codecs_own_error(codec, draw):
    frame = json.loads(json.dumps(draw.draw(st.sampled_from(SEEDS[codec]))))
    at: object = frame
    while isinstance(at, (dict, list)) and at:
        key = draw.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        inner = at[key]  # type: ignore[index]
        if not isinstance(inner, (dict, list)) or not inner or draw.draw(st.integers(0, 3)) == 0:
            at[key] = draw.draw(trees)  # type: ignore[index]
            break
        at = inner
    read(codec, json.dumps(frame).encode())


@pytest.mark.parametrize("codec", sorted(SEEDS))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.data())
def test_a_real_frame_cut_short_raises_only_the_codecs_own_error(codec, draw):
    body = json.dumps(draw.draw(st.sampled_from(SEEDS[codec])), ensure_ascii=False).encode()
    read(codec, body[: draw.draw(st.integers(0, len(body)))])


@pytest.mark.parametrize("model", sorted(payloads.PAYLOADS))
@settings(max_examples=80)
@given(data=st.binary(max_size=40), port=st.none() | st.integers(0, 20))
def test_random_payloads_raise_only_the_codecs_own_error(model, data, port):
    try:
        payloads.PAYLOADS[model](data, port=port)
    except CodecError:
        return


@settings(max_examples=100)
@given(
    head=st.sampled_from([b"\x02", b"\x07"]),
    service=st.sampled_from([1, 2, 3, 101, 102, 1001, 1003, 1004]),
    rest=st.binary(max_size=200),
)
def test_movebroad_bodies_of_right_length_and_random_content_raise_only_the_codecs_own_error(head, service, rest):
    data = head + service.to_bytes(2, "big") + len(rest).to_bytes(2, "big") + rest
    try:
        payloads.decode(data, port=None, model="", names=())
    except CodecError:
        return


@pytest.mark.parametrize("codec", sorted(CODECS))
@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"<a>" * 100_000, b"1" * 5000, b'{"msg":' + b"9" * 5000 + b"}"]
)
def test_bombs_are_refused(codec, body):
    read(codec, body)
