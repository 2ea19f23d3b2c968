"""The concentrator's TCP door: strangers, broken lines, and a car that comes and goes over the wire."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from parking.domain.events import Witness
from parking.models import Berth, EventRecord
from sensors import keys
from sensors.models import Device, Frame, Installation
from sensors.tcp import Door
from tests import street

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _sensor():
    street.build()
    source, _ = keys.create_source(name="tianbo", codec="tianbo", witness=Witness.GEOMAGNETIC, now=timezone.now())
    device = Device.objects.create(code="A1", kind=Witness.GEOMAGNETIC, codec="tianbo", source=source)
    Installation.objects.create(
        device=device, berth=Berth.objects.get(code="A01"), installed_at=datetime(2020, 1, 1, tzinfo=UTC)
    )


def line(number: int, x: int, distance: int) -> bytes:
    told = f"{{'ID':'A1','X':{x},'Y':0,'Z':0,'D':{distance},'N':{number},'V':350}}"
    return f"\n{{'CID':3,'V':360,'N':{number},'MAG':[{told}]}}\r".encode()


def talk(door: Door, *pieces: bytes, answers: int) -> bytes:
    """What the door says to these pieces; closes after so many OKs."""

    async def conversation() -> bytes:
        server = await door.serve("127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        said = await asyncio.wait_for(reader.readexactly(2 * answers) if answers else reader.read(), 20)
        writer.close()
        server.close()
        await sync_to_async(lambda: connections.close_all())()
        return said

    return asyncio.run(conversation())


@pytest.mark.parametrize(("listen", "source"), [("", "tianbo"), ("nowhere", "tianbo"), ("127.0.0.1:7800", "")])
def test_the_command_says_what_is_missing(settings, listen, source):
    settings.TCP_LISTEN, settings.TCP_SOURCE = listen, source
    with pytest.raises(CommandError):
        call_command("listen_tcp")


def test_a_stranger_is_shown_the_door(tmp_path):
    with suppress(ConnectionError):
        assert talk(Door("tianbo", tmp_path / "m.json", ("10.0.0.1",)), line(1, 100, 150), answers=0) == b""
    assert not Frame.objects.exists()


def test_broken_lines_are_kept_with_their_reason_and_answered(tmp_path):
    said = talk(Door("tianbo", tmp_path / "m.json"), b"\n{'CID':\r\n", b"x" * 3000 + b"\r", answers=2)
    assert said == b"OKOK"
    assert set(Frame.objects.values_list("outcome", "reason")) == {("rejected", "bad_json"), ("rejected", "too_long")}


def test_a_line_for_a_source_that_is_gone_is_kept_as_refused(tmp_path):
    talk(Door("nobody", tmp_path / "m.json"), line(1, 100, 150), answers=1)
    assert Frame.objects.get().reason == "unknown_source"


def test_a_car_comes_in_pieces_and_goes_after_a_restart_of_the_listener(tmp_path):
    kept = tmp_path / "m.json"
    keep_alive = b"\n{'CID':-1,'V':0,'Err':1001}\r"
    came = line(1, 100, 150) + keep_alive + line(2, 300, 20)
    assert talk(Door("tianbo", kept), came[:40], came[40:], answers=3) == b"OKOKOK"
    assert talk(Door("tianbo", kept), line(3, 301, 20), line(4, 100, 150), answers=2) == b"OKOK"
    kinds = list(EventRecord.objects.order_by("received_at").values_list("kind", flat=True))
    assert kinds == ["vacant", "arrival", "occupied", "departure"]
