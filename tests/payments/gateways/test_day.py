"""A bad day at each gateway: a fifth of all calls go wrong, and yet everybody pays once, to the fen."""

import random
from concurrent.futures import ThreadPoolExecutor

from payments.gateways.base import Absent, NotSent, Pending, Refused, Statement, Succeeded, Unknown
from tests.payments.gateways.orders import back
from tests.sandbox.fixtures import arrival, departure, turn, wait_for

DEBITS = 120
FAULTS = (
    "lose_request",
    "error_500",
    "lose_answer",
    "error_500_after",
    "tamper",
    "bad_signature",
    "stale",
    "wrong_serial",
    "not_json",
)


def entered(gateway, number, plate):
    """The entry's reference, asked for until it is given: the same number is the same entry."""
    entry = arrival(number=f"E{number:07}", plate=plate)
    while True:
        found = gateway.enter(entry)
        if not isinstance(found, (Unknown, NotSent)):
            return entry, found.reference


def settled(send, ask):
    """Send, then ask; send the same again only when the gateway twice knows of nothing."""
    found, absent = send(), 0
    while not isinstance(found, (Succeeded, Refused)):
        found = ask()
        absent = absent + 1 if isinstance(found, Absent) else 0
        if absent == 2:
            found, absent = send(), 0
    return found


def pay(gateway, number):
    # Another plate each, none of which ends in a digit without a mandate.
    entry, reference = entered(gateway, number, f"鄂L{number:04}{'1235'[number % 4]}")
    debit = departure(entry, reference, number=f"D{number:09}", amount_fen=100 + number)
    found = settled(lambda: gateway.debit(debit), lambda: gateway.query(debit.number, contactless=True))
    return debit.number, found


def test_every_debit_is_made_once_and_the_sums_agree(gateway, box):
    rules = [{"fault": fault, "times": -1, "rate": 0.2 / len(FAULTS)} for fault in FAULTS]
    turn(box, "faults", rules=rules, seed=6)
    with ThreadPoolExecutor(8) as pool:
        ends = dict(pool.map(lambda number: pay(gateway, number), range(DEBITS)))
    assert {type(end) for end in ends.values()} == {Succeeded}
    books = {
        row["number"]: row["amount"] for _, row in box.world.books.rows("orders") if row["gateway"] == gateway.code
    }
    assert books == {number: end.paid_fen for number, end in ends.items()}
    assert len({end.reference for end in ends.values()}) == DEBITS
    hits = sum(rule["hits"] for rule in box.world.faults.listed())
    assert hits > DEBITS / 5

    chosen = random.Random(1).sample(sorted(ends), 30)
    for number in chosen:
        order = back(
            f"R{number}",
            payment=number,
            amount_fen=50,
            total_fen=ends[number].paid_fen,
            payment_reference=ends[number].reference,
            contactless=True,
        )
        settled(lambda order=order: gateway.refund(order), lambda order=order: gateway.query_refund(order))
    turn(box, "faults", rules=[])
    statement = wait_for(lambda: isinstance(found := gateway.statement(box.world.now().date()), Statement) and found)
    assert statement.paid_fen == sum(books.values())
    assert statement.refunded_fen == 30 * 50
    assert statement.problems == ()


def test_a_pending_debit_is_never_taken_for_a_refusal(wechat, box):
    turn(box, "knobs", settle="hold")
    entry = arrival()
    debit = departure(entry, wechat.enter(entry).reference)
    for _ in range(5):
        assert isinstance(wechat.debit(debit), Pending)
