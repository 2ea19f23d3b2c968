"""A small town for the simulator: a few roads, and the devices of one mix along them."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from parking.domain.events import Witness
from sandbox.street.devices import Sighting, Watch
from sandbox.street.network import Device, Street
from sandbox.street.traffic import Stay
from sensors.keys import Speaker
from sensors.placing import Known, Place

MIXES = ("sensor+patrol", "camera", "camera+sensor", "all")
ROAD = 10
CAMERA_SEES = 5
CAPTURE_AFTER = timedelta(seconds=60)
CAPTURE_EVERY = timedelta(minutes=30)
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)
_CODECS = {"lora": "chirpstack", "video": "signaltone", "patrol": "neutral", "capture": "neutral"}


def build(*, berths: int, mix: str) -> Street:
    """A street with so many berths on roads of ten, watched as the mix says. Raises ValueError for an unknown mix."""
    if mix not in MIXES:
        raise ValueError(f"unknown mix {mix!r}: there are {', '.join(MIXES)}")
    street = Street()
    for number in range(berths):
        road = f"XA{number // ROAD + 1:02d}"
        berth = f"{road}-{number % ROAD + 1:03d}"
        street.roads.setdefault(road, []).append(berth)
        street.places[berth] = (114.3, 29.8)
    if mix in ("sensor+patrol", "camera+sensor", "all"):
        for number, berth in enumerate(street.places, start=1):
            eui = f"a84041{number:010x}"
            street.devices.append(
                Device(code=eui, kind="geomagnetic", codec="chirpstack", source="lora", berths=(berth,))
            )
    if mix in ("camera", "camera+sensor", "all"):
        for road, line in street.roads.items():
            for first in range(0, len(line), CAMERA_SEES):
                code = f"{road}-CAM{first}"
                watched = tuple(line[first : first + CAMERA_SEES])
                street.devices.append(
                    Device(code=code, kind="high_camera", codec="signaltone", source="video", berths=watched)
                )
    if mix in ("sensor+patrol", "all"):
        street.devices.append(Device(code="PATROL-1", kind="patrol", codec="", source="patrol", berths=()))
    return street


def speakers() -> dict[str, Speaker]:
    """The sources, as the door knows them once their key was right."""
    return {
        name: Speaker(
            id=number, name=name, codec=codec, witness=Witness.UNKNOWN, events_per_second=10_000, max_age_days=30
        )
        for number, (name, codec) in enumerate(_CODECS.items(), start=1)
    }


def known(street: Street) -> dict[str, Known]:
    """The registered devices and where they are installed; a camera that is triggered has its own capture unit."""
    found = {}
    for number, device in enumerate(street.devices, start=1):
        places = tuple(Place("", berth, _SINCE, None) for berth in device.berths)
        found[device.code] = Known(number, Witness(device.kind), True, places)
        if device.kind == "high_camera":
            found[capture_unit(device).code] = Known(number + 100_000, Witness.HIGH_CAMERA, True, places)
    return found


def capture_unit(camera: Device) -> Device:
    """The part of a camera that the sensor below triggers; it speaks by itself, in neutral events."""
    return replace(camera, code=f"{camera.code}-CAP", codec="neutral", source="capture")


class LinkedWatch(Watch):
    """Cameras that a sensor triggers (联动抓拍) read the plate again a minute after the arrival, then every half hour.

    Only where a camera and a sensor watch the same berth. The reads are states, never changes.
    """

    def sightings(self, day: date) -> list[Sighting]:
        """What all devices say of the day, captures included."""
        found = super().sightings(day)
        sensed = {berth for device in self.street.devices if device.kind == "geomagnetic" for berth in device.berths}
        for device in self.street.devices:
            if device.kind == "high_camera":
                found.extend(self._captures(device, day, sensed))
        found.sort(key=lambda seen: seen.at)
        return found

    def _captures(self, camera: Device, day: date, sensed: set[str]) -> Iterator[Sighting]:
        unit = capture_unit(camera)
        rng = random.Random(f"{self.seed}|capture|{camera.code}|{day}")
        for berth in camera.berths:
            if berth not in sensed:
                continue
            for stay in self.traffic.day(berth, day):
                yield from self._of_stay(unit, stay, rng)

    def _of_stay(self, unit: Device, stay: Stay, rng: random.Random) -> Iterator[Sighting]:
        at, number = stay.arrived_at + CAPTURE_AFTER, 0
        while at < stay.left_at:
            plate, color, confidence = self._read(stay.car, rng)
            if plate:
                yield Sighting(
                    device=unit,
                    berth=stay.berth,
                    kind="occupied",
                    at=at,
                    clock=self._clock(unit, at),
                    event_id=f"{unit.code}:{stay.key}:{number}",
                    travel_s=rng.uniform(0.5, 3),
                    plate=plate,
                    color=color,
                    plate_confidence=confidence,
                    truth=stay.key,
                )
            number += 1
            at += CAPTURE_EVERY
