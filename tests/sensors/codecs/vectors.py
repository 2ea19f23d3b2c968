"""The published frames beside this test, each with the reading it must give, by family."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from parking.domain.events import Kind
from sensors.codecs import CODECS, payloads, tianbo
from sensors.codecs.reading import CodecError, Reading

DATA = Path(__file__).parents[2] / "data/devices"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CHANGED = {True: Kind.ARRIVAL, False: Kind.DEPARTURE}
SEEN = {True: Kind.OCCUPIED, False: Kind.VACANT}

Expected = list[dict[str, Any]] | str
"""Fields per reading ("extra.x" reaches into `extra`), or the code of the CodecError the frame must give."""


@dataclass(frozen=True)
class Vector:
    """A frame: how to read it, what must come of it, and why where that is not what its source says."""

    family: str
    name: str
    read: Callable[[], Sequence[Reading | CodecError]]
    expected: Expected
    source_is_wrong: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def load(name: str) -> Any:
    """The content of a data file."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def wrong(vector: Vector) -> str:
    """Where the reading differs from the expected one; "" when it is right."""
    try:
        found: Sequence[Reading | CodecError] = vector.read()
    except CodecError as error:
        return "" if vector.expected == error.code else f"refused with {error.code}: {error.message}"
    if isinstance(vector.expected, str):
        return f"was not refused with {vector.expected}"
    if len(found) != len(vector.expected):
        return f"{len(found)} readings instead of {len(vector.expected)}"
    for item, fields in zip(found, vector.expected, strict=True):
        if isinstance(item, CodecError):
            return f"an element was refused with {item.code}"
        for name, value in fields.items():
            got = item.extra.get(name[6:]) if name.startswith("extra.") else getattr(item, name)
            if got != value and not (isinstance(value, float) and isinstance(got, float) and abs(got - value) < 0.005):
                return f"{name} is {got!r} instead of {value!r}"
    return ""


def body(
    codec: str, data: object, query: Mapping[str, str] | None = None
) -> Callable[[], Sequence[Reading | CodecError]]:
    """Reading a body in a codec's language."""
    raw = data if isinstance(data, bytes) else data.encode() if isinstance(data, str) else json.dumps(data).encode()
    return lambda: CODECS[codec].decode(raw, received_at=NOW, query=query or {})


def payload(hexadecimal: str, port: int | None, *names: str) -> Callable[[], Sequence[Reading | CodecError]]:
    """Reading a sensor's bytes without an envelope."""
    return lambda: payloads.decode(bytes.fromhex(hexadecimal), port=port, model="", names=names)


def moment(milliseconds: int) -> datetime:
    """A Unix time in milliseconds."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def everything() -> list[Vector]:
    """All vectors of all families."""
    families = (
        ttn,
        envelopes,
        other_lorawan,
        movebroad,
        platforms,
        concentrator,
        isapi,
        openapi,
        dahua,
        vzenith,
        others,
    )
    return [vector for family in families for vector in family()]


def told(expected: Mapping[str, Any], port: int | None) -> dict[str, Any]:
    """What the sources' decoded values of a LoRaWAN frame mean in our words."""
    fields: dict[str, Any] = {}
    kind = str(expected.get("type", "")).replace("_", " ")
    occupied: Any = expected.get("occupied")
    if kind == "startup":
        fields["kind"] = None if occupied is None else Kind.STARTUP
        if occupied is not None:
            fields["extra.occupied"] = occupied
    elif kind == "parking status":
        fields |= {"kind": CHANGED[occupied], "heartbeat": False}
    elif kind in ("heartbeat", "user registration"):
        fields |= (
            {"kind": None, "heartbeat": False} if occupied is None else {"kind": SEEN[occupied], "heartbeat": True}
        )
    names = {
        "temperature": "temperature_c",
        "battery_voltage": "battery_v",
        "hw_health_status": "extra.health",
        "previous_state_duration": "previous_minutes",
        "previous_state_duration_error": "previous_minutes_error",
        "firmware_version": "extra.firmware",
        "firmwareVersion": "extra.firmware",
        "debugCodes": "extra.debug_codes",
        "tag_id": "extra.tag",
        "tag_battery_voltage": "extra.tag_battery_v",
        "volt": "battery_v",
        "battery_voltage_mean_24h": "extra.battery_mean_24h_v",
        "frameCounter": "sequence",
        "humidity": "extra.humidity_pct",
        "level": "extra.level",
        "firmware": "extra.firmware",
        "magnetThreshold": "extra.magnet_threshold",
        "batteryThreshold": "extra.battery_threshold_pct",
        "SWver": "extra.software",
        "HWver": "extra.hardware",
        "Datecode": "extra.date_code",
        "MinTime": "extra.min_s",
        "MaxTime": "extra.max_s",
        "minTime": "extra.min_s",
        "maxTime": "extra.max_s",
        "BatteryChange": "extra.battery_change_v",
        "batteryChange": "extra.battery_change_v",
    }
    for name, ours in names.items():
        if name in expected:
            fields[ours] = float(expected[name]) if ours == "temperature_c" else expected[name]
    if kind == "user registration":
        for name in ("previous_minutes", "previous_minutes_error"):
            fields[f"extra.{name}"] = fields.pop(name)
    if "alarmPark" in expected:
        fields |= {"kind": CHANGED[expected["alarmPark"]], "battery_low": expected["alarmBattery"]}
        fields["extra.field"] = [expected[f"{axis}Magnet"] for axis in "xyz"]
    if expected.get("occupied") == "on":
        fields |= {"kind": Kind.OCCUPIED, "heartbeat": False}
    if "SWver" in expected:
        fields["kind"] = Kind.STARTUP
    return fields


