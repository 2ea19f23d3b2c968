"""The demo city of Xianning: its network, its sources with their keys, its tariff and its people.

The streets' names are real, their course is not: no published street geometry of Xianning was found.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.contrib.auth.models import Group
from django.db import transaction

from parking import tariffs
from parking.domain.tariff import library
from parking.models import CalendarDay, User, Vehicle, Zone
from sensors import keys, network
from sensors.models import Installation, Source
from sensors.network import Report

TARIFF = "xianning-demo"
CITY = Path(__file__).parent / "xianning.geojson.gz"
BERTHS = 3_730
SOURCES = "xianning-"
ZONES_EN = {"温泉": "Wenquan", "永安": "Yong'an"}
DRIVER_PHONE = "13800000000"
STAFF_PASSWORD = "openberth-demo"  # noqa: S105  # printed by `make run`; production refuses to load the demo
# Platforms keep what they could not deliver for three days.
MAX_AGE_DAYS = 3
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Staff:
    """A demo account that signs in with the demo password."""

    username: str
    role: str
    superuser: bool = False


STAFF = (Staff("admin", "manager", superuser=True), Staff("operator", "operator"), Staff("inspector", "inspector"))
VEHICLES = (("鄂L12345", "blue"), ("鄂LD12345", "green"))


def load(*, now: datetime, keys_in: Path) -> Report | None:
    """Load the whole demo; safe to repeat, and quick when it stands already. None when the network stood already.

    Each source's key is kept in the folder `keys_in` as `<source>.key`, made up the first time: the simulated street
    reads it there.
    """
    with transaction.atomic():
        report = None if _stands(keys_in) else network.load(CITY.read_bytes(), now=now)
        for code, name in ZONES_EN.items():
            Zone.objects.filter(code=code, name_en="").update(name_en=name)
        _give_keys(keys_in, now)
        _tariff(now)
        if not CalendarDay.objects.exists():
            tariffs.seed_calendar()
        _people(now)
    (keys_in / "network.sha256").write_text(_print())
    return report


def _stands(keys_in: Path) -> bool:
    """Whether this very file was loaded into this database before: reading 3,730 berths again takes a second."""
    stamp = keys_in / "network.sha256"
    if not stamp.exists() or stamp.read_text() != _print():
        return False
    return Installation.objects.filter(device__source__name__startswith=SOURCES).count() >= BERTHS


def _print() -> str:
    return hashlib.sha256(CITY.read_bytes()).hexdigest()


def _give_keys(folder: Path, now: datetime) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for source in Source.objects.filter(name__startswith=SOURCES):
        kept = folder / f"{source.name}.key"
        if not kept.exists():
            kept.touch(mode=0o600)
            kept.write_text(secrets.token_urlsafe(32))
        if source.codec and source.max_age_days is None:
            source.max_age_days = MAX_AGE_DAYS
            source.save(update_fields=["max_age_days"])
        keys.add_key(source=source, now=now, key=kept.read_text().strip())


def _tariff(now: datetime) -> None:
    for loaded in tariffs.load([library.document(TARIFF)], now=now):
        if loaded.state == "refused":
            raise ValueError(f"{TARIFF}: {loaded.path}: {loaded.reason}")


def _people(now: datetime) -> None:
    driver, _ = User.objects.get_or_create(phone=DRIVER_PHONE, defaults={"username": f"phone-{DRIVER_PHONE}"})
    for plate, color in VEHICLES:
        if not Vehicle.objects.filter(plate=plate, plate_color=color).exists():
            Vehicle.objects.create(user=driver, plate=plate, plate_color=color, bound_at=BEGAN, verified_at=BEGAN)
    for staff in STAFF:
        user, made = User.objects.get_or_create(
            username=staff.username, defaults={"is_staff": True, "is_superuser": staff.superuser}
        )
        if made:
            user.set_password(STAFF_PASSWORD)
            user.save(update_fields=["password"])
            user.groups.add(Group.objects.get_or_create(name=staff.role)[0])
