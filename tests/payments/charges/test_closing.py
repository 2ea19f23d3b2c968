"""What people take off a charge: with a reason and a name, never more than is owed, above one's limit by two."""

import pytest
from django.db import IntegrityError, transaction

from payments import charges
from payments.charges import Closed
from payments.models import Adjustment, Charge
from tests.payments.books import balances, status

pytestmark = pytest.mark.django_db

WAYS = {
    "waive": (charges.waive, "waived"),
    "void": (charges.void, "void"),
}


@pytest.fixture
def owed(bill, now):
    """A charge of 500 fen that nobody tries to collect."""
    charges.open_charge(bill(number="S1"), now=now)
    return "S1"


def off(now, way=charges.waive, number="S1", **changes):
    return way(number, **{"reason": "设备故障", "by": "ann", "now": now, **changes})


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", [{"reason": ""}, {"by": ""}])
@pytest.mark.parametrize("way", [charges.waive, charges.void, charges.ask_write_off])
def test_nothing_is_taken_off_without_a_reason_and_a_name(owed, now, way, missing):
    with pytest.raises(ValueError, match="a reason and a name"):
        off(now, way, **missing)
    assert status(owed) == "open"


def test_no_more_than_is_owed_is_taken_off_and_only_what_is_open(owed, now):
    assert off(now, number="S9") == Closed.UNKNOWN_CHARGE
    for amount in (0, -1, 501):
        assert off(now, charges.reduce, amount_fen=amount) == Closed.TOO_MUCH
    assert off(now) == Closed.DONE
    for way in (charges.waive, charges.void, charges.ask_write_off):
        assert off(now, way) == Closed.NOT_OPEN
    assert balances() == {}


def test_postgresql_refuses_a_write_off_by_one_person(owed, now):
    off(now, charges.ask_write_off)
    for name in ("", "ann"):
        with pytest.raises(IntegrityError, match="adjustment_write_off_by_two"), transaction.atomic():
            Adjustment.objects.update(status="done", decided_by=name)


def test_postgresql_refuses_an_adjustment_without_a_reason(owed, now):
    off(now, charges.reduce, amount_fen=100)
    with pytest.raises(IntegrityError, match="adjustment_has_reason"), transaction.atomic():
        Adjustment.objects.update(reason="")


# --- what is done ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "ends", "loss"),
    [("waive", "waived", {}), ("void", "void", {}), ("write_off", "written_off", {"write_off": 500, "revenue": -500})],
)
def test_what_is_taken_off_leaves_the_ledger_as_it_should(owed, now, way, ends, loss):
    """A waiver and a void undo the income; a write-off keeps it and shows the loss beside it."""
    assert balances() == {"receivable": 500, "revenue": -500}
    if way == "write_off":
        assert off(now, charges.ask_write_off) == Closed.WAITS
        assert balances() == {"receivable": 500, "revenue": -500}
        assert charges.decide_adjustment("S1", agreed=True, by="bob", now=now) == Closed.DONE
    else:
        assert off(now, WAYS[way][0]) == Closed.DONE
    assert balances() == loss
    assert status(owed) == ends


def test_a_reduction_leaves_the_rest_to_be_paid(owed, now):
    assert off(now, charges.reduce, amount_fen=200) == Closed.DONE
    assert balances() == {"receivable": 300, "revenue": -300}
    assert status(owed) == "open"
    assert off(now, charges.reduce, amount_fen=300) == Closed.DONE
    assert status(owed) == "waived"


def test_a_write_off_needs_two_people(owed, now):
    assert off(now, charges.ask_write_off) == Closed.WAITS
    assert charges.decide_adjustment("S1", agreed=True, by="ann", now=now) == Closed.SAME_PERSON
    assert charges.decide_adjustment("S1", agreed=True, by="", now=now) == Closed.SAME_PERSON
    assert charges.decide_adjustment("S1", agreed=False, by="bob", now=now) == Closed.DONE
    assert status(owed) == "open"
    assert charges.decide_adjustment("S1", agreed=True, by="bob", now=now) == Closed.NOTHING_WAITS
    off(now, charges.ask_write_off)
    assert charges.decide_adjustment("S1", agreed=True, by="bob", now=now) == Closed.DONE
    done = Adjustment.objects.get(status="done")
    assert (done.requested_by, done.decided_by, done.reason) == ("ann", "bob", "设备故障")
    assert Charge.objects.get(number="S1").status == "written_off"


def test_above_ones_own_limit_it_waits_for_a_second_person(owed, now):
    assert off(now, limit_fen=499) == Closed.WAITS
    assert off(now, charges.reduce, amount_fen=500, limit_fen=499) == Closed.WAITS
    assert Adjustment.objects.count() == 1
    assert status(owed) == "open"
    assert charges.decide_adjustment("S1", agreed=True, by="ann", now=now) == Closed.SAME_PERSON
    assert charges.decide_adjustment("S1", agreed=True, by="bob", now=now) == Closed.DONE
    assert status(owed) == "waived"
    assert balances() == {}