def ttn() -> Iterator[Vector]:
    """LoRaWAN payloads of the device repository of The Things Network."""
    for item in load("lorawan_ttn_vectors"):
        if item["kind"] == "uplink":
            name = f"{item['device']} {item['description']} {item['hex']}"
            expected = [told(item["expected"], item["fPort"])]
            yield Vector(
                f"LoRaWAN {item['vendor']}", name, payload(item["hex"], item["fPort"], item["device"]), expected
            )


def envelopes() -> Iterator[Vector]:
    """Whole uplinks of three network servers."""
    codecs = {
        "ChirpStack": "chirpstack",
        "LORIOT": "loriot",
        "ThingsStackCommunity": "tts",
        "ThingsStackIndustries": "tts",
    }
    for item in load("lorawan_envelopes"):
        expected, why = dict(item["expected_values"][0]), ""
        if item["hex"] == "00d3d800590b":
            expected |= {"battery_voltage": 3.344}
            why = "battery 2.32 V: a byte read as signed"
        if expected.get("firmwareVersion") == "2.29.0":
            expected |= {"firmwareVersion": "0.29.2"}
            why = "firmware 2.29.0: read from the wrong end"
        fields = told(expected, item["fPort"]) | {"device": item["devEui"], "sequence": item["fCnt"]}
        codec = codecs[item["envelope"]]
        name = f"{item['envelope']} {item['device']} {item['hex']}"
        yield Vector(f"envelope {codec}", name, body(codec, item["envelope_json"]), [fields], why)


def other_lorawan() -> Iterator[Vector]:
    """Payloads from akenza and from a reader of PlacePod."""
    for item in load("lorawan_other_vectors"):
        placepod = "PlacePod" in item["device"]
        expected = item["expected"]
        if isinstance(expected, list):
            first = expected[0]
            change = first["chan"] == "Parking Status"
            fields = {"kind": (CHANGED if change else SEEN)[first["occupied"]], "heartbeat": not change}
            if len(expected) > 1:
                fields["temperature_c"] = expected[1]["value_c"]
        else:
            fields = {"kind": SEEN[expected["occupied"]], "heartbeat": True}
        family = "LoRaWAN placepod" if placepod else "LoRaWAN bosch"
        yield Vector(family, f"{item['device']} {item['hex']}", payload(item["hex"], item["fPort"] or 2), [fields])


def movebroad() -> Iterator[Vector]:
    """Binary messages of the Movebroad firmware."""
    names = {
        "battery_voltage": "battery_v",
        "battery_value": "battery_pct",
        "magnetic_value": "extra.field",
        "error_code": "extra.error_code",
        "rsrp": "signal_dbm",
        "ICCID": "extra.iccid",
        "IMEI": "extra.imei",
        "sinr": "extra.snr_db",
        "cell_id": "extra.cell",
        "heartbeat_time": "extra.beat_h",
    }
    for item in load("nbiot_ctwing_binary_vectors")["vectors"]:
        expected = item["expected"] | item.get("expected_little_endian", {})
        why = (
            "two events in the wrong byte order, by a slip of the firmware" if "expected_little_endian" in item else ""
        )
        fields = {ours: expected[name] for name, ours in names.items() if name in expected}
        state = expected.get("parking_state", expected.get("parking_change"))
        if state is not None and "ptime" in expected:
            fields |= {"kind": CHANGED[bool(state)], "observed_at": moment(expected["ptime"]), "heartbeat": False}
        elif state is not None:
            fields |= {"kind": SEEN[bool(state)], "heartbeat": True}
        else:
            fields["kind"] = None
        name = f"{item['object_model']} {item['name']}"
        yield Vector("NB-IoT Movebroad", name, payload(item["hex"], None), [fields], why)


