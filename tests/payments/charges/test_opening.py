import dataclasses
import threading
import time

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from payments import charges, tasks
from payments.models import Charge, Entry, Leg
from tests.payments.books import balances

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_bill_that_is_not_the_sum_of_its_lines_is_refused(bill, now):
    with pytest.raises(ValueError, match="sum of its lines"):
        charges.open_charge(dataclasses.replace(bill(), amount_fen=501), now=now)


def test_the_same_number_with_another_amount_is_a_conflict_and_changes_nothing(bill, now):
    charges.open_charge(bill(number="S1", amount_fen=500), now=now)
    answer = charges.open_charge(bill(number="S1", amount_fen=600), now=now)
    assert isinstance(answer, charges.Conflict)
    assert (answer.field, answer.stored, answer.told) == ("amount_fen", "500", "600")
    assert balances() == {"receivable": 500, "revenue": -500}


def test_a_conflict_does_not_stop_the_other_bills_of_its_batch(bill, now):
    charges.open_charge(bill(number="S1", amount_fen=500), now=now)
    opened = charges.open_charges([bill(number="S1", amount_fen=600), bill(number="S2", amount_fen=700)], now=now)
    assert set(opened) == {"S2"}
    assert set(opened.conflicts) == {"S1"}


def test_a_bill_opens_one_charge_however_often_it_is_told(bill, now):
    first = charges.open_charges([bill(number="S1"), bill(number="S1")], now=now)
    again = charges.open_charges([bill(number="S1")], now=now)
    assert first == again
    assert Charge.objects.count() == 1
    assert balances() == {"receivable": 500, "revenue": -500}


def test_a_bill_of_nothing_is_settled_at_once_and_leaves_the_ledger_alone(bill, now):
    charges.open_charge(bill(number="S1", amount_fen=0), now=now)
    view = charges.views(["S1"])["S1"]
    assert (view.status, view.settled_at, view.due_fen) == ("settled", now, 0)
    assert not Entry.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_bills(bill, now, django_assert_num_queries):
    for count in (1, 200):
        with transaction.atomic(), django_assert_num_queries(3):
            charges.open_charges([bill() for _ in range(count)], now=now)
    assert balances() == {"receivable": 201 * 500, "revenue": -201 * 500}


def test_opening_joins_the_callers_transaction(bill, now):
    with transaction.atomic():
        charges.open_charge(bill(), now=now)
        transaction.set_rollback(True)
    assert not Charge.objects.exists()


def test_threads_that_open_the_same_bills_open_each_once(bill, now):
    bills = [bill() for _ in range(40)]
    ends: list[dict[str, charges.ChargeRef]] = []

    def run(order: int) -> None:
        try:
            with transaction.atomic():
                ends.append(dict(charges.open_charges(bills[::order], now=now)))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(1 if i % 2 else -1,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ends) == 8
    assert all(end == ends[0] for end in ends)
    assert balances() == {"receivable": 40 * 500, "revenue": -40 * 500}


def test_a_broker_that_is_away_fails_nobody_and_keeps_nobody(bill, now, monkeypatch):
    tasks._not_before.clear()
    monkeypatch.setattr(tasks.collect.app.conf, "broker_url", "redis://10.255.255.1:6379/0")
    began = time.monotonic()
    charges.open_charge(bill(number="S1"), now=now)
    assert time.monotonic() - began < 1
    assert charges.views(["S1"])["S1"].status == "open"


@transaction.atomic
def book(now, **sides):
    entry = Entry.objects.create(cause="opened", cause_key="x", at=now, booked_at=now)
    for account, amount in sides.items():
        Leg.objects.create(entry=entry, account=account, amount_fen=amount)


def test_postgresql_refuses_an_entry_out_of_balance(now):
    with pytest.raises(ProgrammingError, match="out of balance"):
        book(now, receivable=5, revenue=-4)


def test_postgresql_refuses_an_entry_without_legs(now):
    with pytest.raises(ProgrammingError, match="no legs"), transaction.atomic():
        Entry.objects.create(cause="opened", cause_key="x", at=now, booked_at=now)


def test_postgresql_refuses_a_change_of_the_ledger(bill, now):
    charges.open_charge(bill(), now=now)
    for statement in (
        "UPDATE payments_leg SET amount_fen = amount_fen * 2",
        "DELETE FROM payments_leg",
        "UPDATE payments_entry SET at = now()",
        "DELETE FROM payments_entry",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_postgresql_refuses_an_unknown_account_and_an_amount_below_zero(bill, now):
    charges.open_charge(bill(), now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.update(amount_fen=-1)
    with pytest.raises(IntegrityError):
        book(now, pocket=5, revenue=-5)
