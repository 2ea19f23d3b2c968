"""A later fact disagrees with a billed session: a person decides, payments moves the money, the bill stays."""

import threading

import pytest
from django.db import connection
from django.urls import reverse

from parking import discrepancies, sessions
from parking.discrepancies import ALL, KEEP, PART, Undecidable, Verdict
from parking.models import Discrepancy, ParkingSession, User
from payments import charges
from payments.models import Adjustment, Attempt, Charge, Part, Refund
from tests import street
from tests.street import PLATE, at, event, fold, say, story

pytestmark = pytest.mark.django_db

NOW = at("12:00")


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def clerk():
    return User.objects.create(username="clerk")


def disputed() -> Discrepancy:
    """A stay of 70 minutes, billed with 3 yuan; then a departure half an hour after the arrival comes to light."""
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold(now=at("09:20"))
    say(event("08:30", "departure", plate=PLATE, received_at=at("10:00")))
    fold(now=at("10:01"))
    return Discrepancy.objects.get()


def pay(session):
    charge = session.charge
    attempt = Attempt.objects.create(
        number="T1", gateway="wechat", kind="native", amount_fen=300, status="succeeded", created_at=NOW,
        succeeded_at=NOW,
    )  # fmt: skip
    Part.objects.create(attempt=attempt, charge=charge, amount_fen=300, in_flight=False)
    from payments import ledger
    from payments.models import Entry

    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.PAID, cause_key=f"paid:wechat:T1:{charge.id}", at=NOW, debit="clearing:wechat",
                credit="receivable", amount_fen=300, charge_id=charge.id,
            )
        ],
        now=NOW,
    )  # fmt: skip
    Charge.objects.filter(id=charge.id).update(status="settled", settled_at=NOW)


def decide(discrepancy_id, told, *, by, now, limit=1_000):
    return discrepancies.decide(discrepancy_id, told, by=by, limit_fen=limit, now=now)


def verdict(kind, *, why="the pictures show it", fen=0):
    return Verdict(verdict=kind, why=why, amount_fen=fen)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (verdict(""), "verdict"),
        (verdict(KEEP, why="  "), "why"),
        (verdict(PART), "amount_fen"),
        (verdict(PART, fen=301), "amount_fen"),
    ],
    ids=["no verdict", "no reason", "no amount", "more than there is"],
)
def test_a_verdict_that_can_not_be_carried_out_is_refused_by_field(clerk, wrong, field):
    found = disputed()
    with pytest.raises(Undecidable) as refused:
        decide(found.id, wrong, by=clerk, now=NOW)
    assert refused.value.field == field
    found.refresh_from_db()
    assert found.closed_at is None


def test_a_discrepancy_is_decided_once(clerk):
    found = disputed()
    decide(found.id, verdict(KEEP), by=clerk, now=NOW)
    with pytest.raises(Undecidable):
        decide(found.id, verdict(ALL), by=clerk, now=NOW)
    assert not Adjustment.objects.exists()


def test_keeping_the_bill_moves_no_money_and_says_who_and_why(clerk):
    found = disputed()
    decide(found.id, verdict(KEEP), by=clerk, now=NOW)
    found.refresh_from_db()
    assert (found.verdict, found.amount_fen, found.closed_by, found.closed_at) == ("keep", 0, clerk, NOW)
    assert found.why == "the pictures show it"
    assert not Adjustment.objects.exists()
    assert not Refund.objects.exists()


def test_part_of_an_unpaid_bill_is_reduced_after_a_preview(clerk):
    found = disputed()
    planned = discrepancies.preview(found, verdict(PART, fen=200), limit_fen=1_000)
    assert (planned.off_due_fen, planned.refund_fen, planned.due_after_fen) == (200, 0, 100)
    assert not Adjustment.objects.exists()
    assert decide(found.id, verdict(PART, fen=200), by=clerk, now=NOW) == planned
    session = ParkingSession.objects.get()
    assert charges.views([session.number])[session.number].due_fen == 100
    assert (session.fee_fen, session.charge.amount_fen, session.status) == (300, 300, "billed")
    assert Adjustment.objects.get().requested_by == "clerk"


def test_all_of_an_unpaid_bill_is_waived(clerk):
    found = disputed()
    decide(found.id, verdict(ALL), by=clerk, now=NOW)
    assert Charge.objects.get().status == "waived"
    found.refresh_from_db()
    assert found.amount_fen == 300


def test_part_of_a_paid_bill_is_refunded_and_the_row_names_the_refund(clerk):
    found = disputed()
    pay(found.session)
    decide(found.id, verdict(PART, fen=200), by=clerk, now=NOW)
    refund = Refund.objects.get()
    assert (refund.amount_fen, refund.status, refund.requested_by) == (200, "approved", "clerk")
    found.refresh_from_db()
    assert refund.number in found.outcome
    assert (ParkingSession.objects.get().fee_fen, Charge.objects.get().amount_fen) == (300, 300)


def test_above_the_limit_a_second_person_must_agree_to_the_refund(clerk):
    found = disputed()
    pay(found.session)
    planned = decide(found.id, verdict(ALL), by=clerk, now=NOW, limit=299)
    assert planned.waits
    refund = Refund.objects.get()
    assert refund.status == "requested"
    assert not charges.decide_refund(refund.number, agreed=True, by="clerk", now=NOW)
    assert charges.decide_refund(refund.number, agreed=True, by="boss", now=NOW)


def test_the_same_facts_told_again_open_no_second_discrepancy_once_decided(clerk):
    found = disputed()
    decide(found.id, verdict(ALL), by=clerk, now=NOW)
    say(event("11:00", "arrival", plate=PLATE), event("08:40", "occupied", received_at=at("11:00")))
    fold(now=at("12:30"))
    assert Discrepancy.objects.count() == 1
    assert story()[0] == ("08:00", "09:10", PLATE, "billed")


def test_above_the_limit_a_reduction_waits_too_and_the_row_says_so(clerk):
    found = disputed()
    assert decide(found.id, verdict(PART, fen=200), by=clerk, now=NOW, limit=199).waits
    assert Adjustment.objects.get().status == "requested"
    assert charges.views([found.session.number])[found.session.number].due_fen == 300
    found.refresh_from_db()
    assert "复核" in found.outcome


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_decide_at_once_one_is_refused(clerk):
    found = disputed()
    results = []

    def try_it():
        try:
            decide(found.id, verdict(ALL), by=clerk, now=NOW)
            results.append("done")
        except Undecidable:
            results.append("refused")
        connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["done", "refused"]
    assert Adjustment.objects.count() == 1
    assert sessions.reconcile(now=NOW).failed == 0


def test_the_desk_previews_the_money_before_it_moves_it(client):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    found = disputed()
    address = reverse("admin:parking_discrepancy_change", args=[found.id])
    page = client.get(address).content.decode()
    assert "出账后来了停留期间的驶离事件" in page
    told = {"verdict": "part", "amount_yuan": "2.00", "why": "left early"}
    preview = client.post(address, told)
    assert "减免待付 2.00 元" in preview.content.decode()
    assert not Adjustment.objects.exists()
    assert client.post(address, told | {"confirmed": "on"}).status_code == 302
    assert Adjustment.objects.get().amount_fen == 200
    assert client.get(address).status_code == 200
    assert client.get(reverse("admin:parking_discrepancy_changelist")).status_code == 200
