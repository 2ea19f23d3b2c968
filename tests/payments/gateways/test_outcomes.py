"""What goes wrong on the wire, and the one honest word for it, at both gateways."""

import logging
import socket
from datetime import timedelta

import pytest

from payments.gateways.base import Absent, Entered, NotSent, Pending, Refused, Started, State, Succeeded, Unknown
from tests.payments.gateways.orders import back, by_hand
from tests.sandbox.fixtures import PLATE, alipay_client, arrival, departure, turn, wait_for, wechat_client

# Faults after which nobody can say what happened, and whether the gateway did it all the same.
DARK = {
    "lose_request": False,
    "error_500": False,
    "lose_answer": True,
    "error_500_after": True,
    "tamper": True,
    "bad_signature": True,
    "not_json": True,
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def entered(gateway, **other):
    entry = arrival(**other)
    return entry, gateway.enter(entry).reference


@pytest.mark.parametrize("client", [wechat_client, alipay_client])
def test_a_gateway_nobody_answers_for_was_not_sent_anything(client, key_folder, shop):
    gateway = client(f"http://127.0.0.1:{free_port()}", key_folder, shop.url)
    entry = arrival()
    assert isinstance(gateway.enter(entry), NotSent)
    assert isinstance(gateway.debit(departure(entry, "x")), NotSent)
    assert isinstance(gateway.query("D000000001", contactless=True), NotSent)
    assert isinstance(gateway.refund(back()), NotSent)
    assert gateway.find(**PLATE, payer="o1").state is State.UNKNOWN


@pytest.mark.parametrize("client", [wechat_client, alipay_client])
def test_a_missing_key_is_a_call_not_sent_and_its_path_is_not_told(client, box, key_folder, shop, caplog):
    gateway = client(box.url, key_folder, shop.url, private_key_file="/nowhere/private.pem")
    assert isinstance(gateway.enter(arrival()), NotSent)
    assert "private.pem" not in caplog.text


@pytest.mark.parametrize(("fault", "was_done"), DARK.items())
def test_a_debit_that_ends_in_the_dark_is_unknown_and_a_query_tells(gateway, box, fault, was_done):
    entry, reference = entered(gateway)
    turn(box, "faults", rules=[{"fault": fault, "operation": "debit"}])
    assert isinstance(gateway.debit(departure(entry, reference)), Unknown)
    found = gateway.query("D000000001", contactless=True)
    assert isinstance(found, (Pending, Succeeded)) if was_done else isinstance(found, Absent)


@pytest.mark.parametrize("fault", DARK)
def test_a_query_in_the_dark_is_unknown_never_absent(gateway, box, fault):
    turn(box, "faults", rules=[{"fault": fault, "operation": "query"}])
    assert isinstance(gateway.query("D000000001", contactless=True), Unknown)


@pytest.mark.parametrize("fault", DARK)
def test_a_refund_in_the_dark_is_unknown_and_sent_again_is_one_refund(gateway, box, fault):
    gateway.open_payment(by_hand())
    turn(box, "settle", gateway=gateway.code, number="P00000001", result="pay")
    turn(box, "faults", rules=[{"fault": fault, "operation": "refund"}])
    assert isinstance(gateway.refund(back()), Unknown)
    assert isinstance(gateway.refund(back()), (Pending, Succeeded))
    done = wait_for(lambda: isinstance(found := gateway.query_refund(back()), Succeeded) and found)
    assert done.paid_fen == 100
    assert box.world.books.get("orders", f"{gateway.code}:P00000001")["refunded"] == 100


def test_an_answer_slower_than_the_limit_is_unknown(gateway, box):
    entry, reference = entered(gateway)
    turn(box, "faults", rules=[{"fault": "delay_answer", "operation": "debit", "seconds": 1.5}])
    assert isinstance(gateway.debit(departure(entry, reference)), Unknown)
    assert isinstance(gateway.query("D000000001", contactless=True), (Pending, Succeeded))


@pytest.mark.parametrize("fault", ["stale", "wrong_serial"])
def test_wechat_does_not_believe_an_old_answer_or_one_by_another_key(wechat, box, fault):
    entry, reference = entered(wechat)
    turn(box, "faults", rules=[{"fault": fault, "operation": "debit"}])
    assert isinstance(wechat.debit(departure(entry, reference)), Unknown)


def test_wechat_uses_the_standby_host_only_for_what_was_not_sent(box, key_folder, shop):
    dead = f"http://127.0.0.1:{free_port()}"
    gateway = wechat_client(dead, key_folder, shop.url, standby_host=box.url)
    assert isinstance(gateway.enter(arrival()), Entered)
    turn(box, "faults", rules=[{"fault": "lose_answer", "operation": "debit"}])
    other = wechat_client(box.url, key_folder, shop.url, standby_host=dead)
    entry, reference = entered(other, number="E000002")
    assert isinstance(other.debit(departure(entry, reference)), Unknown)


def test_a_refusal_for_now_says_when_to_come_back(wechat, box):
    rule = {"fault": "refuse", "operation": "debit", "code": "FREQUENCY_LIMITED", "status": 429}
    turn(box, "faults", rules=[rule])
    entry, reference = entered(wechat)
    refused = wechat.debit(departure(entry, reference))
    assert isinstance(refused, Refused)
    assert refused.retry_after == timedelta(seconds=30)


def test_a_balance_too_small_for_a_refund_asks_for_patience(gateway, box):
    code = {"wechat": "NOT_ENOUGH", "alipay": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}[gateway.code]
    gateway.open_payment(by_hand())
    turn(box, "settle", gateway=gateway.code, number="P00000001", result="pay")
    turn(box, "faults", rules=[{"fault": "refuse", "operation": "refund", "code": code, "status": 403}])
    refused = gateway.refund(back())
    assert (refused.code, refused.retry_after) == (code, timedelta(hours=1))


@pytest.mark.parametrize(
    ("name", "code"), [("wechat", "SYSTEM_ERROR"), ("alipay", "ACQ.SYSTEM_ERROR"), ("alipay", "isp.unknow-error")]
)
def test_a_refusal_that_means_we_do_not_know_either_is_unknown(request, box, name, code):
    gateway = request.getfixturevalue(name)
    entry, reference = entered(gateway)
    turn(box, "faults", rules=[{"fault": "refuse", "operation": "debit", "code": code, "status": 400}])
    assert isinstance(gateway.debit(departure(entry, reference)), Unknown)


def test_a_debit_sent_twice_is_one_debit(gateway, box):
    entry, reference = entered(gateway)
    debit = departure(entry, reference)
    first, second = gateway.debit(debit), gateway.debit(debit)
    assert isinstance(first, (Pending, Succeeded))
    assert isinstance(second, (Pending, Succeeded))
    assert box.world.books.count("orders") == 1


def test_a_doubtful_refusal_stays_in_doubt_when_the_query_is_refused_too(wechat, box):
    entry, reference = entered(wechat)
    wechat.debit(departure(entry, reference))
    turn(box, "faults", rules=[{"fault": "refuse", "operation": "query", "code": "NO_AUTH", "status": 403}])
    assert isinstance(wechat.debit(departure(entry, reference)), Unknown)


def test_no_key_plate_or_payer_reaches_a_log_or_a_repr(gateway, box, key_folder, caplog):
    caplog.set_level(logging.DEBUG)
    gateway.find(**PLATE, payer="oPayer")
    entry, reference = entered(gateway)
    debit = departure(entry, reference)
    for fault in ("refuse", "tamper", "lose_answer"):
        turn(box, "faults", rules=[{"fault": fault, "operation": "debit", "code": "X", "status": 400}])
        outcome = gateway.debit(debit)
        assert "L12345" not in repr(outcome)
    started = gateway.open_payment(by_hand())
    assert isinstance(started, Started)
    told = " ".join((caplog.text, repr(gateway), repr(gateway.channel), repr(entry), repr(debit), repr(by_hand())))
    secrets = [(key_folder / "wechat-api-v3.key").read_text()]
    secrets += [line for pem in key_folder.glob("*.key.pem") for line in pem.read_text().splitlines()[1:-1]]
    for secret in (*secrets, "L12345", "%E9%84%82L12345", "oPayer"):
        assert secret not in told
