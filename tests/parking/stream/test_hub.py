import asyncio

from parking.stream.hub import KEPT, Hub


def numbers(frames):
    return [int(frame.split(b"\n")[0].rpartition(b"-")[2]) for frame in frames]


def heard(hub, number):
    return hub.frame("x", {}).decode().split("\n")[0].removeprefix("id: ").rpartition("-")[0] + f"-{number}"


def test_one_that_missed_some_is_told_them_in_order():
    hub = Hub()
    for turn in range(5):
        hub.publish("roads", {"turn": turn})
    assert numbers(hub.since(2)) == [3, 4, 5]
    assert hub.since(5) == []


def test_one_that_was_away_too_long_must_begin_anew():
    hub = Hub()
    for turn in range(KEPT + 10):
        hub.publish("roads", {"turn": turn})
    assert hub.since(5) is None
    assert hub.missed(heard(hub, 5)) is None
    assert hub.missed(heard(hub, 50)) == 50


def test_an_id_of_another_process_or_of_nobody_is_unknown():
    hub = Hub()
    hub.publish("roads", {})
    for said in ("", "x", "00000000-1", heard(hub, 99), heard(hub, -1)):
        assert hub.missed(said) is None


def test_publishing_wakes_everybody_and_one_that_leaves_takes_nobody_with_it():
    async def play():
        hub = Hub()
        waiting = [asyncio.create_task(hub.changed()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        hub.publish("roads", {})
        await asyncio.wait_for(asyncio.gather(*waiting[1:]), 1)

    asyncio.run(play())
