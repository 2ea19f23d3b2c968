"""A corner of the street for the simulator's tests: one road of four berths and a device of every kind."""

from datetime import date, datetime

from sandbox.street.devices import Watch
from sandbox.street.faults import NONE, Rates
from sandbox.street.network import Device, Street
from sandbox.street.traffic import CHINA, Traffic

DAY = date(2026, 11, 20)
BERTHS = ("A-01", "A-02", "A-03", "A-04")
SENSOR = Device(code="0254504c00000001", kind="geomagnetic", codec="chirpstack", source="lora", berths=("A-01",))
CAMERA = Device(code="XLT1", kind="high_camera", codec="signaltone", source="video", berths=("A-02", "A-03"))
POST = Device(code="POST1", kind="low_camera", codec="", source="posts", berths=("A-04",))
PATROL = Device(code="PATROL-1", kind="patrol", codec="", source="patrol", berths=())


def street() -> Street:
    return Street(
        roads={"A": list(BERTHS)},
        devices=[SENSOR, CAMERA, POST, PATROL],
        places=dict.fromkeys(BERTHS, (114.32, 29.86)),
    )


def watch(*, rates: Rates = NONE, seed: int = 1) -> Watch:
    return Watch(street=street(), traffic=Traffic(seed=seed), rates=rates)


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, datetime.strptime(clock, "%H:%M").time(), CHINA)  # noqa: DTZ007
