"""The 59,042 real stays of Melbourne, through the real door: every session equals the truth to the minute."""

import csv
import io
from collections import Counter
from datetime import datetime

import pytest
from django.core.management import call_command

from parking import tariffs
from parking.models import ParkingSession, TariffVersion
from tests import street
from tests.data.melbourne import network

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

# The three stays that overlap another on their bay, as the file has them.
OVERLAPPING = {
    ("67W", "2016-11-08T12:34:00+08:00", "2016-11-08T14:55:00+08:00"),
    ("67W", "2016-11-08T15:38:00+08:00", "2016-11-08T17:46:00+08:00"),
    ("67W", "2016-11-09T17:05:00+08:00", "2016-11-09T20:30:00+08:00"),
}


@pytest.fixture
def city(tmp_path):
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
    return tmp_path


def replay(path, **options):
    out = io.StringIO()
    call_command("replay", str(path), stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue()


def exported():
    out = io.StringIO()
    call_command("export_sessions", unmask="the test compares plates", stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def truth(path):
    with path.open() as file:
        rows = list(csv.DictReader(file))
    return Counter(
        (row["berth"], _rfc(row["arrived_at"]), _rfc(row["departed_at"]), row.get("plate", "")) for row in rows
    )


def told(sessions):
    return Counter((row["berth"], row["arrived_at"], row["left_at"], row["plate"]) for row in sessions)


def test_with_plates_each_stay_is_billed_once_whatever_the_order_and_however_often(city):
    stays = city / "stays.csv"
    network.write_stays(stays, plates=True)
    report = replay(stays)
    first = exported()
    assert told(first) == truth(stays)
    held = {(row["berth"], row["arrived_at"], row["left_at"]) for row in first if row["status"] == "held"}
    assert held == OVERLAPPING
    assert Counter(row["status"] for row in first) == {"billed": 59_039, "held": 3}
    assert report.count("overlaps another stay on its berth") == 3

    replay(stays, shuffle=7, repeat=2)
    assert exported() == first


def test_shuffled_and_doubled_into_an_empty_city_the_sessions_and_fees_are_the_same(city):
    stays = city / "stays.csv"
    network.write_stays(stays, plates=True, limit=6_000)
    replay(stays, shuffle=7, repeat=2)
    shuffled = exported()
    assert told(shuffled) == truth(stays)
    assert {row["status"] for row in shuffled} <= {"billed", "held"}
    overlapping = {(row["berth"], row["arrived_at"], row["left_at"]) for row in shuffled if row["status"] == "held"}
    assert overlapping <= OVERLAPPING
    for row in shuffled:
        if row["status"] == "billed":
            minutes = _minutes(row["arrived_at"], row["left_at"])
            assert int(row["fee_fen"]) == -(-minutes // 30) * 100


def test_without_plates_each_stay_is_held_with_its_own_times(city):
    stays = city / "stays.csv"
    network.write_stays(stays, plates=False, limit=6_000)
    replay(stays)
    sessions = exported()
    assert told(sessions) == truth(stays)
    assert {row["status"] for row in sessions} == {"held"}
    assert all("no_plate" in holds for holds in ParkingSession.objects.values_list("holds", flat=True))


def _rfc(text):
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=street.CITY_TIME)).isoformat()


def _minutes(start, end):
    return int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() // 60)
