"""I1 to I14 over the tables, in production: checked every five minutes, each break kept as a row until it is gone.

The names are those of `parking.domain.invariants`, which the simulator checks after every step. Each check looks back
over `keeping.LOOK_BACK` along an index and stops at a hundred breaks.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import DatabaseError, connection, transaction

from parking import chapters, policies, pulse, stale, tariffs
from parking.domain import fusion, tariff
from parking.domain.invariants import WORDS
from parking.invariants import keeping
from parking.invariants.statements import STATEMENTS
from payments import charges
from payments.charges import Broken

log = logging.getLogger(__name__)

_SAMPLE = 20
_LATE = timedelta(minutes=5)
# PostgreSQL's own guards: what they refuse can't be found afterwards, so what is looked for is that they stand.
GUARDS = (
    "event_identity",
    "session_one_open_a_berth",
    "session_no_overlap_on_a_berth",
    "session_leaves_after_arriving",
    "session_fee_not_negative",
    "session_billed_is_proved",
    "discrepancy_once",
    "review_one_open_a_session",
)


def check(*, now: datetime) -> dict[str, int]:
    """Check all fourteen, keep what breaks them, and give how many breaks each has.

    A check that fails says so in its row and stops no other.
    """
    found: dict[str, int] = {}
    for name in WORDS:
        began = time.perf_counter()
        error = ""
        broken: list[Broken] = []
        try:
            with transaction.atomic():
                broken = list(_CHECKS[name](name, now))
        except (DatabaseError, ValueError, LookupError) as trouble:
            log.exception("invariant %s can't be checked", name)
            error = f"{type(trouble).__name__}: {trouble}"[:2000]
        took_ms = round((time.perf_counter() - began) * 1000)
        with transaction.atomic():
            if not error:
                keeping.keep(name, broken, now=now)
            keeping.note(name, len(broken), took_ms, error, now=now)
        found[name] = len(broken)
    return found


def _by_statement(name: str, now: datetime) -> list[Broken]:
    found = []
    with connection.cursor() as cursor:
        for statement in STATEMENTS[name]:
            cursor.execute(statement, {"since": now - keeping.LOOK_BACK, "most": keeping.MOST})
            found += [
                Broken(key=key, words=words, model=model, object_id=object_id, at=at)
                for key, words, model, object_id, at in cursor.fetchall()
            ]
    return found


def _money(name: str, now: datetime) -> list[Broken]:
    return charges.broken(name, since=now - keeping.LOOK_BACK)


def _has_actor(name: str, now: datetime) -> list[Broken]:
    return [*_by_statement(name, now), *_money(name, now)]


def _stored_once(name: str, now: datetime) -> list[Broken]:
    """I8: what makes sure of it, and of much else, are PostgreSQL's own guards: they must stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conname = ANY(%(names)s) AND convalidated "
            "UNION SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid "
            "WHERE c.relname = ANY(%(names)s) AND i.indisvalid AND i.indisunique",
            {"names": list(GUARDS)},
        )
        standing = {row[0] for row in cursor.fetchall()}
    return [
        Broken(key=f"guard:{guard}", words=f"the constraint {guard} is missing", model="", object_id="", at=now)
        for guard in GUARDS
        if guard not in standing
    ]


_LATELY = """
SELECT s.berth_id, b.road_id FROM parking_berthstate s JOIN parking_berth b ON b.id = s.berth_id
WHERE s.reconciled_at IS NOT NULL ORDER BY s.reconciled_at DESC LIMIT %s
"""


def _same_story(name: str, now: datetime) -> list[Broken]:
    """I9: the events of the berths folded last, told backwards, make the same stays."""
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, [_SAMPLE])
        claims = [stale.Claim(berth_id, now - timedelta(days=1), road_id) for berth_id, road_id in cursor.fetchall()]
    if not claims:
        return []
    roads = policies.roads({claim.road_id for claim in claims})
    found = []
    for chapter in chapters.chapters(claims, now=now):
        policy = roads[chapter.claim.road_id].policy
        straight = fusion.replay(chapter.events, policy, now=now, since=chapter.since)
        if fusion.replay(chapter.events[::-1], policy, now=now, since=chapter.since) != straight:
            berth = str(chapter.claim.berth_id)
            words = f"the events of berth {chapter.code} come to other stays in another order"
            found.append(Broken(key=f"berth:{berth}", words=words, model="parking.berth", object_id=berth, at=now))
    return found


def _fee_never_falls(name: str, now: datetime) -> list[Broken]:
    """I10: under each tariff in force a stay from now on costs no less when it is longer, up to two days."""
    calendar = tariffs.calendar()
    found = []
    for version in tariffs.law().filter(in_force_from__lte=now).order_by("-in_force_from")[:_SAMPLE]:
        parsed = tariffs.parsed(version.document)
        fees = [
            tariff.price(
                arrived_at=now, left_at=now + timedelta(minutes=30 * step), tariff=parsed, calendar=calendar
            ).amount_fen
            for step in range(97)
        ]
        falls = next((step for step in range(1, len(fees)) if fees[step] < fees[step - 1]), None)
        if falls is not None:
            words = f"{version.code} v{version.version} costs less for {30 * falls} minutes than for half an hour less"
            found.append(
                Broken(
                    key=f"tariff:{version.pk}", words=words, model="parking.tariffversion", object_id=str(version.pk),
                    at=now,
                )
            )  # fmt: skip
    return found


def _nothing_waits(name: str, now: datetime) -> list[Broken]:
    read = pulse.read(now=now)
    if read.oldest_due_at is None or now - read.oldest_due_at <= _LATE:
        return []
    words = f"{read.backlog} folds are due, the oldest since {read.oldest_due_at.isoformat(timespec='seconds')}"
    return [Broken(key="folds", words=words, model="parking.staleberth", object_id="", at=read.oldest_due_at)]


_CHECKS: Mapping[str, Callable[[str, datetime], Sequence[Broken]]] = MappingProxyType(
    {
        **dict.fromkeys(STATEMENTS, _by_statement),
        "I5": _money,
        "I6": _money,
        "I7": _money,
        "I8": _stored_once,
        "I9": _same_story,
        "I10": _fee_never_falls,
        "I11": _has_actor,
        "I13": _nothing_waits,
    }
)
