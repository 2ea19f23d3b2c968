"""Numbers for those who watch over the machines, in Prometheus' text form."""

from datetime import datetime

from django.db import connection

from parking import partitions, pulse
from payments import charges

_COUNTS = """
SELECT
    (SELECT count(*) FROM parking_berthstate WHERE occupied),
    (SELECT count(*) FROM parking_berthstate WHERE set_aside_at IS NOT NULL),
    (SELECT count(*) FROM parking_review WHERE closed_at IS NULL),
    (SELECT count(*) FROM parking_discrepancy WHERE closed_at IS NULL),
    (SELECT count(*) FROM parking_invariantbreak WHERE gone_at IS NULL),
    (SELECT count(*) FROM parking_invariantcheck WHERE error <> ''),
    (SELECT coalesce(extract(epoch FROM %s::timestamptz - min(checked_at))::float8, -1) FROM parking_invariantcheck)
"""


def text(*, now: datetime) -> str:
    """The gauges of the whole platform, read from the tables."""
    read = pulse.read(now=now)
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [now])
        occupied, set_aside, reviews, discrepancies, breaks, unchecked, checked = cursor.fetchone()
    age = (now - read.oldest_due_at).total_seconds() if read.oldest_due_at else 0
    silence = (now - read.worker_at).total_seconds() if read.worker_at else -1
    money = charges.backlog(now=now)
    in_months = partitions.state(now=now)
    gauges = {
        "openberth_payments_unknown": ("payments whose end is not known yet", money.unknown),
        "openberth_payments_in_flight": ("parts of payments under way", money.in_flight),
        "openberth_payments_due": ("charges that wait to be debited", money.due_to_collect),
        "openberth_refunds_for_people": ("refunds that wait for a person", money.refunds_for_people),
        "openberth_suspense_open": ("facts of gateways that could not be booked", money.suspense),
        "openberth_differences_open": ("differences between statements and our books", money.differences),
        "openberth_gateways_resting": ("gateways that do not answer", len(money.resting_gateways)),
        "openberth_gateways_drifting": ("gateways whose clock is not ours", len(money.drifting_gateways)),
        "openberth_berths_occupied": ("berths occupied now", occupied),
        "openberth_berths_set_aside": ("berths set aside after three failed folds", set_aside),
        "openberth_reviews_open": ("held sessions that wait for a person", reviews),
        "openberth_discrepancies_open": ("billed sessions that later facts disagree with", discrepancies),
        "openberth_invariant_breaks": ("things that break what must always hold", breaks),
        "openberth_invariants_unchecked": ("invariants whose last check failed", unchecked),
        "openberth_invariants_age_seconds": ("since the oldest check of an invariant, -1 before the first", checked),
        "openberth_partition_strays": (
            "rows whose month has no partition, at most 10000 a table: they are kept, but the timetable is behind",
            sum(each.strays for each in in_months),
        ),
        "openberth_partition_months_ahead": (
            "months that lie ready, of the table with the fewest",
            min((each.ahead for each in in_months), default=0),
        ),
        "openberth_stale_berths": ("berths that wait for their fold, at most 10000", read.backlog),
        "openberth_oldest_unprocessed_seconds": ("age of the oldest fold that is due", age),
        "openberth_worker_silence_seconds": ("since the worker's last heartbeat, -1 if never heard", silence),
    }
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {value}\n" for name, (text, value) in gauges.items()
    )