def platforms() -> Iterator[Vector]:
    """Messages of CTWing, IoTDA, OceanConnect and OneNET."""
    unknown = "unknown_model"
    expected: dict[str, Expected] = {
        "ctwing-online": [{"kind": None, "detail": "online", "platform_at": moment(1619523036482)}],
        "ctwing-event": [{"kind": None, "battery_v": 1.0}],
        "ctwing-data-thingmodel": [{"kind": None, "observed_at": moment(1619524019000)}],
        "ctwing-data-profile": [{"kind": None, "battery_pct": 100.0, "signal_dbm": -114.0}],
        "ctwing-data-transparent": unknown,
        "ctwing-data-tcp": [{"kind": None, "device": "1501708501"}],
        "ctwing-data-mqtt": [{"kind": None, "device": "99013914869646085145332"}],
        "iotda-property-report": [
            {
                "kind": None,
                "battery_v": 3.886,
                "battery_pct": 82.0,
                "temperature_c": 24.0,
                "device": "6a44f1047f2e6c302f80df85_vehicle_safety",
            }
        ],
        "iotda-status-doc": [{"kind": None, "detail": "online"}],
        "onenet-datapoint-number": [{"kind": None, "device": "523444202", "extra.value": -115}],
        "onenet-datapoint-hex": "bad_payload",
        "onenet-datapoint-encrypted": unknown,
        "oceanconnect-data-changed-1": [
            {
                "kind": None,
                "battery_pct": 60.0,
                "observed_at": moment(1590568567000),
                "platform_at": moment(1590568573000),
            }
        ],
        "oceanconnect-data-changed-2": [{"kind": None, "battery_pct": 100.0}],
        "oceanconnect-datas-changed": [{"kind": None, "battery_pct": 60.0}],
        "oceanconnect-transparent": unknown,
        "oceanconnect-profile": [{"kind": None, "extra.Power": 0}],
    }
    for item in load("nbiot_platform_envelopes")["samples"]:
        codec = item["name"].partition("-")[0]
        read = body(codec, item.get("raw_body") or item["body"])
        yield Vector(f"NB-IoT {codec}", item["name"], read, expected[item["name"]])
    real = load("nbiot_ctwing_push_geomagnetic")["envelope"]
    fields = {
        "kind": Kind.DEPARTURE,
        "observed_at": moment(1622186096000),
        "platform_at": moment(1622186044981),
        "battery_v": 3.656,
        "signal_dbm": -90.0,
        "device": real["deviceId"],
    }
    yield Vector("NB-IoT ctwing", "real push of a WXHS P_MD", body("ctwing", real), [fields])


def concentrator() -> Iterator[Vector]:
    """Points of the vendor's own scoring, and the one line known from the wire."""
    data = load("sensor_tianbo_concentrator")
    for change, distance, points in data["score_grid"]:
        line = f"{{'CID':1,'MAG':[{{'ID':'A1','X':{change},'Y':0,'Z':0,'D':{distance},'V':360,'N':1}}]}}\r"
        fields = {"kind": SEEN[points >= tianbo.OCCUPIED_FROM], "extra.score": points}
        read = body("tianbo", "\n" + line, {"base.A1": "0,0,0"})
        yield Vector("NB-IoT 天泊", f"field {change}, {distance} cm", read, [{"kind": None}, fields])
    yield Vector("NB-IoT 天泊", "keep-alive in single quotes", body("tianbo", data["real_wire_line"]), [])


def isapi() -> Iterator[Vector]:
    """ANPR events of Hikvision cameras."""
    for item in load("camera_hikvision_isapi_anpr")["vectors"]:
        expected = item["expected"]
        fields: dict[str, Any] = {"kind": Kind.OCCUPIED}
        if "plate" in expected:
            fields["plate"] = expected["plate"] or ""
        if "confidence" in expected:
            fields["plate_confidence"] = expected["confidence"] / 100
        if expected.get("event_time"):
            fields["observed_at"] = datetime.fromisoformat(expected["event_time"])
        if expected.get("uuid"):
            fields |= {"event_id": expected["uuid"], "pictures": tuple(expected["pictures"])}
            fields["device"] = expected["device"]
        if "plate_color" in expected:
            fields["plate_color"] = expected["plate_color"]
        none = item["name"] in ("plateType_is_not_plate", "vmd_not_a_plate_event")
        yield Vector(
            "camera Hikvision ISAPI", item["name"], body("hikvision-isapi", item["xml"]), [] if none else [fields]
        )


