"""The street with money: stays folded into charges, paid and given back at moments of the test's choosing."""

import itertools

import pytest

from parking.models import ParkingSession, TariffVersion
from payments import ledger
from payments.models import Attempt, Charge, Entry, Part
from tests import street
from tests.street import at, event, say

# Eight to eight is charged, the night is free.
DAYTIME = street.FLAT | {
    "code": "daytime",
    "bands": [
        {"id": "day", "from": "08:00", "to": "20:00", "steps": [{"unit_min": 30, "price": 1}]},
        {"id": "night", "from": "20:00", "to": "08:00", "free": True},
    ],
}
_numbers = itertools.count(1)


@pytest.fixture
def road(db):
    made = street.build(tariff=False)
    TariffVersion.objects.create(
        code="daytime",
        version=1,
        status=TariffVersion.Status.APPROVED,
        in_force_from=at("00:00", day="2016-01-01"),
        document=DAYTIME,
    )
    return made


def stay(arrived, left=None, *, berth="A01", plate=street.PLATE, now=None):
    """A car stands from one clock to another (of 20 November), and is folded at `now`."""
    told = [event(arrived, "arrival", berth=berth, plate=plate)]
    if left is not None:
        told.append(event(left, "departure", berth=berth, plate=plate))
    say(*told, now=now or at("23:59"))
    street.fold(now=now or at("23:59"), later=600)


def charge_of(berth="A01", index=0):
    """The charge of a berth's session."""
    session = ParkingSession.objects.filter(berth__code=berth).order_by("arrived_at")[index]
    return Charge.objects.get(number=session.number)


def pay(charge, *, when, kind="debit", fen=None):
    """Money for the charge, as the gateway's success books it."""
    amount = charge.amount_fen if fen is None else fen
    attempt = Attempt.objects.create(
        number=f"T{next(_numbers)}",
        gateway="wechat",
        kind=kind,
        amount_fen=amount,
        status="succeeded",
        created_at=when,
        succeeded_at=when,
    )
    Part.objects.create(attempt=attempt, charge=charge, amount_fen=amount, in_flight=False)
    _book(charge, Entry.Cause.PAID, "clearing:wechat", "receivable", amount, when)


def give_back(charge, *, when, fen):
    """A refund that the gateway has carried out."""
    _book(charge, Entry.Cause.REFUND_DONE, "refunds_payable", "clearing:wechat", fen, when)


def _book(charge, cause, debit, credit, fen, when):
    key = f"test:{next(_numbers)}"
    posting = ledger.transfer(
        cause=cause, cause_key=key, at=when, debit=debit, credit=credit, amount_fen=fen, charge_id=charge.pk
    )
    assert ledger.book(postings=[posting], now=when) == {key}
