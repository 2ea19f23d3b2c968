"""The sandbox gateways over real HTTP, and bills of the street's usual cast."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from payments import gateways, reconciliation
from payments.domain.bill import Bill, BillLine
from payments.reconciliation.comparing import near_midnight
from sandbox.gateway.server import Sandbox
from sandbox.gateway.world import Knobs


@pytest.fixture(scope="session")
def keys_folder(tmp_path_factory) -> Path:
    return Path(tmp_path_factory.mktemp("sandbox-keys"))


@pytest.fixture(scope="session")
def _sandbox(keys_folder) -> Iterator[Sandbox]:
    with Sandbox(keys_folder=keys_folder, speed=1000.0) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_sandbox, keys_folder, settings) -> Iterator[Sandbox]:
    """Fresh books, no faults, every knob as it comes; our gateways speak to it."""
    _sandbox.world.books.clear()
    _sandbox.world.faults.set([])
    _sandbox.world.knobs = Knobs()
    made = {}
    for code, setting in settings.PAYMENT_GATEWAYS.items():
        options = {
            name: str(keys_folder / Path(value).name) if name.endswith("_file") else value
            for name, value in setting["OPTIONS"].items()
        }
        path = "/gateway.do" if code == "alipay" else ""
        told = {
            "host": _sandbox.url + path,
            "read_timeout": 1.0,
            "notify_url": f"http://127.0.0.1:9/pay/notify/{code}/",
        }
        made[code] = {**setting, "OPTIONS": {**options, **told}}
    settings.PAYMENT_GATEWAYS = made
    gateways.forget()
    yield _sandbox
    gateways.forget()


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def day(now) -> date:
    """The city's day, for what a statement must say. Around midnight a line may rightly stand in another day's."""
    today = now.astimezone(reconciliation.SHANGHAI).date()
    if near_midnight(now, today) or near_midnight(now + timedelta(minutes=10), today):
        pytest.skip("within minutes of the city's midnight")
    return today


@pytest.fixture
def bill(now):
    """A bill of 鄂L12345 at A01, unless told otherwise."""
    made = iter(range(1, 100_000))

    def make(
        *, number: str = "", amount_fen: int = 500, plate: str = "鄂L12345", berth: str = "A01", scope: str = "A"
    ) -> Bill:
        to_at = now - timedelta(minutes=2)
        from_at = to_at - timedelta(hours=2)
        return Bill(
            number=number or f"S{next(made):06d}",
            scope=scope,
            spot=berth,
            place=f"温泉路 {berth}",
            plate=plate,
            plate_color="blue",
            from_at=from_at,
            to_at=to_at,
            amount_fen=amount_fen,
            currency="CNY",
            lines=(BillLine(from_at=from_at, to_at=to_at, rule="计时", rule_en="By time", amount_fen=amount_fen),),
            tariff_code="city",
            tariff_version=1,
        )

    return make
