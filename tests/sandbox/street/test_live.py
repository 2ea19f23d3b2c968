import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from sandbox.street.clock import VirtualClock
from sandbox.street.door import Door
from sandbox.street.faults import NONE, Frame, Rates
from sandbox.street.live import Live, State
from sandbox.street.photos import Photos
from sandbox.street.traffic import CHINA
from tests.sandbox.street.corner import BERTHS, at, watch

KEYS = {"lora": "k1", "video": "k2", "posts": "k3", "patrol": "k4"}


class World:
    """The platform's side of the wire and the wall clock: answers from a list, then 200; sleeping passes the time."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.bodies: list[dict] = []
        self.keys: list[str] = []
        self.now = at("12:00")

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(json.loads(request.content))
        self.keys.append(request.headers["Authorization"])
        said = self.answers.pop(0) if self.answers else 200
        if isinstance(said, Exception):
            raise said
        return said if isinstance(said, httpx.Response) else httpx.Response(said)

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def door(self, keys: dict[str, str] | None = None) -> Door:
        client = httpx.Client(transport=httpx.MockTransport(self.answer))
        return Door(url="http://127.0.0.1:1", keys=KEYS if keys is None else keys, client=client, sleep=self.sleep)

    def live(self, state_file=None, rates: Rates = NONE) -> Live:
        clock = VirtualClock(start=self.now, speed=1, wall=lambda: self.now)
        return Live(watch=watch(rates=rates), door=self.door(), clock=clock, state_file=state_file, sleep=self.sleep)

    def told(self) -> list[tuple[str, str]]:
        """What the cameras said, as (event, local time)."""
        return [(body["evt"], body["happenTime"]) for body in self.bodies if "evt" in body]


def frame(source: str = "video", door: str = "signaltone/") -> Frame:
    return Frame(at=at("08:00"), deliver_at=at("08:00"), source=source, door=door, device="XLT1", body={"n": 1})


def test_a_frame_without_a_key_is_not_sent():
    world = World()
    assert not world.door(keys={}).deliver(frame())
    assert world.bodies == []


@pytest.mark.parametrize("status", [400, 401, 404, 413])
def test_what_is_refused_for_good_is_not_sent_again(status):
    world = World(status)
    assert not world.door().deliver(frame())
    assert len(world.bodies) == 1


def test_the_same_body_comes_again_until_the_platform_has_stored_it():
    world = World(
        httpx.ConnectError("away"),
        503,
        httpx.Response(429, headers={"Retry-After": "60"}),
        httpx.Response(200, json={"errorcode": 3}),
        httpx.Response(200, json={"errorcode": 0}),
    )
    assert world.door().deliver(frame())
    assert world.bodies == [{"n": 1}] * 5
    assert set(world.keys) == {"Bearer k2"}
    assert world.now - at("12:00") >= timedelta(seconds=60 + 1 + 2)


def test_a_clock_that_runs_fast_never_overtakes_the_real_one():
    moments = iter([at("12:00"), at("12:01"), at("12:10"), at("13:00")])
    clock = VirtualClock(start=at("11:00"), speed=10, wall=lambda: next(moments))
    assert clock.now() == at("11:10")
    assert clock.now() == at("12:10")
    assert clock.now() == at("13:00")
    with pytest.raises(ValueError, match="above 0"):
        VirtualClock(start=at("11:00"), speed=0)


def test_at_the_first_start_only_those_who_stand_there_are_told_then_life_goes_on():
    world = World()
    world.live().run(until=at("18:00"))
    traffic = watch().traffic
    here = [stay for berth in BERTHS[1:3] for stay in traffic.stays(berth=berth, start=at("12:00"), end=at("12:01"))]
    told = world.told()
    past = [entry for entry in told if entry[1] < "2026-11-20 12:00:00"]
    assert past == sorted(("evt.car.in", f"{stay.arrived_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}") for stay in here)
    later = {
        stay.key for berth in BERTHS[1:3] for stay in traffic.stays(berth=berth, start=at("12:00"), end=at("18:00"))
    }
    assert len([entry for entry in told if entry[0] == "evt.car.in"]) == len(later)
    assert world.now >= at("17:00")


def test_a_street_that_was_stopped_tells_what_happened_meanwhile_once_and_goes_on(tmp_path):
    file = tmp_path / "street.json"
    one, two = World(), World()
    one.live(file).run(until=at("14:00"))
    two.now = at("16:00")
    two.live(file).run(until=at("20:00"))
    whole = World()
    whole.live().run(until=at("20:00"))
    assert sorted(one.told() + two.told()) == sorted(whole.told())
    counts = [body["fCnt"] for world in (one, two) for body in world.bodies if "fCnt" in body]
    assert counts == list(range(len(counts)))


def test_what_was_under_way_when_the_street_stopped_is_delivered_later(tmp_path):
    file = tmp_path / "street.json"
    slow = Rates(reorder=1.0, reorder_s=3 * 3600)
    one, two = World(), World()
    one.live(file, slow).run(until=at("16:00"))
    assert State.load(file, story=json.loads(file.read_text())["story"]).waiting
    two.now = one.now
    two.live(file, slow).run(until=at("23:59"))
    whole = World()
    whole.live(rates=slow).run(until=at("23:59"))
    # What happened by six has come through by nine, whoever carried it.
    early = [
        [entry for entry in told if entry[1] < "2026-11-20 18"] for told in (one.told() + two.told(), whole.told())
    ]
    assert len(one.told()) < len(early[0])
    assert sorted(early[0]) == sorted(early[1])


def test_the_state_of_another_street_or_a_broken_one_is_not_taken_up(tmp_path):
    file = tmp_path / "street.json"
    assert State.load(file, story="a") == State()
    file.write_text("{")
    assert State.load(file, story="a") == State()
    State(until=at("12:00"), counters={"d": 3}, waiting=[frame()]).save(file, story="a")
    assert State.load(file, story="b") == State()
    assert State.load(file, story="a") == State(until=at("12:00"), counters={"d": 3}, waiting=[frame()])


def test_a_taken_video_frame_is_followed_by_its_pictures_and_a_busy_street_is_passed_over():
    forms: list[bytes] = []
    client = httpx.Client(
        transport=httpx.MockTransport(lambda asked: forms.append(asked.read()) or httpx.Response(202))
    )
    door = Door(url="http://127.0.0.1:1", keys=KEYS, client=client)
    seconds = iter([0.0, 0.0, 0.5, 0.6, 0.6, 5.0, 5.0])
    photos = Photos(door, always={"鄂L12345"}, now=lambda: next(seconds))

    def sent(kind: str, plate: str) -> int:
        said: dict[str, Any] = {
            "evt": kind,
            "evtGuid": "G1",
            "picUrlArr": ["http://x/1.jpg", "http://x/2.jpg"],
            "plateNumber": plate,
        }
        said |= {"plateColor": 1, "berthCode": "A-02", "happenTime": "2026-11-20 08:00:00", "deviceSn": "XLT1"}
        return photos.after(replace(frame(), body=said))

    assert [sent("evt.car.in", "鄂L00001"), sent("evt.car.out", "鄂L00001"), sent("evt.car.in", "鄂L12345")] == [
        2,
        0,
        2,
    ]
    assert sent("evt.car.complete", "鄂L12345") == 0
    assert len(forms) == 4
    assert all(b"\xff\xd8\xff" in form and len(form) < 30_000 for form in forms)
    assert b"http://x/1.jpg" in forms[0]
