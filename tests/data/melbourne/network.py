"""The real stays of Melbourne in the platform's own forms: a network CSV for `load_network`, a stays CSV for `replay`.

    python -m tests.data.melbourne.network DIRECTORY

`stays.csv.gz` holds every overstaying stay of 28 days of 2016 (59,042 on 2,410 bays in 33 areas; bay, area, arrival and
departure to the minute), `bays.csv.gz` where the bays are. City of Melbourne, CC BY 4.0, by way of
zschaoihen/LSTM-Autoencoder-Parking @ada336f (MIT).

An area becomes a road. A bay whose place is not published is put at the middle of its area. Times bear no zone: they
are taken as China time, so that the wall clock stays what it was. A plate, where asked for, is made up, one a stay.
"""

import csv
import gzip
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ZONE = "Melbourne"
MIDDLE = (144.9631, -37.8136)
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
NETWORK_COLUMNS = ("road", "road_name", "zone", "berth", "lon", "lat", "device", "device_kind", "codec", "source")


@dataclass(frozen=True, slots=True)
class RealStay:
    """One stay as published; times are texts such as 2016-11-07 00:35."""

    bay: str
    area: str
    arrived_at: str
    departed_at: str


def stays() -> list[RealStay]:
    """All stays, in the published order."""
    with gzip.open(HERE / "stays.csv.gz", "rt") as file:
        return [
            RealStay(row["street_marker"], row["area"], row["arrival"], row["departure"])
            for row in csv.DictReader(file)
        ]


def places() -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the bays whose place is published."""
    with gzip.open(HERE / "bays.csv.gz", "rt") as file:
        return {row["st_marker_id"]: (float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)}


def network_rows() -> Iterator[dict[str, str]]:
    """A row for each bay with a stay, by area and bay; no devices."""
    area_of = {stay.bay: stay.area for stay in stays()}
    known = places()
    members: dict[str, list[tuple[float, float]]] = {}
    for bay, area in area_of.items():
        if bay in known:
            members.setdefault(area, []).append(known[bay])
    for area, bay in sorted((area, bay) for bay, area in area_of.items()):
        near = [known[bay]] if bay in known else members.get(area, [MIDDLE])
        yield dict.fromkeys(NETWORK_COLUMNS, "") | {
            "road": road_code(area),
            "road_name": area,
            "zone": ZONE,
            "berth": bay,
            "lon": f"{sum(place[0] for place in near) / len(near):.7f}",
            "lat": f"{sum(place[1] for place in near) / len(near):.7f}",
        }


def road_code(area: str) -> str:
    """The code of the road that an area becomes."""
    return f"MEL-{area.upper().replace(' ', '-')}"


def made_up_plate(number: int) -> str:
    """A plate of Xianning's that no other number below 45 million gives."""
    signs = ""
    for _ in range(5):
        number, rest = divmod(number, len(_SIGNS))
        signs = _SIGNS[rest] + signs
    return f"鄂L{signs}"


def write_network(path: Path) -> None:
    """The network CSV."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, NETWORK_COLUMNS)
        writer.writeheader()
        writer.writerows(network_rows())


def write_stays(path: Path, *, plates: bool, limit: int | None = None) -> None:
    """The stays CSV, with a made-up plate a stay or without; of the first `limit` stays only where one is given."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["berth", "arrived_at", "departed_at"] + (["plate"] if plates else []))
        for number, stay in enumerate(stays()[:limit]):
            times = [f"{moment.replace(' ', 'T')}:00+08:00" for moment in (stay.arrived_at, stay.departed_at)]
            writer.writerow([stay.bay, *times] + ([made_up_plate(number)] if plates else []))


def main(folder: Path) -> None:
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder / "network.csv")
    write_stays(folder / "stays.csv", plates=False)
    write_stays(folder / "stays-with-plates.csv", plates=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
