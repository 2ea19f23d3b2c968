"""Told in any order, any number of times, by answers, notifications, queries and statements: the same books."""

import os
from datetime import timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payments import charges, collection
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Charge, Move, Part, Refund
from tests.payments.books import balances

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("OPENBERTH_EXAMPLES", "60"))
AMOUNT = 500


class Undone(Exception):
    """Takes an example's rows back."""


def fact(number, state, at, *, kind=FactKind.PAYMENT):
    return Fact(
        gateway="wechat",
        kind=kind,
        our_number=number,
        reference=f"T{number}" if state is State.SUCCEEDED else "",
        state=state,
        amount_fen=AMOUNT,
        at=at,
        event_id="",
    )


def attempt_on(charge, number, now):
    """A payment of the charge that we stopped waiting for, so that another may be made beside it."""
    attempt = Attempt.objects.create(
        number=number,
        gateway="wechat",
        kind="native",
        amount_fen=AMOUNT,
        status="submitted",
        created_at=now,
        submitted_at=now,
    )
    Part.objects.create(attempt=attempt, charge=charge, amount_fen=AMOUNT)
    Attempt.objects.filter(pk=attempt.pk).update(released_at=now)


# Which of three payments of one charge moved money, what was said of each besides, and in which order it was heard.
truths = st.lists(st.booleans(), min_size=1, max_size=3)
murmurs = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([State.PENDING, State.UNKNOWN, State.FAILED, State.CLOSED])),
    max_size=8,
)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(truths, murmurs, st.randoms(use_true_random=False), st.sampled_from(list(Move.Source)))
def test_facts_in_any_order_end_in_the_same_ledger(bill, now, truth, said, chance, source):
    try:
        with transaction.atomic():
            _tell(bill, now, truth, said, chance, source)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            _check(truth)
            raise Undone
    except Undone:
        pass


def _tell(bill, now, truth, said, chance, source):
    told = bill()
    charges.open_charge(told, now=now)
    charge = Charge.objects.get(number=told.number)
    for index in range(len(truth)):
        attempt_on(charge, f"P{index}", now)
    facts = [
        fact(f"P{index}", State.SUCCEEDED, now + timedelta(seconds=10 * index))
        for index, moved in enumerate(truth)
        if moved
        for _ in range(chance.randint(1, 3))
    ]
    facts += [fact(f"P{index}", state, now) for index, state in said if index < len(truth)]
    chance.shuffle(facts)
    for one in facts:
        collection.settle(one, source=source, now=now)
    for refund in Refund.objects.all():
        Refund.objects.filter(pk=refund.pk).update(status="submitted")
        for _ in range(2):
            done = fact(refund.number, State.SUCCEEDED, now, kind=FactKind.REFUND)
            collection.settle(done, source=source, now=now)


def _check(truth):
    moved = [f"P{index}" for index, one in enumerate(truth) if one]
    charge = Charge.objects.get()
    refunded = sorted(Refund.objects.filter(status="succeeded").values_list("attempt__number", flat=True))
    if moved:
        assert charge.status == "settled"
        assert refunded == moved[1:]  # the first payment stays, every later one goes back
        assert balances() == {"clearing:wechat": AMOUNT, "revenue": -AMOUNT}
    else:
        assert charge.status == "open"
        assert refunded == []
        assert balances() == {"receivable": AMOUNT, "revenue": -AMOUNT}
    assert {a.number for a in Attempt.objects.filter(status="succeeded")} == set(moved)
