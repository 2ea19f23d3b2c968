import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from payments.models import Entry, Leg

pytestmark = pytest.mark.django_db


def book(*amounts, entry=None):
    """One entry with these legs, checked as at a commit."""
    now = timezone.now()
    with transaction.atomic():
        entry = entry or Entry.objects.create(cause="opened", cause_key=f"test:{now}", at=now, booked_at=now)
        accounts = ("receivable", "revenue", "bank")
        for account, amount in zip(accounts, amounts, strict=False):
            Leg.objects.create(entry=entry, account=account, amount_fen=amount)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return entry


def test_an_entry_without_legs_is_refused():
    with pytest.raises(DatabaseError, match="has no legs"):
        book()


@pytest.mark.parametrize("amounts", [(100,), (100, -99), (100, -50, -49)])
def test_legs_that_do_not_sum_to_zero_are_refused(amounts):
    with pytest.raises(DatabaseError, match="out of balance"):
        book(*amounts)


def test_a_leg_added_later_must_balance_too():
    entry = book(100, -100)
    with pytest.raises(DatabaseError, match="out of balance"):
        book(5, entry=entry)


@pytest.mark.parametrize("model", [Entry, Leg])
def test_the_ledger_is_append_only(model):
    book(100, -100)
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        model.objects.all().delete() if model is Leg else Entry.objects.update(cause="paid")
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
        Leg.objects.update(amount_fen=1)


def test_an_entry_whose_legs_balance_is_kept():
    book(100, -60, -40)
    assert Leg.objects.count() == 3
