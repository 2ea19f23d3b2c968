"""kill -9 in the middle of a call: the number was committed before, so nothing is lost and nothing done twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from payments import charges, collection
from payments.models import Attempt
from tests.payments.books import attempts, balances, gateway_money, status

pytestmark = pytest.mark.django_db(transaction=True)

_WORK = """
import django; django.setup()
from django.utils import timezone
from payments import {module}
{module}.{what}(now=timezone.now())
"""


def killed(process_env, sandbox, keys, *, what, when, module="collection"):
    """A worker process of ours that is killed as soon as `when` is true."""
    env = process_env | {"SANDBOX_URL": sandbox.url, "SANDBOX_KEYS": str(keys), "PYTHONPATH": os.getcwd()}
    worker = subprocess.Popen([sys.executable, "-c", _WORK.format(module=module, what=what)], env=env)
    try:
        for _ in range(1500):
            if when():
                break
            assert worker.poll() is None, "the worker ended before it could be killed"
            time.sleep(0.01)
        else:
            raise AssertionError("the moment never came")
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


@pytest.mark.parametrize(
    ("operation", "fault"),
    [("enter", "delay"), ("debit", "delay"), ("debit", "delay_answer"), ("debit", "lose_request")],
)
def test_a_worker_killed_while_it_debits_loses_nothing(operation, fault, process_env, sandbox, keys_folder, bill, now):
    rules = [{"fault": fault, "operation": operation, "seconds": 1.0, "gateway": "wechat"}]
    if fault == "lose_request":
        # Killed on its way to the gateway: what was sent never arrives.
        rules.append({"fault": "delay", "operation": "enter", "seconds": 1.0, "gateway": "wechat"})
    sandbox.world.faults.set(rules)
    told = bill(number="S1")
    charges.open_charge(told, now=now)
    hit = lambda: any(rule["hits"] for rule in sandbox.world.faults.listed())  # noqa: E731
    killed(process_env, sandbox, keys_folder, what="collect", when=hit)
    assert attempts("S1") == [("wechat", "debit", "submitted")]
    time.sleep(1.2)
    for seconds in (60, 100, 140, 200, 240, 300, 400):
        collection.chase(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
    assert status("S1") == "settled"
    assert len(attempts("S1")) == 1
    assert gateway_money(sandbox) == 500
    assert balances() == {"clearing:wechat": 500, "revenue": -500}


def test_a_worker_killed_while_it_gives_back_gives_back_once(process_env, sandbox, keys_folder, bill, now):
    charges.open_charge(bill(number="S1"), now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    charges.ask_refund("S1", amount_fen=500, reason="test", by="a", limit_fen=1000, now=now)
    sandbox.world.faults.set([{"fault": "delay_answer", "operation": "refund", "seconds": 1.0}])
    killed(
        process_env,
        sandbox,
        keys_folder,
        what="chase",
        when=lambda: any(rule["hits"] for rule in sandbox.world.faults.listed()),
    )
    for seconds in (60, 100, 140, 200):
        collection.chase(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
    assert sandbox.world.books.count("refunds") == 1
    assert balances() == {}
    assert Attempt.objects.get().status == "succeeded"
