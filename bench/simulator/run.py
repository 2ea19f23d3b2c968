"""One seed, one town, one stretch of hours: run it and score it."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from bench.simulator import town
from bench.simulator.platform import Platform
from bench.simulator.score import Score, judge
from parking.domain import fusion, invariants
from parking.domain.policy import Policy
from sandbox.street.faults import Rates, on_the_way
from sandbox.street.frames import Encoder
from sandbox.street.traffic import CHINA, Traffic

START = datetime(2026, 11, 23, 4, 0, tzinfo=CHINA)
# Long enough for the latest frame and every quiet period and time-out.
RUN_OUT = timedelta(hours=60)


@dataclass(slots=True)
class Run:
    """What one seed came to."""

    seed: int
    score: Score
    frames: int
    accepted: int
    duplicates: int
    refused: dict[str, int]
    breaks: list[str]


def simulate(*, seed: int, berths: int, hours: float, rates: Rates, mix: str, policy: Policy | None = None) -> Run:
    """Let a town live for some hours under faults and score what the platform makes of it. A seed replays."""
    rules = policy or Policy.for_mix(mix)
    street = town.build(berths=berths, mix=mix)
    traffic = Traffic(seed=seed)
    watch = town.LinkedWatch(street=street, traffic=traffic, rates=rates)
    platform = Platform(policy=rules, speakers=town.speakers(), known=town.known(street))
    end = START + timedelta(hours=hours)
    frames = on_the_way(Encoder().frames(watch.between(START, end)), rates=rates, seed=seed)
    platform.run(frames, until=end + RUN_OUT)
    score = Score()
    for berth in street.places:
        truth = traffic.stays(berth=berth, start=START - timedelta(days=1), end=end + timedelta(days=1))
        score.add(judge(truth, platform.books[berth], start=START, end=end, policy=rules, margin=timedelta(minutes=2)))
    tally = platform.tally
    tally.breaks.extend(_order_matters(platform, seed=seed, now=end + RUN_OUT))
    return Run(seed, score, tally.frames, tally.accepted, tally.duplicates, dict(tally.refused), tally.breaks)


def _order_matters(platform: Platform, *, seed: int, now: datetime) -> list[str]:
    """I9: the same facts in any order, some of them twice, give the same stays. Checked on every berth at the end."""
    found = []
    for berth, book in sorted(platform.books.items()):
        events = list(book.events.values())
        straight = fusion.replay(events, platform.policy, now=now)
        rng = random.Random(f"{seed}|order|{berth}")
        mixed = events + rng.sample(events, len(events) // 3)
        rng.shuffle(mixed)
        if fusion.replay(mixed, platform.policy, now=now) != straight:
            found.append(f"{berth} I9 the order of the events matters")
        found.extend(f"{berth} {line}" for line in invariants.broken(straight.stays))
    return found
