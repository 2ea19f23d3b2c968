"""How fast each codec reads: frames a second of one core, over the published frames."""

import json
import time
import timeit
from datetime import UTC, datetime

from sensors.codecs import CODECS, neutral
from tests.sensors.codecs import vectors

SECONDS = 0.3
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVENT = {
    "event_id": "c1-000017",
    "device": "CAM-0012",
    "berth": "XA01-001",
    "kind": "arrival",
    "observed_at": "2026-11-23T08:01:12+08:00",
    "plate": "鄂L12345",
    "plate_color": "blue",
    "plate_confidence": 0.98,
    "action_confidence": 0.99,
    "sequence": 17,
    "revokes": None,
    "pictures": [],
}


def frames() -> dict[str, list[bytes]]:
    """The bodies that each codec is measured with."""
    found: dict[str, list[object]] = {
        "neutral": [{"events": [EVENT | {"event_id": f"c1-{number}"} for number in range(100)]}],
        "signaltone": [vectors.load("camera_signaltone_high_position")["skeleton"]],
        "hikvision-openapi": [item["json"] for item in vectors.load("camera_hikvision_openapi")],
        "vzenith": [item["json"] for item in vectors.load("camera_vzenith_samples")["vectors"]],
        "boyue": [item["body"] for item in vectors.load("camera_other_samples")["boyue_gate"]["vectors"]],
        "uvcity": [vectors.load("camera_other_samples")["uvcity_spot_mqtt"]["body"]],
        "dahua": [vectors.load("camera_dahua_samples")["rpc2_trafficjunction"]["json"]],
        "ctwing": [vectors.load("nbiot_ctwing_push_geomagnetic")["envelope"]],
    }
    servers = {"ChirpStack": "chirpstack", "LORIOT": "loriot"}
    for item in vectors.load("lorawan_envelopes"):
        found.setdefault(servers.get(item["envelope"], "tts"), []).append(item["envelope_json"])
    for item in vectors.load("nbiot_platform_envelopes")["samples"]:
        if item["name"] in ("iotda-property-report", "oceanconnect-data-changed-1", "onenet-datapoint-number"):
            found.setdefault(item["name"].partition("-")[0], []).append(item["body"])
    bodies = {
        codec: [json.dumps(body, ensure_ascii=False).encode() for body in items] for codec, items in found.items()
    }
    bodies["hikvision-isapi"] = [
        item["xml"].encode() for item in vectors.load("camera_hikvision_isapi_anpr")["vectors"]
    ]
    bodies["tianbo"] = [b"\n{'CID':3,'V':360,'N':1,'MAG':[{'ID':'A1','X':300,'Y':0,'Z':0,'D':20,'N':1,'V':350}]}\r"]
    bodies["patrol"] = [(vectors.DATA / "patrol_amsterdam_scans.csv").read_bytes()]
    return bodies


def measure() -> dict[str, float]:
    """Readings a second per codec, and the microseconds of one neutral event."""
    figures: dict[str, float] = {}
    for codec, bodies in sorted(frames().items()):
        read, ends_at = 0, time.perf_counter() + SECONDS
        began = time.perf_counter()
        while time.perf_counter() < ends_at:
            for body in bodies:
                read += len(CODECS[codec].decode(body, received_at=NOW, query={}))
        figures[f"decode_{codec.replace('-', '_')}_readings_per_s"] = round(read / (time.perf_counter() - began))
    count = 5_000
    best = min(timeit.repeat(lambda: neutral.decode_event(EVENT, received_at=NOW), number=count, repeat=7))
    figures["decode_neutral_event_us"] = round(best / count * 1e6, 2)
    return figures


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
