"""`python -m sandbox.street`: the devices of a street, sending over HTTP."""

import argparse
import logging
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import FrameType

import httpx

from sandbox.street import clock
from sandbox.street.cars import Car
from sandbox.street.devices import Watch
from sandbox.street.door import Door, read_keys
from sandbox.street.faults import rates
from sandbox.street.live import Live
from sandbox.street.network import read_network
from sandbox.street.photos import Photos
from sandbox.street.traffic import Traffic

ROOT = Path(__file__).resolve().parent.parent.parent
CITY = ROOT / "sensors" / "demo" / "xianning.geojson.gz"
# The demo driver's cars, each with a berth of its own: under a high camera and on a magnetic sensor.
REGULARS = ("鄂L12345:blue@XA11-008", "鄂LD12345:green@XA01-008")
# The first berths of each road stay quiet, for events that somebody posts by hand.
QUIET = 5


def main(arguments: list[str]) -> int:
    """Run until a signal comes. Gives the exit code."""
    home = Path(os.environ.get("OPENBERTH_HOME") or ROOT / ".openberth")
    parser = argparse.ArgumentParser(prog="python -m sandbox.street", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--keys", type=Path, default=home / "demo-keys", help="a folder of <source>.key files")
    parser.add_argument("--network", type=Path, default=CITY, help="CSV or GeoJSON, as load_network takes it")
    parser.add_argument("--state", type=Path, default=home / "street.json", help="where to leave off and take up again")
    parser.add_argument("--speed", type=float, default=1.0, help="faster than life: begins --back hours ago")
    parser.add_argument("--back", type=float, default=None, help="begin so many hours ago (default: 24 when fast)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", type=int, default=QUIET, help="leave the first berths of each road to others")
    parser.add_argument("--berths", type=int, default=0, help="a smaller street of about so many berths")
    parser.add_argument("--faults", default="normal", help="none, normal, heavy or a JSON file of rates")
    parser.add_argument("--rate", type=float, default=25.0, help="requests a second at most")
    parser.add_argument("--regular", action="append", metavar="PLATE:COLOUR@BERTH", help="a car with a berth it uses")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        street = read_network(options.network)
        wrong = rates(options.faults)
        regulars = dict(_regular(text) for text in options.regular or REGULARS)
        back = options.back if options.back is not None else (24.0 if options.speed > 1 else 0.0)
        virtual = clock.VirtualClock(start=clock.real() - timedelta(hours=back), speed=options.speed)
        if options.rate <= 0:
            raise ValueError("--rate must be above 0")
    except (OSError, ValueError, KeyError) as error:
        print(f"sandbox.street: {error}", file=sys.stderr)
        return 2
    keys = read_keys(options.keys)
    if not keys:
        print(f"sandbox.street: no *.key files in {options.keys}: run manage.py load_demo", file=sys.stderr)
        return 2
    street = street.leaving(options.quiet)
    if options.berths:
        street = street.only(options.berths)
    os.nice(10)
    signal.signal(signal.SIGTERM, _leave)
    watch = Watch(street=street, traffic=Traffic(seed=options.seed, regulars=regulars), rates=wrong)
    _await(options.url)
    door = Door(url=options.url, keys=keys)
    live = Live(
        watch=watch,
        door=door,
        clock=virtual,
        state_file=options.state,
        requests_per_s=options.rate,
        photos=Photos(door, always={car.plate for car in regulars.values()}),
    )
    try:
        live.run()
    except KeyboardInterrupt:
        return 0
    return 0


def _regular(text: str) -> tuple[str, Car]:
    car, at, berth = text.partition("@")
    plate, colon, color = car.partition(":")
    if not (at and colon and plate and color and berth):
        raise ValueError(f"{text!r} is not of the form PLATE:COLOUR@BERTH")
    return berth, Car(plate, color)


def _await(url: str) -> None:
    while True:
        try:
            httpx.get(f"{url.rstrip('/')}/healthz", timeout=5, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(1)


def _leave(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
