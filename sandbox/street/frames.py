"""The vendors' own words for what a device saw: JSON bodies as their platforms push them.

ChirpStack v4 around Bosch TPS110 bytes, Signaltone's roadside video, and the platform's neutral events for patrol
vehicles and for any device whose language is not spoken here.
"""

import base64
import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sandbox.street.devices import Sighting
from sandbox.street.faults import Frame
from sandbox.street.traffic import CHINA

_SIGNALTONE_COLORS = {"unknown": 0, "blue": 1, "yellow": 2, "black": 3, "white": 4, "green": 5}
_SIGNALTONE_EVENTS = {
    "arrival": "evt.car.in",
    "departure": "evt.car.out",
    "complete": "evt.car.complete",
    "cancel": "evt.cancel",
}
_PICTURES = "https://pictures.example.invalid"
# A patrol vehicle sends what it read when it has so many reads or the first is so old.
_BATCH, _BATCH_S = 50, 30
_PROFILE = "Bosch TPS110"


class Encoder:
    """Turns sightings, given in order of time, into frames. `counters` are the LoRaWAN frame counters by device."""

    def __init__(self, *, counters: dict[str, int] | None = None) -> None:
        self.counters = counters if counters is not None else {}

    def frames(self, sightings: Iterable[Sighting]) -> Iterator[Frame]:
        """A frame for each sighting, or for a batch of them where the device sends batches."""
        reads: dict[str, list[Sighting]] = {}
        now: datetime | None = None
        for seen in sightings:
            now = seen.at
            # A full or old batch leaves before what comes after it.
            for device in [d for d, batch in reads.items() if _due(batch, seen)]:
                yield _patrol(reads.pop(device), seen.at)
            if seen.device.kind == "patrol":
                reads.setdefault(seen.device.code, []).append(seen)
            else:
                yield self.frame(seen)
        for batch in reads.values():
            yield _patrol(batch, now or batch[-1].at)

    def frame(self, seen: Sighting) -> Frame:
        """The frame of one sighting in the device's own language."""
        if seen.device.codec == "chirpstack":
            return self._chirpstack(seen)
        if seen.device.codec == "signaltone":
            return _signaltone(seen)
        return _frame(seen, "events/", {"events": [_neutral(seen)]}, [seen])

    def _chirpstack(self, seen: Sighting) -> Frame:
        count = self.counters.get(seen.device.code, 0)
        self.counters[seen.device.code] = count + 1
        port, payload = _bosch(seen)
        eui = seen.device.code
        sent = seen.at.astimezone(CHINA).isoformat(timespec="microseconds")
        noise = random.Random(f"{eui}|{count}")
        body = {
            "deduplicationId": str(UUID(bytes=_digest(eui, count, seen.at.isoformat()))),
            "time": sent,
            "deviceInfo": {
                "tenantId": "52f14cd4-0000-4fbd-8f87-000000000001",
                "tenantName": "Xianning",
                "applicationId": "ca739e26-0000-4f14-b69e-000000000001",
                "applicationName": "Kerb",
                "deviceProfileId": "605d08d4-0000-4d2c-8a5a-000000000001",
                "deviceProfileName": _PROFILE,
                "deviceName": seen.berth,
                "devEui": eui,
                "tags": {},
            },
            "devAddr": eui[-8:],
            "adr": True,
            "dr": 5,
            "fCnt": count,
            "fPort": port,
            "confirmed": port == 1,
            "data": base64.b64encode(payload).decode(),
            "rxInfo": [
                {
                    "gatewayId": "0254504c00000001",
                    "uplinkId": noise.randrange(1 << 16),
                    "time": sent,
                    "rssi": noise.randint(-118, -70),
                    "snr": round(noise.uniform(-8, 11), 1),
                    "channel": noise.randrange(8),
                    "location": {},
                    "context": "EFwMtA==",
                    "metadata": {"region_common_name": "CN470", "region_config_id": "cn470_10"},
                    "crcStatus": "CRC_OK",
                }
            ],
            "txInfo": {
                "frequency": 486_300_000,
                "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 7, "codeRate": "CR_4_5"}},
            },
        }
        return _frame(seen, "chirpstack/?event=up", body, [seen])


