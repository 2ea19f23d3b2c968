"""Alipay's ways, as our client meets them."""

from dataclasses import replace
from urllib.request import urlopen

import pytest

from payments.gateways.alipay import lots, statements
from payments.gateways.alipay.channel import _signed_span
from payments.gateways.base import (
    Absent,
    FactKind,
    Leaving,
    NoStatement,
    Pending,
    Refused,
    State,
    Succeeded,
    Way,
)
from tests.payments.gateways.orders import back, by_hand
from tests.sandbox.fixtures import PLATE, arrival, departure, now, turn


def read(alipay, letter):
    [fact] = alipay.read_notification(headers=letter.headers, body=letter.body, now=now())
    return fact


def debited(alipay, box):
    entry = arrival()
    return alipay.debit(departure(entry, alipay.enter(entry).reference))


def paid_by_hand(alipay, box, number="P00000001"):
    alipay.open_payment(by_hand(number))
    turn(box, "settle", gateway="alipay", number=number, result="pay")


@pytest.mark.parametrize(
    ("service", "state"), [("NORMAL", State.NORMAL), ("OVERDUE", State.BLOCKED), ("OUT_SERVICE", State.NONE)]
)
def test_a_mandate_is_found_by_the_plate_alone(alipay, box, service, state):
    turn(box, "plates", plate=PLATE["plate"], state=service)
    assert alipay.find(**PLATE).state is state


def test_a_plate_without_an_agreement_enters_blocked_and_is_not_debited(alipay, box):
    turn(box, "plates", plate=PLATE["plate"], state="OUT_SERVICE")
    entry = arrival()
    entered = alipay.enter(entry)
    assert (entered.state, entered.reason) == (State.BLOCKED, "NO_AGREEMENT_SCENE")
    assert isinstance(alipay.debit(departure(entry, entered.reference)), Refused)


def test_a_debit_is_done_when_it_answers(alipay, box):
    done = debited(alipay, box)
    assert (type(done), done.paid_fen, done.advanced) == (Succeeded, 500, False)
    assert alipay.query("D000000001", contactless=True).reference == done.reference


def test_an_advanced_debit_is_paid(alipay, box):
    turn(box, "knobs", settle="advance")
    assert debited(alipay, box).advanced


def test_a_driver_without_money_is_a_refusal(alipay, box):
    turn(box, "knobs", settle="fail")
    assert debited(alipay, box).code == "ACQ.BUYER_BALANCE_NOT_ENOUGH"


def test_a_departure_is_told(alipay, box):
    entry = arrival()
    reference = alipay.enter(entry).reference
    leaving = Leaving(entry=reference, entry_number=entry.number, spot="A01", to_at=now(), amount_fen=500, **PLATE)
    assert isinstance(alipay.leave(leaving), Succeeded)
    assert box.world.books.get("alipay_entries", entry.number)["left_at"]


def test_a_lot_is_registered_as_roadside_and_leave_then_pay(alipay, box):
    answer = lots.register(
        alipay.channel,
        out_parking_id="openberth",
        name="咸宁路侧",
        address="咸安区",
        longitude="114.3",
        latitude="29.8",
        phone="0715",
        fees="首小时3元",
        spaces=3730,
    )
    lot = box.world.books.get("lots", "openberth")
    assert answer.data["parking_id"] == "PI1500000000000001"
    assert (lot["parking_lot_type"], lot["support_after_pay"]) == ("ROADSIDE", "Y")


def test_each_way_by_hand_gives_the_driver_something_to_go_on_with(alipay, box):
    assert alipay.open_payment(by_hand(way=Way.JSAPI)).params["tradeNO"]
    code = alipay.open_payment(by_hand("P00000002", Way.NATIVE)).url
    assert isinstance(alipay.query("P00000002", contactless=False), Absent)
    with urlopen(code, timeout=5):
        assert isinstance(alipay.query("P00000002", contactless=False), Pending)
    page = alipay.open_payment(by_hand("P00000003", Way.WAP, return_url="https://x.cn/a?b=1")).url
    with urlopen(page, timeout=5) as opened:
        assert opened.url.startswith(f"{box.url}/pay/")


def test_a_description_with_braces_and_quotes_is_read_and_verified(alipay, box):
    description = '停车费 {"a":"}"} \\ "引号"'
    alipay.open_payment(by_hand(description=description))
    assert isinstance(alipay.query("P00000001", contactless=False), Pending)


def test_the_same_number_with_another_amount_is_refused(alipay):
    payment = by_hand()
    alipay.open_payment(payment)
    assert alipay.open_payment(replace(payment, amount_fen=301)).code == "ACQ.CONTEXT_INCONSISTENT"


