"""The stream as a process of its own, fed by PostgreSQL, over real HTTP."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from django.utils import timezone

from parking import passes
from parking.models import BerthState, RoadNotice, User
from tests import street
from tests.street import event, fold, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def stream(process_env):
    street.build()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "config.stream:application",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=process_env | {"DJANGO_SETTINGS_MODULE": "tests.settings"})
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 30
        while True:
            try:
                if httpx.get(f"{url}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                assert time.monotonic() < until
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def events(answer):
    """(id, name, data) of each event as it comes."""
    told = {}
    for line in answer.iter_lines():
        if not line and "data" in told:
            yield told["id"], told["event"], json.loads(told["data"])
            told = {}
        elif ": " in line and not line.startswith(":"):
            name, _colon, value = line.partition(": ")
            told[name] = value


def listen(stream, **headers):
    return httpx.stream("GET", f"{stream}/city/stream/", params={"pass": passes.make()}, headers=headers, timeout=10)


def arrive(berth="A01"):
    say(event(timezone.now(), "arrival", berth=berth, plate="鄂L12345"))
    fold()


@pytest.mark.parametrize("given", ["", "made-up"])
def test_without_a_pass_it_says_nothing_and_asks_not_to_be_asked_again(stream, given):
    assert httpx.get(f"{stream}/city/stream/", params={"pass": given}).status_code == 204


def test_other_addresses_and_methods_are_refused(stream):
    assert httpx.get(f"{stream}/elsewhere").status_code == 404
    assert httpx.post(f"{stream}/city/stream/", params={"pass": passes.make()}).status_code == 405


def test_a_snapshot_comes_first_and_then_what_changes_without_a_plate(stream):
    with listen(stream) as answer:
        told = events(answer)
        _id, name, snapshot = next(told)
        assert (name, snapshot["roads"]["A"]["occupied"]) == ("snapshot", 0)
        begun = time.monotonic()
        arrive()
        _id, name, news = next(each for each in told if each[1] == "roads")
        assert news["roads"]["A"]["occupied"] == 1
        assert time.monotonic() - begun < 2
        assert "12345" not in json.dumps([snapshot, news])


def test_one_that_comes_back_is_told_what_it_missed(stream):
    with listen(stream) as answer:
        known, _name, _data = next(events(answer))
    arrive("A01")
    time.sleep(1)
    with listen(stream, **{"Last-Event-ID": known}) as answer:
        name, data = next((name, data) for _id, name, data in events(answer) if name != "figures")
    assert (name, data["roads"]["A"]["occupied"]) == ("roads", 1)


def test_a_closed_road_is_told_at_once(stream):
    user = User.objects.create(username="duty")
    with listen(stream) as answer:
        told = events(answer)
        next(told)
        RoadNotice.objects.create(
            kind="closed", everywhere=True, from_at=timezone.now(), reason="防汛", made_by=user, made_at=timezone.now()
        )
        news = next(data for _id, name, data in told if name == "roads")
    assert (news["roads"]["A"]["notice"], news["roads"]["A"]["free"]) == ("closed", 0)


def test_it_goes_on_after_the_database_ended_its_connections(stream):
    from django.db import connection

    with listen(stream) as answer:
        told = events(answer)
        next(told)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        street_state = BerthState.objects.filter(berth__code="A02")
        assert not street_state.exists()
        arrive("A02")
        seen = next(data for _id, _name, data in told if data.get("roads", {}).get("A", {}).get("occupied") == 1)
    assert seen["roads"]["A"]["free"] == 3