def _bosch(seen: Sighting) -> tuple[int, bytes]:
    occupied = seen.kind in ("arrival", "occupied")
    if seen.kind in ("arrival", "departure"):
        return 1, bytes([occupied])
    if seen.kind == "startup":
        # Twelve bytes of debug words, firmware 0.29.2 with the lowest part first, cause 2 (power on), state "vacant".
        return 3, bytes(12) + bytes([0x1D, 0x02, 0x00, 0x02, 0x00])
    return 2, bytes([occupied]) + (round(seen.temperature) & 0xFF).to_bytes(1)


def _signaltone(seen: Sighting) -> Frame:
    body: dict[str, Any] = {
        "evt": _SIGNALTONE_EVENTS[seen.kind],
        "evtGuid": seen.event_id,
        "parkingActId": seen.visit,
        "happenTime": _local(seen.clock),
        "plateNumber": seen.plate,
        "plateColor": _SIGNALTONE_COLORS[seen.color],
        "picUrlArr": [f"{_PICTURES}/{seen.event_id}/{number}.jpg" for number in (1, 2, 3)],
        "parkingCode": seen.berth.rpartition("-")[0],
        "parkingName": "",
        "berthCode": seen.berth,
        "deviceSn": seen.device.code,
        "devicePlace": "",
        "plateCredible": seen.plate_confidence,
        "actionCredible": seen.action_confidence,
        "parkingAbnormal": 1 if seen.straddles else 0,
        "geo": "",
    }
    if seen.kind == "complete" and seen.began is not None and seen.ended is not None:
        body |= {"timeIn": _local(seen.began), "timeOut": _local(seen.ended)}
        body |= {f"picUrlArr{end}": [f"{_PICTURES}/{seen.visit}/{end}{n}.jpg" for n in (1, 2)] for end in ("In", "Out")}
    if seen.kind == "cancel":
        body |= {"targetEvtGuid": seen.revokes, "targetEvtType": "evt.car.in"}
    return _frame(seen, "signaltone/", body, [seen])


def _local(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _patrol(batch: Sequence[Sighting], at: datetime) -> Frame:
    return replace(
        _frame(batch[-1], "events/", {"events": [_neutral(seen) for seen in batch]}, batch),
        at=at,
        deliver_at=at + timedelta(seconds=batch[-1].travel_s),
    )


def _neutral(seen: Sighting) -> dict[str, Any]:
    # The neutral door has no word for a restart or a finished visit: a restart speaks as the state it claims.
    kind = {"startup": "vacant", "complete": "departure", "cancel": "revoked"}.get(seen.kind, seen.kind)
    said: dict[str, Any] = {
        "event_id": seen.event_id,
        "device": seen.device.code,
        "berth": seen.berth,
        "kind": kind,
        "observed_at": seen.clock.astimezone(CHINA).isoformat(),
        "plate": seen.plate,
        "plate_color": seen.color,
        "plate_confidence": seen.plate_confidence,
        "action_confidence": seen.action_confidence,
    }
    if seen.revokes:
        said["revokes"] = seen.revokes
    return {name: value for name, value in said.items() if value not in (None, "")}


def _due(batch: Sequence[Sighting], now: Sighting) -> bool:
    return len(batch) >= _BATCH or now.at - batch[0].at >= timedelta(seconds=_BATCH_S)


def _frame(last: Sighting, door: str, body: dict[str, Any], told: Sequence[Sighting]) -> Frame:
    return Frame(
        at=last.at,
        deliver_at=last.at + timedelta(seconds=last.travel_s),
        source=last.device.source,
        door=door,
        device=last.device.code,
        body=body,
        truths=tuple(seen.truth for seen in told),
    )


def _digest(*parts: object) -> bytes:
    return hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest()