def openapi() -> Iterator[Vector]:
    """The vendor's sample of each event type."""
    kinds = {
        771764225: Kind.OCCUPIED,
        771764226: Kind.ARRIVAL,
        771764227: Kind.DEPARTURE,
        771760131: Kind.ARRIVAL,
        771760134: Kind.DEPARTURE,
    }
    for item in load("camera_hikvision_openapi"):
        event = item["json"]["params"]["events"][0]
        data = {key.strip(): value for key, value in event["data"].items()}
        fields: dict[str, Any] = {
            "device": event["srcIndex"],
            "plate": data["plateNo"],
            "kind": kinds.get(event["eventType"]),
            "event_id": event["eventId"],
            "plate_color": "blue" if "plateColor" in data else "unknown",
        }
        if data.get("eventCmd") == 5:
            fields |= {"kind": Kind.CORRECTED, "revokes": event["eventId"]}
            del fields["event_id"]
        yield Vector("camera Hikvision OpenAPI", item["title"], body("hikvision-openapi", item["json"]), [fields])


def dahua() -> Iterator[Vector]:
    """RPC2, snapManager and eventManager texts."""
    data = load("camera_dahua_samples")
    tricycle = {
        "kind": None,
        "plate": "",
        "observed_at": moment(1706600095000),
        "channel": "2",
        "detail": "no motor vehicle",
    }
    yield Vector("camera Dahua", "RPC2 of a tricycle", body("dahua", data["rpc2_trafficjunction"]["json"]), [tricycle])
    for item in data["text_vectors"]:
        expected, name = item["expected"], item["name"]
        read = body("dahua", item["text"])
        result: Expected
        if name == "eventManager_broken_json":
            result = "bad_json"
        elif name == "eventManager_multipart_doc":
            continue  # a stream, not a body: see test_multipart
        elif "plates" in expected:
            result = [{"plate": plate.replace("-", "").replace(" ", "")} for plate in expected["plates"]]
            if name == "batch_four_events":
                result.append({"plate": "", "kind": None})
        else:
            result = [{"plate": expected.get("plate", "")}]
        yield Vector("camera Dahua", name, read, result)


def vzenith() -> Iterator[Vector]:
    """HTTP and MQTT samples of the vendor."""
    for item in load("camera_vzenith_samples")["vectors"]:
        expected = item["expected"]
        fields = {"plate": expected["plate"] or "", "plate_confidence": expected["confidence"] / 100}
        if "plate_color" in expected:
            fields["plate_color"] = expected["plate_color"]
        if "event_time_utc" in expected:
            fields["observed_at"] = datetime.fromisoformat(expected["event_time_utc"])
        if "local_time" in expected:
            fields |= {"observed_at": datetime.fromisoformat(expected["local_time"] + "+08:00"), "plate_color": "blue"}
        device = expected.get("serialno") or expected.get("device_id")
        if device:
            fields["device"] = device
        yield Vector("camera Vzenith", item["name"], body("vzenith", item["json"]), [fields])


def others() -> Iterator[Vector]:
    """博粤, uvcity, Signaltone's skeleton."""
    data = load("camera_other_samples")
    for item in data["boyue_gate"]["vectors"]:
        seconds = item["body"]["AlarmInfoPlate"]["result"]["PlateResult"]["timeStamp"]["Timeval"]["sec"]
        fields = {
            "plate": "桂B12345",
            "plate_color": "blue",
            "plate_confidence": 0.9,
            "observed_at": moment(seconds).replace(microsecond=672241),
        }
        yield Vector("camera 博粤", item["name"], body("boyue", item["body"]), [fields])
    record = {
        "kind": Kind.DEPARTURE,
        "plate": "粤B66688",
        "channel": "001",
        "observed_at": moment(1597412626000),
        "event_id": "440304000000XXX:20081421431090398915",
    }
    yield Vector("camera uvcity", "exit", body("uvcity", data["uvcity_spot_mqtt"]["body_text"]), [record])
    skeleton = load("camera_signaltone_high_position")["skeleton"]
    arrived = {
        "kind": Kind.ARRIVAL,
        "berth": "EX01-001",
        "plate": "鄂L12345",
        "plate_color": "blue",
        "visit": "EXAMPLE-ACT-1",
        "event_id": "EXAMPLE-GUID-1",
        "observed_at": datetime.fromisoformat("2026-03-01T09:00:00+08:00"),
        "plate_confidence": 0.98,
        "action_confidence": 0.95,
    }
    yield Vector("camera Signaltone", "evt.car.in", body("signaltone", skeleton), [arrived])
