"""A simulated week of cars, devices and people: after every day the kept sums equal a slow recount.

The simulated devices lose, repeat, delay and misread. Meanwhile reviewers decide, drivers pay at once or
days later, charges are waived, money is given back, and vendors take events back.
"""

import json
import os
import random
from collections import Counter
from datetime import timedelta

import pytest

from bench.simulator import town
from parking import occupancy, reviews, sessions
from parking.domain.events import Kind, Witness
from parking.figures import rolling
from parking.figures.counts import COLUMNS
from parking.models import Berth, EventRecord, ParkingSession, Review, Road, RoadHour, TariffVersion, User, Zone
from parking.reviews import Decision
from payments import charges
from payments.models import Charge
from sandbox.street.faults import on_the_way, rates
from sandbox.street.frames import Encoder
from sandbox.street.traffic import Traffic
from sensors import codecs, placing
from sensors.codecs.reading import CodecError
from tests.parking.figures.conftest import DAYTIME, give_back, pay
from tests.parking.figures.recount import recount
from tests.street import CITY_TIME, at, event

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(5_400)]

# A week of 52 berths: `WEEK_BERTHS=52 WEEK_DAYS=7 pytest tests/journeys/test_figures_week.py -s`.
BERTHS = int(os.environ.get("WEEK_BERTHS", "8"))
DAYS = int(os.environ.get("WEEK_DAYS", "2"))
START = at("04:00", day="2026-11-02")
HOUR = timedelta(hours=1)


@pytest.fixture
def street():
    made = town.build(berths=BERTHS, mix="camera+sensor")
    zone = Zone.objects.create(code="A", name="甲区")
    for code, berths in made.roads.items():
        road = Road.objects.create(code=code, name=code, zone=zone, mix="camera+sensor")
        Berth.objects.bulk_create([Berth(road=road, code=berth) for berth in berths])
    TariffVersion.objects.create(
        code="daytime",
        version=1,
        status=TariffVersion.Status.APPROVED,
        in_force_from=at("00:00", day="2016-01-01"),
        document=DAYTIME,
    )
    return made


def heard(street, *, end):
    """The platform's events in the order of their arrival, as (arrived at, event)."""
    watch = town.LinkedWatch(street=street, traffic=Traffic(seed=1), rates=rates("heavy"))
    speakers, known = town.speakers(), town.known(street)
    for frame in on_the_way(Encoder().frames(watch.between(START, end)), rates=rates("heavy"), seed=1):
        speaker, body = speakers[frame.source], json.dumps(frame.body, ensure_ascii=False).encode()
        try:
            readings = codecs.decode(speaker.codec, body, received_at=frame.deliver_at, query={"event": "up"})
        except CodecError:
            continue
        for reading in readings:
            try:
                if isinstance(reading, CodecError):
                    raise reading
                told = placing.place(reading, known=known, speaker=speaker, received_at=frame.deliver_at)
            except CodecError:
                continue
            for each in told:
                yield frame.deliver_at, each


class People:
    """Those who decide, pay and change their minds, by a seed."""

    def __init__(self):
        self.rng = random.Random(1)
        self.done = Counter()
        self.paid = []
        self.seen = set()
        self.reviewer = User.objects.create(username="reviewer")

    def act(self, *, now):
        waiting = Review.objects.filter(closed_at__isnull=True, sample=False).select_related("session")
        for review in waiting.order_by("session__berth__code", "session__arrived_at"):
            self._decide(review, now)
        for charge in Charge.objects.exclude(pk__in=self.seen).order_by("pk"):
            self.seen.add(charge.pk)
            self._settle(charge, now)
        if self.paid and self.rng.random() < 0.3:
            charge = self.paid.pop(self.rng.randrange(len(self.paid)))
            give_back(charge, when=now, fen=self.rng.randint(1, charge.amount_fen))
            self.done["refunds"] += 1
        if self.rng.random() < 0.2:
            self._take_back(now)

    def _decide(self, review, now):
        if self.rng.random() < 0.5:
            return
        session = review.session
        verdict = self.rng.choice(["accept", "void"])
        given = {"plate": session.plate or "鄂L55555"} if verdict == "accept" else {}
        if verdict == "accept" and session.left_at is None:
            given["left_at"] = min(session.arrived_at + HOUR, now)
        try:
            reviews.decide(review.pk, Decision(verdict=verdict, reason="看过照片", **given), by=self.reviewer, now=now)
        except reviews.Undecidable:
            return
        self.done[verdict] += 1

    def _settle(self, charge, now):
        chance = self.rng.random()
        if charge.amount_fen == 0:
            return
        if chance < 0.1:
            charges.waive(charge.number, reason="出警", by="主任", now=now)
            self.done["waivers"] += 1
        elif chance < 0.8:
            # Some pay at once by mandate, some by hand, some when they are reminded.
            late = self.rng.choice([timedelta(), timedelta(), timedelta(days=1), timedelta(days=8)])
            pay(charge, when=now + late, kind=self.rng.choice(["debit", "qr"]))
            self.paid.append(charge)
            self.done["payments"] += 1

    def _take_back(self, now):
        """A vendor takes back an arrival that is not billed yet."""
        open_ones = list(ParkingSession.objects.exclude(status__in=["void", "billed"]).order_by("id"))
        if not open_ones:
            return
        found = self.rng.choice(open_ones)
        arrival = EventRecord.objects.filter(berth=found.berth, kind="arrival", observed_at=found.arrived_at).first()
        if arrival is None:
            return
        occupancy.observe(
            [
                event(
                    now,
                    Kind.REVOKED,
                    berth=found.berth.code,
                    source=arrival.source,
                    revokes=arrival.event_id,
                    witness=Witness(arrival.witness),
                )
            ],
            now=now,
        )
        self.done["revoked"] += 1


def kept():
    told = {}
    for row in RoadHour.objects.select_related("road"):
        numbers = {name: getattr(row, name) for name in COLUMNS if getattr(row, name)}
        told[row.road.code, row.hour_at.astimezone(CITY_TIME)] = numbers
    return told


def daytime(hour):
    return 8 <= hour.astimezone(CITY_TIME).hour < 20


def test_after_every_day_of_the_week_the_sums_are_those_of_a_recount(street):
    people = People()
    end = START + timedelta(days=DAYS)
    clock, late, events = START, 0, heard(street, end=end)
    waiting = next(events, None)
    while clock < end:
        clock += HOUR
        batch = []
        while waiting is not None and waiting[0] <= clock:
            batch.append(waiting[1])
            late += waiting[0] - waiting[1].observed_at > HOUR
            waiting = next(events, None)
        occupancy.observe(batch, now=clock)
        sessions.reconcile_due(now=clock)
        people.act(now=clock)
        sessions.reconcile_due(now=clock)
        rolling.sweep(now=clock)
        if (clock - START) % timedelta(days=1) == timedelta():
            ended = rolling.hour_of(clock)
            truth = {key: numbers for key, numbers in recount(now=clock, charged=daytime).items() if key[1] < ended}
            swept = kept()
            assert swept == truth
            rolling.rebuild(now=clock)
            assert kept() == swept
    assert late > 0
    assert {"payments", "refunds", "waivers", "accept"} <= set(people.done)
    billed = ParkingSession.objects.filter(status="billed").count()
    assert billed > BERTHS * DAYS
    print(
        f"{BERTHS} berths, {DAYS} days: {ParkingSession.objects.count()} sessions, {billed} billed, {late} events more "
        f"than an hour late, {dict(people.done)}; {sum(map(len, kept().values()))} numbers: equal after every day"
    )
