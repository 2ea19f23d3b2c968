"""A city whose WeChat account is a service provider's: debit, refund and the day's statements, to the fen."""

import time
from datetime import timedelta

import pytest
from django.urls import reverse

from payments import charges, collection, gateways, inbox, reconciliation
from payments.models import Difference, Suspense
from payments.reconciliation import Ended
from sandbox.gateway import wechat_parking
from sandbox.gateway.keys import SUB_APPID, SUB_MCHID
from tests.payments.books import balances, gateway_money, refunds, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(sandbox, settings):
    """WeChat Pay in a sub-merchant's name, and no other gateway."""
    wechat = settings.PAYMENT_GATEWAYS["wechat"]
    names = {"sub_mchid": SUB_MCHID, "sub_appid": SUB_APPID}
    settings.PAYMENT_GATEWAYS = {"wechat": {**wechat, "OPTIONS": {**wechat["OPTIONS"], **names}}}
    sandbox.world.turn({"bills_at_once": True})
    gateways.forget()
    return sandbox


def test_a_day_in_a_sub_merchants_name_agrees_to_the_fen(served, bill, day, now):
    for index in range(4):
        charges.open_charge(bill(number=f"S{index}", plate=f"鄂L1000{index + 5}"), now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    assert {status(f"S{index}") for index in range(4)} == {"settled"}
    charges.ask_refund("S0", amount_fen=200, reason="多收", by="a", limit_fen=1000, now=now)
    for seconds in (7, 20, 60):
        collection.chase(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
    assert refunds() == [(200, "succeeded")]
    assert {row["sub_mchid"] for _, row in served.world.books.rows("orders")} == {SUB_MCHID}
    report = reconciliation.reconcile(gateway="wechat", day=day, now=now + timedelta(minutes=2))
    assert (report.ended, report.matched, report.open_differences, report.funds_missing) == (Ended.DONE, 5, 0, "")
    assert not Difference.objects.exists()
    fee = balances()["gateway_fee"]
    assert balances()["clearing:wechat"] == gateway_money(served) - fee == 1800 - fee


def test_a_notification_for_the_provider_itself_is_parked(served, bill, now, client):
    """The same door, rightly signed, about money that isn't the sub-merchant's."""
    charges.open_charge(bill(number="S1"), now=now)
    collection.collect(now=now)
    row = next(row for _, row in served.world.books.rows("orders"))
    own = {**row, "sub_mchid": "", "sub_appid": "", "state": "SUCCESS", "paid_at": now.isoformat()}
    notice = {
        "id": "EV-1",
        "event": "TRANSACTION.SUCCESS",
        "made_at": now.isoformat(),
        "content": wechat_parking.transaction(own),
    }
    letter = served.wechat.write(served.world, notice, None)
    headers = {name: value for name, value in letter.headers.items() if name != "Content-Type"}
    answer = client.post(
        reverse("pay-notify", args=["wechat"]), letter.body, content_type="application/json", headers=headers
    )
    assert answer.status_code == 204
    inbox.work(now=now + timedelta(minutes=1))
    assert list(Suspense.objects.values_list("reason", "resolved_at")) == [("stranger", None)]
