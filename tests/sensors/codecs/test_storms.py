"""One change on the street is one change here, however often and in however many forms a vendor tells it."""

import json
from datetime import UTC, datetime, timedelta

from parking.domain.events import Kind
from sensors.codecs import boyue, chirpstack, ctwing, dahua, hikvision_openapi, loriot, oceanconnect, signaltone, tts
from tests.sensors.codecs import vectors

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CHANGES = (Kind.ARRIVAL, Kind.DEPARTURE)


def read(codec, data, **query):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return codec.decode(raw, received_at=NOW, query=query)


def changes(readings):
    return {item.event_id for item in readings if item.kind in CHANGES}


def ctwing_message(hexadecimal: str, service: int, **over) -> dict[str, object]:
    import base64

    data = base64.b64encode(bytes.fromhex(hexadecimal)).decode()
    return {
        "messageType": "dataReport",
        "topic": "v1/up/ad",
        "deviceId": "d1",
        "timestamp": 1622186700000 + service,
        "payload": {"APPdata": data},
        **over,
    }


def test_ctwings_four_messages_of_one_change_are_one_change():
    named = {item["name"]: item["hex"] for item in vectors.load("nbiot_ctwing_binary_vectors")["vectors"]}
    four = [
        ctwing_message(named["ExtraReport_occupied"], 101),
        ctwing_message(named["ParkingChange_occupied"], 1001),
        ctwing_message("020001000101", 1),
        ctwing_message(named["SignalReport"], 2),
    ]
    readings = [item for message in four for item in read(ctwing, message)]
    assert len(changes(readings)) == 1
    assert [item.kind for item in readings] == [Kind.ARRIVAL, Kind.OCCUPIED, Kind.OCCUPIED, None]
    assert all(item.heartbeat for item in readings if item.kind is Kind.OCCUPIED)


def test_ctwings_four_messages_as_json_of_the_thing_model_are_one_change():
    frame = {"deviceId": "d1", "timestamp": 1622186700000, "messageType": "dataReport", "topic": "v1/up/ad19"}
    four = [
        {**frame, "serviceId": 101, "payload": {"ptime": 1622186696000, "parking_state": 1, "parking_change": 1}},
        {**frame, "serviceId": 1001, "messageType": "eventReport", "eventContent": {"parking_change": 1}},
        {**frame, "serviceId": 1, "payload": {"parking_state": 1}},
        {**frame, "serviceId": 2, "payload": {"rsrp": -93}},
    ]
    assert changes([item for message in four for item in read(ctwing, message)]) == {"d1:1622186696000:in"}


def test_ctwing_sending_again_with_other_counters_is_the_same_event():
    message = {**vectors.load("nbiot_ctwing_push_geomagnetic")["envelope"]}
    again = {**message, "upPacketSN": 7, "upDataSN": 9}
    assert read(ctwing, message)[0].event_id == read(ctwing, again)[0].event_id


def test_oceanconnects_single_and_batch_notification_are_one_event():
    named = {item["name"]: item["body"] for item in vectors.load("nbiot_platform_envelopes")["samples"]}
    single = read(oceanconnect, named["oceanconnect-data-changed-1"])
    assert single[0].event_id == read(oceanconnect, named["oceanconnect-datas-changed"])[0].event_id


def test_a_hikvision_event_repeated_and_with_pictures_later_keeps_its_id():
    message = next(
        item["json"]
        for item in vectors.load("camera_hikvision_openapi")
        if item["json"]["params"]["events"][0]["eventType"] == 771764226
    )
    later = json.loads(json.dumps(message))
    first = json.loads(json.dumps(message))
    first["params"]["events"][0] |= {"status": 0}
    first["params"]["events"][0]["data"].pop("picUrl")
    without, with_pictures = read(hikvision_openapi, first)[0], read(hikvision_openapi, later)[0]
    assert without.event_id == with_pictures.event_id
    assert (without.pictures, len(with_pictures.pictures)) == ((), 1)


def test_a_hikvision_correction_names_the_event_it_corrects_and_is_stable():
    messages = [item["json"] for item in vectors.load("camera_hikvision_openapi")]
    correction = next(m for m in messages if m["params"]["events"][0]["data"].get("eventCmd") == 5)
    one, two = read(hikvision_openapi, correction)[0], read(hikvision_openapi, correction)[0]
    assert one.kind is Kind.CORRECTED
    assert one.revokes == correction["params"]["events"][0]["eventId"]
    assert one.event_id == two.event_id != one.revokes


def snap(index: int, code: str = "TrafficParkingSpaceParking", second: int = 0) -> bytes:
    return (
        f"Events[0].Code={code}\r\nEvents[0].GroupID=7\r\nEvents[0].IndexInGroup={index}\r\n"
        f"Events[0].TrafficCar.PlateNumber=鄂L12345\r\nEvents[0].TrafficCar.CustomParkNo=A01\r\n"
        f"Events[0].TrafficCar.UTC={1795420800 + second}\r\n"
    ).encode()


