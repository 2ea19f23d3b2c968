"""The kept sums over real stays of Melbourne equal a slow recount, and so do those made anew."""

import io
import os

import pytest
from django.core.management import call_command
from django.utils import timezone

from parking import tariffs
from parking.figures import rolling
from parking.figures.counts import COLUMNS
from parking.models import RoadHour, TariffVersion
from tests import street
from tests.data.melbourne import network
from tests.parking.figures.recount import recount

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(5_400)]
# All 59,042 take a quarter of an hour: `RECOUNT_STAYS=59042 pytest tests/journeys/test_figures_recount.py -s`.
STAYS = int(os.environ.get("RECOUNT_STAYS", "6000"))


def kept():
    told = {}
    for row in RoadHour.objects.select_related("road"):
        numbers = {name: getattr(row, name) for name in COLUMNS if getattr(row, name)}
        told[row.road.code, row.hour_at.astimezone(street.CITY_TIME)] = numbers
    return told


def test_the_sums_of_the_replay_are_those_of_the_recount(tmp_path):
    network.write_network(tmp_path / "network.csv")
    call_command("load_network", str(tmp_path / "network.csv"), stdout=io.StringIO(), stderr=io.StringIO())
    tariffs.seed_calendar()
    TariffVersion.objects.create(
        code="flat",
        version=1,
        status=TariffVersion.Status.APPROVED,
        in_force_from=street.at("00:00", day="2016-01-01"),
        document=street.FLAT,
    )
    network.write_stays(tmp_path / "stays.csv", plates=True, limit=STAYS)
    call_command("replay", str(tmp_path / "stays.csv"), stdout=io.StringIO(), stderr=io.StringIO(), shuffle=7, repeat=2)
    now = timezone.now()
    rolling.sweep(now=now, batches=100)
    ended = rolling.hour_of(now)
    truth = {key: numbers for key, numbers in recount(now=now).items() if key[1] < ended}
    swept = kept()
    assert len(swept) > 500
    assert swept == truth
    print(f"{STAYS} stays, {len(swept)} road hours, {sum(map(len, swept.values()))} numbers: equal")
    rolling.rebuild(now=now)
    assert kept() == swept