def test_closing_says_closed_again_and_again_but_paid_once_paid(alipay, box):
    alipay.open_payment(by_hand())
    assert [alipay.close("P00000001").code for _ in range(2)] == ["CLOSED", "CLOSED"]
    paid_by_hand(alipay, box, "P00000002")
    assert isinstance(alipay.close("P00000002"), Succeeded)
    assert isinstance(alipay.close("P00000009"), Absent)


def test_a_payment_by_hand_is_told(alipay, box, shop):
    paid_by_hand(alipay, box)
    fact = read(alipay, shop.wait(1)[0])
    assert (fact.kind, fact.our_number, fact.state, fact.amount_fen) == (
        FactKind.PAYMENT,
        "P00000001",
        State.SUCCEEDED,
        300,
    )


def test_a_partial_refund_is_told_as_a_refund_and_not_as_a_second_payment(alipay, box, shop):
    paid_by_hand(alipay, box)
    alipay.refund(back())
    shop.wait(2)
    facts = {fact.kind: fact for fact in (read(alipay, letter) for letter in shop.heard)}
    refund = facts[FactKind.REFUND]
    assert (refund.our_number, refund.payment_number, refund.amount_fen) == ("R00000001", "P00000001", None)


def test_a_whole_refund_closes_the_trade_which_is_still_a_paid_one(alipay, box):
    paid_by_hand(alipay, box)
    assert isinstance(alipay.refund(back(amount_fen=300)), Succeeded)
    assert isinstance(alipay.query("P00000001", contactless=False), Succeeded)


def test_the_second_of_two_refunds_is_its_own_amount_and_not_the_sum(alipay, box):
    paid_by_hand(alipay, box)
    assert alipay.refund(back("R1", amount_fen=100)).paid_fen == 100
    assert alipay.refund(back("R2", amount_fen=150)).paid_fen == 150
    assert alipay.refund(back("R2", amount_fen=150)).paid_fen == 150
    assert isinstance(alipay.refund(back("R3", amount_fen=51)), Refused)


def test_a_debit_is_refunded_at_the_parking_door(alipay, box):
    debited(alipay, box)
    order = back(payment="D000000001", amount_fen=200, total_fen=500, contactless=True)
    assert alipay.refund(order).paid_fen == 200
    assert alipay.query_refund(order).paid_fen == 200
    assert isinstance(alipay.query_refund(replace(order, number="R9")), Absent)


@pytest.mark.parametrize("lie", ["notice_wrong_appid", "notice_wrong_mchid"])
def test_a_letter_about_another_seller_is_marked_as_a_strangers(alipay, box, shop, lie):
    turn(box, "faults", rules=[{"fault": lie}])
    paid_by_hand(alipay, box)
    assert read(alipay, shop.wait(1)[0]).stranger


def test_a_changed_agreement_is_told_by_plate(alipay, box, shop):
    turn(box, "plates", plate=PLATE["plate"], state="OUT_SERVICE", alipay_notify_url=alipay.notify_url)
    fact = read(alipay, shop.wait(1)[0])
    assert (fact.kind, fact.plate, fact.state) == (FactKind.MANDATE, PLATE["plate"], State.NONE)


def test_the_statement_adds_up_and_names_refunds_by_their_own_number(alipay, box):
    debited(alipay, box)
    alipay.refund(back(payment="D000000001", amount_fen=200, total_fen=500, contactless=True))
    statement = alipay.statement(box.world.now().date())
    assert (statement.paid_fen, statement.refunded_fen, statement.fee_fen, statement.problems) == (500, 200, 2, ())
    assert [row.our_number for row in statement.rows] == ["D000000001", "R00000001"]


def test_a_day_without_trade_is_empty_and_one_not_ready_is_not(alipay, box):
    assert alipay.statement(box.world.now().date()).empty
    turn(box, "knobs", bills_at_once=False)
    assert alipay.statement(box.world.now().date()) == NoStatement(reason="isv.bill-not-ready", empty=False)


def test_a_row_nobody_understands_is_a_problem_and_the_rest_is_kept(alipay, box):
    debited(alipay, box)
    day = box.world.now().date()
    packed = alipay.statement(day).content
    text = statements._details(packed)
    assert "交易" in text
    rows = statements.read(packed, day=day).rows
    assert rows[0].raw["商品名称"] == "停车费"


@pytest.mark.parametrize(
    "text",
    [
        '{"a_response":{"code":"10000"},"a_response":{"code":"40004"},"sign":"x"}',
        '{"note":"\\"a_response\\":{\\"code\\":\\"10000\\"}","a_response":{"code":"40004"},"sign":"x"}',
    ],
)
def test_an_answer_that_names_its_content_twice_is_not_read_by_the_wrong_one(text):
    try:
        _, inner = _signed_span(text, "a_response")
    except ValueError:
        return
    assert inner == {"code": "40004"}
