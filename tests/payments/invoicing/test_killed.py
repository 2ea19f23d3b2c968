"""kill -9 between claim, call and record: the serial was stored before, so nothing is issued twice and nothing lost."""

import time
from datetime import timedelta

import pytest

from payments import charges, invoicing
from payments.models import Invoice
from tests.payments.collection.test_killed import killed
from tests.payments.invoicing.conftest import documents, go_on, states

pytestmark = pytest.mark.django_db(transaction=True)


def kill(process_env, office, keys_folder, tmp_path):
    env = process_env | {"NUONUO_TOKEN_FILE": str(tmp_path / "other-token"), "OPENBERTH_HOME": str(tmp_path)}
    hit = lambda: any(rule["hits"] for rule in office.world.faults.listed())  # noqa: E731
    killed(env, office, keys_folder, module="invoicing", what="work", when=hit)


@pytest.mark.parametrize("fault", ["delay", "delay_answer", "lose_request"])
def test_a_worker_killed_while_it_asks_for_an_invoice_gets_one(
    fault, process_env, office, keys_folder, tmp_path, vat, ask, paid, now
):
    rules = [{"fault": fault, "operation": "issue", "seconds": 1.0}]
    if fault == "lose_request":
        rules.append({"fault": "delay", "operation": "token", "seconds": 1.0})
    office.world.faults.set(rules)
    ask(paid())
    kill(process_env, office, keys_folder, tmp_path)
    assert states() == [(False, "submitted")]
    time.sleep(1.2)
    office.world.faults.set([])
    go_on(now, until=lambda: states() == [(False, "issued")], seconds=150, step=60)
    assert documents(office) == [Invoice.objects.get().number]


def test_a_worker_killed_while_it_reverses_gets_one_red_invoice(
    process_env, office, keys_folder, tmp_path, vat, ask, paid, now
):
    ask(paid())
    go_on(now - timedelta(hours=1), until=lambda: states() == [(False, "issued")], seconds=3600)
    charges.ask_refund("S1", amount_fen=1090, reason="多收", by="a", limit_fen=100_000, now=now)
    office.world.faults.set([{"fault": "delay_answer", "operation": "reverse", "seconds": 1.0}])
    kill(process_env, office, keys_folder, tmp_path)
    time.sleep(1.2)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=200, step=60)
    assert len(documents(office, red=True)) == 1


def test_two_workers_at_once_issue_once(office, vat, ask, paid, now):
    import threading

    from django.db import connections

    ask(*[paid(f"S{n}") for n in range(3)])
    ask(paid("T1"))

    def run():
        invoicing.work(now=now)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    go_on(now, until=lambda: {row.status for row in Invoice.objects.all()} == {"issued"})
    assert sorted(documents(office)) == sorted(Invoice.objects.values_list("number", flat=True))
    assert {row.send_count for row in Invoice.objects.all()} == {1}
