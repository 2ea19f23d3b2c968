"""WeChat Pay's ways, as our client meets them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from payments.gateways.base import (
    Absent,
    Entered,
    FactKind,
    NoStatement,
    Pending,
    Refused,
    State,
    Succeeded,
    Unknown,
    Way,
)
from payments.gateways.wechat import words
from tests.payments.gateways.orders import back, by_hand
from tests.sandbox.fixtures import PLATE, arrival, departure, now, turn, wait_for, wechat_client


def read(wechat, letter):
    [fact] = wechat.read_notification(headers=letter.headers, body=letter.body, now=now())
    return fact


def debited(wechat, number="D000000001"):
    entry = arrival()
    outcome = wechat.debit(departure(entry, wechat.enter(entry).reference, number=number))
    assert isinstance(outcome, Pending)
    return outcome


def test_without_an_openid_only_the_entry_can_say(wechat):
    assert wechat.find(**PLATE).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("service", "state"), [("NORMAL", State.NORMAL), ("PAUSE", State.BLOCKED), ("OUT_SERVICE", State.NONE)]
)
def test_a_mandate_is_found_as_it_stands(wechat, box, service, state):
    turn(box, "plates", plate=PLATE["plate"], state=service)
    assert wechat.find(**PLATE, payer="o1").state is state


@pytest.mark.parametrize("reason", ["PAUSE", "OVERDUE", "OUT_SERVICE", "EVALUATION_FAILED"])
def test_an_entry_that_cannot_be_debited_is_blocked_with_its_reason(wechat, box, reason):
    turn(box, "plates", plate=PLATE["plate"], state=reason)
    entered = wechat.enter(arrival())
    assert (entered.state, entered.reason) == (State.BLOCKED, reason)


def test_a_plate_ending_in_0_or_4_has_no_mandate_in_the_demo(wechat):
    states = {digit: wechat.enter(arrival(number=f"E{digit}", plate=f"鄂L1234{digit}")).state for digit in range(10)}
    assert [digit for digit, state in states.items() if state is State.BLOCKED] == [0, 4]


def test_free_time_of_nought_seconds_is_allowed(wechat):
    assert isinstance(wechat.enter(arrival(free_seconds=0)), Entered)


def test_the_same_entry_again_is_the_same_entry(wechat):
    entry = arrival()
    assert wechat.enter(entry).reference == wechat.enter(entry).reference


def test_a_newer_entry_kills_the_older_one_of_the_plate(wechat):
    first, second = arrival(), arrival(number="E000002", spot="A02")
    old, new = wechat.enter(first).reference, wechat.enter(second).reference
    refused = wechat.debit(departure(first, old))
    assert (refused.code, refused.message) == ("INVALID_REQUEST", "停车入场id不存在")
    assert isinstance(wechat.debit(departure(second, new, number="D000000002")), Pending)


@pytest.mark.parametrize("wrong", [{"plate": "鄂L12346"}, {"plate_color": "green"}, {"place": "别处"}])
def test_a_debit_that_does_not_fit_its_entry_is_refused(wechat, wrong):
    entry = arrival()
    refused = wechat.debit(departure(entry, wechat.enter(entry).reference, **wrong))
    assert isinstance(refused, Refused)
    assert refused.code == "INVALID_REQUEST"


def test_an_entry_is_debited_once(wechat):
    entry = arrival()
    reference = wechat.enter(entry).reference
    assert isinstance(wechat.debit(departure(entry, reference)), Pending)
    assert isinstance(wechat.debit(departure(entry, reference, number="D000000002")), Refused)


@pytest.mark.parametrize("wrong", [{"amount_fen": 0}, {"to_at": now() + timedelta(hours=1)}])
def test_a_debit_of_nothing_or_of_the_future_is_refused(wechat, wrong):
    entry = arrival()
    refused = wechat.debit(departure(entry, wechat.enter(entry).reference, **wrong))
    assert (type(refused), refused.code) == (Refused, "PARAM_ERROR")


def test_a_debit_is_accepted_then_told_and_found(wechat, shop):
    debited(wechat)
    fact = read(wechat, shop.wait(1)[0])
    assert (fact.kind, fact.our_number, fact.state, fact.amount_fen, fact.stranger) == (
        FactKind.PAYMENT,
        "D000000001",
        State.SUCCEEDED,
        500,
        "",
    )
    found = wechat.query("D000000001", contactless=True)
    assert (found.reference, found.paid_fen, found.advanced) == (fact.reference, 500, False)


def test_a_debit_that_fails_is_told_and_found_as_refused(wechat, box, shop):
    turn(box, "knobs", settle="fail")
    debited(wechat)
    assert read(wechat, shop.wait(1)[0]).state is State.FAILED
    found = wechat.query("D000000001", contactless=True)
    assert (found.code, "余额不足" in found.message) == ("PAY_FAIL", True)


def test_an_advanced_debit_is_paid_and_the_pay_back_is_a_fact_of_its_own(wechat, box, shop):
    turn(box, "knobs", settle="advance")
    debited(wechat)
    assert read(wechat, shop.wait(1)[0]).paid_by_advance
    assert wechat.query("D000000001", contactless=True).advanced
    turn(box, "settle", number="D000000001", result="repay")
    facts = {fact.kind: fact for fact in (read(wechat, letter) for letter in shop.wait(2))}
    fact = facts[FactKind.PAY_BACK]
    assert (fact.our_number, fact.amount_fen) == ("D000000001", 500)
    assert not wechat.query("D000000001", contactless=True).advanced


def test_a_change_of_the_plates_state_is_told_of_its_living_entry(wechat, box, shop):
    entered = wechat.enter(arrival())
    for state in ("OVERDUE", "NORMAL"):
        turn(box, "plates", plate=PLATE["plate"], state=state)
    shop.wait(2)
    facts = sorted((read(wechat, letter) for letter in shop.heard), key=lambda fact: fact.at)
    assert [(fact.kind, fact.state, fact.code) for fact in facts] == [
        (FactKind.ENTRY_STATE, State.BLOCKED, "OVERDUE"),
        (FactKind.ENTRY_STATE, State.NORMAL, ""),
    ]
    assert {fact.reference for fact in facts} == {entered.reference}


@pytest.mark.parametrize("lie", ["notice_wrong_appid", "notice_wrong_mchid"])
def test_a_letter_about_another_merchant_is_marked_as_a_strangers(wechat, box, shop, lie):
    turn(box, "faults", rules=[{"fault": lie}])
    debited(wechat)
    assert read(wechat, shop.wait(1)[0]).stranger


def test_a_letter_with_another_amount_says_what_it_says(wechat, box, shop):
    turn(box, "faults", rules=[{"fault": "notice_wrong_amount"}])
    debited(wechat)
    assert read(wechat, shop.wait(1)[0]).amount_fen == 501


def test_a_number_nobody_knows_is_absent(wechat):
    assert isinstance(wechat.query("D000000009", contactless=True), Absent)
    assert isinstance(wechat.query("P00000009", contactless=False), Absent)
    assert isinstance(wechat.query_refund(back("R00000009")), Absent)


def test_a_debit_is_not_found_at_the_door_of_orders_by_hand(wechat):
    debited(wechat)
    assert isinstance(wechat.query("D000000001", contactless=False), Absent)


def test_the_app_gets_a_signed_call_and_the_browser_an_address(wechat):
    params = wechat.open_payment(by_hand(way=Way.JSAPI)).params
    assert set(params) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
    assert wechat.open_payment(by_hand("P00000002", Way.NATIVE)).url
    url = wechat.open_payment(by_hand("P00000003", Way.WAP, return_url="https://x.cn/a?b=1")).url
    assert url.endswith("redirect_url=https%3A%2F%2Fx.cn%2Fa%3Fb%3D1")


def test_the_same_number_with_another_amount_is_refused(wechat):
    payment = by_hand()
    wechat.open_payment(payment)
    assert wechat.open_payment(replace(payment, amount_fen=301)).code == "INVALID_REQUEST"


def test_closing_says_closed_again_and_again_but_paid_once_paid(wechat, box):
    wechat.open_payment(by_hand())
    assert [wechat.close("P00000001").code for _ in range(2)] == ["CLOSED", "CLOSED"]
    wechat.open_payment(by_hand("P00000002"))
    turn(box, "settle", number="P00000002", result="pay")
    assert isinstance(wechat.close("P00000002"), Succeeded)
    assert isinstance(wechat.close("P00000009"), Absent)


def test_a_closed_order_that_was_paid_all_the_same_is_found_paid(wechat, box):
    wechat.open_payment(by_hand())
    wechat.close("P00000001")
    turn(box, "settle", number="P00000001", result="force_pay")
    assert isinstance(wechat.query("P00000001", contactless=False), Succeeded)


@pytest.mark.parametrize(
    ("end", "state"), [("SUCCESS", State.SUCCEEDED), ("ABNORMAL", State.ABNORMAL), ("CLOSED", State.CLOSED)]
)
def test_a_refund_ends_as_it_is_told(wechat, box, shop, end, state):
    turn(box, "knobs", refund=end)
    wechat.open_payment(by_hand())
    turn(box, "settle", number="P00000001", result="pay")
    assert isinstance(wechat.refund(back()), Pending)
    facts = {fact.kind: fact for fact in (read(wechat, letter) for letter in shop.wait(2))}
    fact = facts[FactKind.REFUND]
    assert (fact.our_number, fact.payment_number, fact.state) == ("R00000001", "P00000001", state)
    found = wechat.query_refund(back())
    assert found.paid_fen == 100 if end == "SUCCESS" else found.code == end


def test_refunds_never_exceed_the_payment(wechat, box):
    wechat.open_payment(by_hand())
    turn(box, "settle", number="P00000001", result="pay")
    assert isinstance(wechat.refund(back("R1", amount_fen=200)), Pending)
    assert isinstance(wechat.refund(back("R2", amount_fen=101)), Refused)
    assert isinstance(wechat.refund(back("R3", amount_fen=100)), Pending)


def test_a_refunded_order_is_still_a_paid_one(wechat, box):
    wechat.open_payment(by_hand())
    turn(box, "settle", number="P00000001", result="pay")
    wechat.refund(back(amount_fen=300))
    wait_for(lambda: isinstance(wechat.query_refund(back(amount_fen=300)), Succeeded))
    assert isinstance(wechat.query("P00000001", contactless=False), Succeeded)


def test_the_statement_adds_up_and_names_refunds_by_their_own_number(wechat, box):
    debited(wechat)
    wait_for(lambda: isinstance(wechat.query("D000000001", contactless=True), Succeeded))
    returned = back(payment="D000000001", amount_fen=200, total_fen=500)
    wechat.refund(returned)
    # The fee comes back with the money, not with the wish.
    wait_for(lambda: isinstance(wechat.query_refund(returned), Succeeded))
    statement = wechat.statement(box.world.now().date())
    assert (statement.paid_fen, statement.refunded_fen, statement.fee_fen, statement.problems) == (500, 200, 2, ())
    paid, refunded = statement.rows
    assert (paid.kind, paid.our_number, paid.amount_fen, paid.fee_fen) == (FactKind.PAYMENT, "D000000001", 500, 3)
    assert (refunded.our_number, refunded.payment_number, refunded.fee_fen) == ("R00000001", "D000000001", -1)


def test_a_statement_that_is_not_ready_or_has_nothing_says_which(wechat, box):
    assert wechat.statement(box.world.now().date()) == NoStatement(reason="NO_STATEMENT_EXIST", empty=True)
    turn(box, "knobs", bills_at_once=False)
    assert wechat.statement(box.world.now().date()) == NoStatement(reason="STATEMENT_CREATING", empty=False)


def test_a_statement_file_that_is_not_the_announced_one_is_not_believed(wechat, box):
    debited(wechat)
    wait_for(lambda: isinstance(wechat.query("D000000001", contactless=True), Succeeded))
    turn(box, "faults", rules=[{"fault": "tamper", "operation": "download"}])
    assert isinstance(wechat.statement(box.world.now().date()), Unknown)


def test_in_certificate_mode_answers_and_letters_are_verified_with_fetched_certificates(box, key_folder, shop):
    client = wechat_client(box.url, key_folder, shop.url, public_key_id="", public_key_file="")
    debited(client)
    assert read(client, shop.wait(1)[0]).state is State.SUCCEEDED


@pytest.mark.parametrize("word", ["ACCEPT", "ACCEPTED", "NOTPAY", "USERPAYING"])
def test_every_word_for_pending_is_pending(word):
    assert isinstance(words.transaction({"out_trade_no": "D1", "trade_state": word}, number="D1"), Pending)


@pytest.mark.parametrize("word", ["PAY_FAIL", "FAIL", "PAYERROR"])
def test_every_word_for_failed_is_a_refusal(word):
    assert words.transaction({"out_trade_no": "D1", "trade_state": word}, number="D1").code == "PAY_FAIL"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"out_trade_no": "D2", "trade_state": "SUCCESS"},
        {"out_trade_no": "D1", "trade_state": "SOMETHING"},
        {"out_trade_no": "D1", "trade_state": "SUCCESS"},
        {
            "out_trade_no": "D1",
            "trade_state": "SUCCESS",
            "success_time": "2026-11-23T08:00:00+08:00",
            "amount": {"total": "5"},
        },
        {"out_trade_no": "D1", "trade_state": "SUCCESS", "success_time": "2026-11-23T08:00:00", "amount": {"total": 5}},
        {
            "out_trade_no": "D1",
            "trade_state": "SUCCESS",
            "success_time": "2026-11-23T08:00:00+08:00",
            "amount": {"total": True},
        },
    ],
)
def test_an_answer_that_does_not_say_it_all_about_this_order_is_unknown(data):
    assert isinstance(words.transaction(data, number="D1"), Unknown)