def test_the_snaps_of_a_dahua_group_are_one_change_under_one_id():
    readings = [item for index in (1, 2, 3) for item in read(dahua, snap(index, second=index), device="D1")]
    assert len({item.event_id for item in readings}) == 1
    assert [item.kind for item in readings] == [Kind.ARRIVAL, None, None]
    assert readings[0].observed_at == datetime.fromtimestamp(1795420801, UTC) - timedelta(hours=8)


def test_a_dahua_departure_of_the_same_group_number_is_another_event():
    came, left = read(dahua, snap(1), device="D1"), read(dahua, snap(1, "TrafficParkingSpaceNoParking"), device="D1")
    assert came[0].event_id != left[0].event_id


def envelope(codec: str, hexadecimal: str) -> dict[str, object]:
    return next(
        item["envelope_json"]
        for item in vectors.load("lorawan_envelopes")
        if item["envelope"] == codec and item["hex"] == hexadecimal
    )


def test_several_gateways_and_a_resent_frame_are_one_event_at_chirpstack():
    message = envelope("ChirpStack", "01")
    copy = json.loads(json.dumps(message))
    copy["rxInfo"].append({**copy["rxInfo"][0], "gatewayId": "ff", "rssi": -20})
    copy |= {"deduplicationId": "other", "time": "2023-05-22T07:47:09.1+00:00"}
    one, two = read(chirpstack, message)[0], read(chirpstack, copy)[0]
    assert one.event_id == two.event_id
    assert (one.signal_dbm, two.signal_dbm) == (-35, -20)


def test_the_same_counter_after_a_rejoin_is_another_event():
    message = envelope("ChirpStack", "01")
    assert read(chirpstack, message)[0].event_id != read(chirpstack, {**message, "devAddr": "20000002"})[0].event_id
    uplink = envelope("ThingsStackCommunity", "0112")
    joined = json.loads(json.dumps(uplink))
    joined["uplink_message"]["session_key_id"] = "other"
    assert read(tts, uplink)[0].event_id != read(tts, joined)[0].event_id


def test_loriots_two_forms_of_one_uplink_are_one_event():
    full = envelope("LORIOT", "0159012401000000000000")
    short = {**full, "cmd": "rx", "rssi": -42, "snr": 8.8}
    del short["gws"]
    assert read(loriot, full)[0].event_id == read(loriot, short)[0].event_id


ACT = {
    "evtGuid": "g1",
    "parkingActId": "act1",
    "happenTime": "2026-11-23 08:00:00",
    "plateNumber": "鄂L12345",
    "plateColor": 3,
    "berthCode": "A01",
    "deviceSn": "S1",
    "plateCredible": 0.9,
    "actionCredible": 0.8,
}


def test_signaltones_three_messages_of_a_visit_bear_one_visit_and_four_ids():
    arrived = read(signaltone, {**ACT, "evt": "evt.car.in"})
    left = read(signaltone, {**ACT, "evt": "evt.car.out", "evtGuid": "g2", "happenTime": "2026-11-23 09:00:00"})
    times = {"timeIn": "2026-11-23 08:00:00", "timeOut": "2026-11-23 09:00:00"}
    whole = read(signaltone, {**ACT, "evt": "evt.car.complete", "evtGuid": "g3", **times})
    assert [item.kind for item in (*arrived, *left, *whole)] == [*CHANGES, *CHANGES]
    assert [item.event_id for item in (*arrived, *left, *whole)] == [
        "g1",
        "g2",
        "act1:complete:in",
        "act1:complete:out",
    ]
    assert {item.visit for item in (*arrived, *left, *whole)} == {"act1"}
    assert [item.observed_at for item in whole] == [arrived[0].observed_at, left[0].observed_at]
    assert arrived[0].plate_color == "black"


def test_a_signaltone_cancel_takes_back_the_arrival_and_what_the_complete_repeated_of_it():
    cancel = {"evt": "evt.cancel", "evtGuid": "c1", "targetEvtGuid": "g1", "parkingActId": "act1"}
    found = read(signaltone, {**cancel, "targetEvtType": "evt.car.in"})
    assert [item.revokes for item in found] == ["g1", "act1:complete:in"]
    assert all(item.kind is Kind.REVOKED for item in found)
    assert len({item.event_id for item in found}) == 2
    whole = read(signaltone, {**cancel, "targetEvtGuid": "g3", "targetEvtType": "evt.car.complete"})
    assert [item.revokes for item in whole] == ["act1:complete:in", "act1:complete:out"]


def test_colours_three_and_four_are_each_vendors_own():
    white = vectors.load("camera_vzenith_samples")["vectors"][0]["json"]
    white["AlarmInfoPlate"]["result"]["PlateResult"]["colorType"] = 3
    assert read(boyue, white)[0].plate_color == "white"
    assert read(signaltone, {**ACT, "evt": "evt.car.in"})[0].plate_color == "black"
    assert read(signaltone, {**ACT, "evt": "evt.car.in", "plateColor": "4"})[0].plate_color == "white"
