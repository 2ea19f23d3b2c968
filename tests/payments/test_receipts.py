import pytest

from payments import charges, collection, receipts
from payments.collection.claiming import claim
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(bill, now, sandbox):
    told = bill(amount_fen=1250)
    charges.open_charge(told, now=now)
    claim(now=now, resting=set(), limit=9)
    attempt = Attempt.objects.get()
    fact = Fact(
        gateway=attempt.gateway,
        kind=FactKind.PAYMENT,
        our_number=attempt.number,
        reference="4200001",
        state=State.SUCCEEDED,
        amount_fen=1250,
        at=now,
        event_id="",
    )
    assert collection.settle(fact, source="notification", now=now) == "applied"
    return told.number


def test_there_is_no_receipt_for_what_is_not_paid(bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    with pytest.raises(receipts.NotSettled):
        receipts.receipt_html(told.number, language="zh-hans")


def test_there_is_no_receipt_for_a_charge_nobody_knows():
    with pytest.raises(receipts.NotSettled):
        receipts.receipt_pdf("S9", language="zh-hans")


@pytest.mark.parametrize(
    ("language", "title", "rule"), [("zh-hans", "停车费收据", "计时"), ("en", "receipt", "By time")]
)
def test_the_receipt_names_the_stay_the_lines_and_the_payment(paid, language, title, rule):
    page = receipts.receipt_html(paid, language=language)
    for word in (title, rule, "鄂L12345", "温泉路 A01", "12.50", "4200001", paid):
        assert word in page
    assert "发票" not in page
    assert "invoice" not in page.lower()


def test_what_was_given_back_is_not_shown_as_received(paid, now):
    charges.ask_refund(paid, amount_fen=250, reason="多收", by="a", limit_fen=1000, now=now)
    done = Fact(
        gateway="wechat",
        kind=FactKind.REFUND,
        our_number=charges.refunds_of([paid])[paid][0].number,
        reference="5000",
        state=State.SUCCEEDED,
        amount_fen=250,
        at=now,
        event_id="",
    )
    Refund.objects.update(status="processing")
    assert collection.settle(done, source="query", now=now) == "applied"
    page = receipts.receipt_html(paid, language="zh-hans")
    assert "¥ 10.00" in page
    assert "-2.50" in page


def test_the_pdf_opens_and_fetches_nothing(paid):
    body = receipts.receipt_pdf(paid, language="zh-hans")
    assert body.startswith(b"%PDF-")
    assert len(body) > 5_000
