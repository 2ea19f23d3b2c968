"""What the fold made of some hundred heaps of events when somebody last looked.

No rule is stated here: the timelines of `test_fusion_*.py` do that. A record shows what else a change of the fold
changes, so that it can be looked at before it is written down anew (`python -m tests.parking.domain.recorded`).
"""

import hashlib
import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from parking.domain import story
from parking.domain.events import Kind, OccupancyEvent
from parking.domain.fusion import Around, Elsewhere, Outcome, replay
from parking.domain.policy import Policy
from parking.domain.story import Billed
from tests.parking.domain.test_fusion_properties import NOW, build
from tests.parking.domain.timeline import at, events, say

FILE = Path(__file__).with_suffix(".jsonl")
HEAPS = 1000
POLICIES: tuple[dict[str, Any], ...] = ({}, {"patrol_opens": True}, {"pictures": 2}, {"repark_seconds": 120})
CARS = ("鄂L12345", "鄂L12845", "鄂L67890", "鄂AD88866", "")


def made(seed: int) -> dict[str, Any]:
    """What becomes of a heap: every second one is wild, the others are a street's afternoon with much of it lost.

    The stays as lines, then those of the berth's story, and a digest of the whole outcome: reasons, events, confidence,
    asides and all.
    """
    policy = Policy.from_data(POLICIES[seed // 2 % len(POLICIES)])
    heard = build(3 + seed % 14, seed) if seed % 2 else afternoon(random.Random(seed))
    outcome = replay(
        heard,
        policy,
        now=NOW,
        since=at("00:10") if seed % 7 == 0 else None,
        around=around(random.Random(seed)) if seed % 3 == 0 else None,
    )
    told = [say(stay) for stay in outcome.stays]
    return {"stays": told, "after": after(heard, outcome, policy, seed=seed), "digest": _digest(outcome)}


def after(heard: list[OccupancyEvent], outcome: Outcome, policy: Policy, *, seed: int) -> list[str]:
    """What the berth's story tells once its second stays are billed and some more was heard, late."""
    rng = random.Random(seed)
    numbered = [replace(event, stored_as=place if seed % 4 else None) for place, event in enumerate(heard)]
    billed = [
        Billed(
            place,
            stay.arrived_at,
            stay.left_at,
            stay.plate,
            stay.visit,
            stay.left_at + timedelta(minutes=rng.choice([5, 600])),
            known=rng.choice([None, len(heard) // 2, len(heard)]),
        )
        for place, stay in enumerate(outcome.stays)
        if place % 2 == 0 and not stay.contested and stay.left_at is not None and stay.left_at > stay.arrived_at
    ]
    late = [
        replace(event, source="late", stored_as=len(heard) + place, received_at=event.observed_at + timedelta(hours=11))
        for place, event in enumerate(build(4, seed + HEAPS))
    ]
    edges = [
        replace(
            heard[0], source="edge", event_id=f"x{place}", kind=kind, observed_at=moment, revokes="", stored_as=None
        )
        for place, stay in enumerate(billed)
        for kind, moment in ((Kind.ARRIVAL, stay.arrived_at), (Kind.DEPARTURE, stay.left_at))
        if rng.random() < 0.3
    ]
    told = story.read([*numbered, *late, *edges], policy, now=NOW, billed=billed)
    return [say(stay) for stay in told.stays] + [f"{each.event.event_id} {each.reason}" for each in told.disputes]


def afternoon(rng: random.Random) -> list[OccupancyEvent]:
    """Some cars one after the other, told by a camera, a sensor and a passer-by; a fifth of it lost or misread."""
    lines: list[str] = []
    minute = 0
    for number in range(rng.randint(1, 4)):
        car = rng.choice(CARS)
        came = max(0, minute + rng.choice([-3, 0, 0, 1, 5, 40]))
        minute = left = came + rng.choice([3, 20, 60, 200])
        visit = rng.choice(["", "", f" visit=v{number}"])
        seen_by = rng.choice(["patrol", "patrol", "inspector", "post"])
        lines += [
            _line(rng, "camera", came, f"arrival {_read(rng, car)}{visit}"),
            _line(rng, "sensor", came, "arrival"),
            _line(rng, seen_by, (came + left) // 2, f"sees {_read(rng, car)}"),
            _line(rng, seen_by, (came + left) // 2 + 2, f"sees {_read(rng, car)}"),
            _line(rng, "camera", came + 1, f"sees {_read(rng, car)}"),
            _line(rng, rng.choice(["sensor", "patrol"]), rng.randint(came, left), rng.choice(["occupied", "vacant"])),
            _line(rng, "camera", left, f"departure {_read(rng, car)}{visit}"),
            _line(rng, "sensor", left, "departure"),
            _line(rng, "sensor", left + rng.choice([0, 5, 30]), rng.choice(["vacant", "startup", "arrival"])),
        ]
        for turn in range(rng.choice([0, 0, 0, 2, 5])):
            lines += [f"{_clock(left * 60 + 200 + 12 * turn)} sensor {('arrival', 'departure')[turn % 2]}"]
    return events("\n".join(line for line in lines if rng.random() < 0.8))


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"


def _line(rng: random.Random, who: str, minute: int, words: str) -> str:
    second = minute * 60 + rng.choice([0, 0, 7, 40, 95])
    return f"{_clock(second)} {who} {words}" + rng.choice(
        ["", "", f" received={9 + second // 3600:02}:00", " action=0.4"]
    )


def _read(rng: random.Random, car: str) -> str:
    plate = rng.choice([car, car, car, car, "鄂L12845", ""])
    return f"{plate} plate={rng.choice([0.99, 0.95, 0.8, 0.5])}" if plate else ""


def around(rng: random.Random) -> Around:
    """Where the same plates were meanwhile, next door or far off."""
    stays = []
    for berth in ("A02", "A09"):
        arrived_at = at("00:00") + timedelta(minutes=rng.choice([0, 1, 3, 30]))
        left_at = rng.choice([None, arrived_at + timedelta(minutes=rng.choice([2, 45]))])
        stays.append(
            Elsewhere(
                berth=berth,
                plate=rng.choice(CARS[:4]),
                arrived_at=arrived_at,
                left_at=left_at,
                next_door=berth == "A02",
                sure=rng.random() < 0.8,
            )
        )
    return Around(berth="A01", elsewhere=tuple(stays))


def _digest(outcome: Outcome) -> str:
    whole = [
        [
            (
                say(stay),
                stay.plate_color,
                stay.confidence,
                [rule.value for rule in stay.reasons],
                stay.arrival_event,
                stay.departure_event,
                stay.events,
                stay.visit,
                str(stay.ready_at),
                str(stay.heard_at),
                stay.proposal,
            )
            for stay in outcome.stays
        ],
        [(aside.event.source, aside.event.event_id, aside.rule.value) for aside in outcome.asides],
        [(each.source, each.event_id) for each in outcome.late],
    ]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False, default=str).encode()).hexdigest()[:12]


def main() -> None:
    """Write down what the fold makes of each heap today."""
    lines = (json.dumps({"seed": seed} | made(seed), ensure_ascii=False) for seed in range(HEAPS))
    FILE.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
