"""What gateways tell us, over real HTTP, with their own signatures."""

import threading
import time
from datetime import timedelta

import httpx
import pytest

from payments import charges, collection, gateways, inbox
from payments.models import Attempt, Notification, Suspense
from sandbox.gateway import wechat_orders
from tests.payments.books import attempts, balances, gateway_money, status

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def door(sandbox, live_server, settings):
    """The gateways tell our own running web server."""
    for code, setting in settings.PAYMENT_GATEWAYS.items():
        setting["OPTIONS"]["notify_url"] = f"{live_server.url}/pay/notify/{code}/"
    gateways.forget()
    return live_server.url


def wait_for(condition):
    for _ in range(200):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def told(count=1):
    wait_for(lambda: Notification.objects.count() >= count)


def post(door, *, gateway="wechat", body=b"{}", headers=None):
    return httpx.post(f"{door}/pay/notify/{gateway}/", content=body, headers=headers or {})


# --- refusals -------------------------------------------------------------------------------------------------------


def test_an_unknown_gateway_is_not_found(door):
    assert post(door, gateway="paypal").status_code == 404


def test_reading_is_not_allowed(door):
    assert httpx.get(f"{door}/pay/notify/wechat/").status_code == 405


@pytest.mark.parametrize("gateway", ["wechat", "alipay"])
@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"a=1&sign=x", b"[" * 5000])
def test_what_nobody_signed_is_refused_and_not_kept(gateway, body, door):
    answer = post(door, gateway=gateway, body=body)
    assert 400 <= answer.status_code < 500
    assert not Notification.objects.exists()


def test_a_body_above_64_kilobytes_is_refused(door):
    assert post(door, body=b"x" * (64 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("kind", ["notice_tamper", "notice_stale", "notice_wrong_serial", "notice_probe"])
def test_a_notification_that_is_not_the_gateways_is_refused_until_the_true_one_comes(kind, door, sandbox, bill, now):
    sandbox.world.faults.set([{"fault": kind}])
    number = bill(number="S1").number
    charges.open_charge(bill(number=number), now=now)
    collection.collect(now=now)
    wait_for(lambda: any(row["tries"] for _, row in sandbox.world.books.rows("notices")))
    told()
    inbox.work(now=now + timedelta(seconds=5))
    assert status(number) == "settled"
    assert Notification.objects.count() == 1


@pytest.mark.parametrize("kind", ["notice_wrong_amount", "notice_wrong_appid", "notice_wrong_mchid"])
def test_a_signed_notification_that_is_not_about_our_money_is_parked(kind, door, sandbox, bill, now):
    sandbox.world.faults.set([{"fault": kind}])
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    told()
    inbox.work(now=now + timedelta(seconds=5))
    assert status(told_bill.number) == "open"
    assert Suspense.objects.count() == 1

    collection.chase(now=now + timedelta(seconds=6))
    assert status(told_bill.number) == "settled"
    assert balances() == {"clearing:wechat": 500, "revenue": -500}


# --- the ordinary way -----------------------------------------------------------------------------------------------


def test_a_debit_is_settled_by_its_notification(door, sandbox, bill, now):
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    told()
    inbox.work(now=now + timedelta(seconds=5))
    assert status(told_bill.number) == "settled"
    assert attempts(told_bill.number) == [("wechat", "debit", "succeeded")]
    assert all(n.processed_at for n in Notification.objects.all())
    wait_for(lambda: all(row["state"] == "taken" for _, row in sandbox.world.books.rows("notices")))


def test_fifteen_copies_at_once_are_one_payment(door, sandbox, bill, now):
    sandbox.world.faults.set([{"fault": "notice_repeat", "copies": 15}])
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    told()
    time.sleep(0.3)
    threads = [threading.Thread(target=_work, args=(now,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balances() == {"clearing:wechat": 500, "revenue": -500}
    assert Notification.objects.count() == 1


def _work(now):
    from django.db import connection

    try:
        inbox.work(now=now + timedelta(seconds=5))
    finally:
        connection.close()


def test_a_notification_that_overtakes_the_answer_wins(door, sandbox, bill, now):
    sandbox.world.faults.set([{"fault": "delay_answer", "operation": "debit", "seconds": 0.5}])
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    thread = threading.Thread(target=_collect, args=(now,))
    thread.start()
    told()
    inbox.work(now=now + timedelta(seconds=5))
    assert status(told_bill.number) == "settled"
    thread.join()
    assert attempts(told_bill.number) == [("wechat", "debit", "succeeded")]
    assert gateway_money(sandbox) == 500


def _collect(now):
    from django.db import connection

    try:
        collection.collect(now=now)
    finally:
        connection.close()


def test_a_payment_by_hand_is_settled_by_its_notification(door, sandbox, bill, now):
    told_bill = bill(plate="鄂L12340")
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    started = charges.start_payment([told_bill.number], gateway="wechat", kind="native", return_url="", now=now)
    assert isinstance(started, charges.PaymentStart)
    wechat_orders.pay(sandbox.wechat, started.attempt_number)
    told()
    inbox.work(now=now + timedelta(seconds=5))
    assert status(told_bill.number) == "settled"


def test_a_number_that_is_not_ours_is_kept_and_answered(door, sandbox, bill, now):
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    told()
    Notification.objects.update(facts=[{**Notification.objects.get().facts[0], "our_number": "P-of-another-system"}])
    inbox.work(now=now + timedelta(seconds=5))
    parked = Suspense.objects.get()
    assert (parked.reason, parked.our_number) == ("unknown_number", "P-of-another-system")
    assert Notification.objects.get().processed_at is not None


def test_no_plate_and_no_key_reaches_a_log(door, sandbox, bill, now, caplog):
    caplog.set_level("DEBUG")
    told_bill = bill()
    charges.open_charge(told_bill, now=now)
    collection.collect(now=now)
    told()
    post(door, body=b"{}")
    inbox.work(now=now + timedelta(seconds=5))
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("payments"))
    assert "鄂L12345" not in ours
    assert "PRIVATE KEY" not in ours
    assert Attempt.objects.get().status == "succeeded"
