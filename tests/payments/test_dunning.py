"""Reminding of arrears: each stage once, by day, and not those who appealed or have paid."""

from datetime import datetime, timedelta

import pytest

from payments import charges, collection, dunning, messengers
from payments.domain.dunning import SHANGHAI, Policy
from payments.messengers.aliyun import AliyunSms
from payments.messengers.base import NotTaken, Sent, Sms, Uncertain
from payments.messengers.tencent import TencentSms
from payments.models import Charge, Urging
from sandbox.gateway import sms as counterparty

pytestmark = pytest.mark.django_db

OPENED = datetime(2026, 10, 1, 12, 0, tzinfo=SHANGHAI)
DUE = OPENED + timedelta(days=30)
OWNER = {"鄂L12345": charges.Contact(phone="13800001234")}


@pytest.fixture
def told(sandbox, settings):
    """The messages that reached the provider."""
    settings.SMS_PROVIDER = {
        "BACKEND": "payments.messengers.aliyun.AliyunSms",
        "OPTIONS": {
            "access_key_id": counterparty.ALIYUN_KEY,
            "access_key_secret": counterparty.ALIYUN_SECRET,
            "sign_name": "咸宁停车",
            "templates": {"notice": "SMS_0", "urge": "SMS_1", "urge_final": "SMS_2"},
            "host": f"{sandbox.url}/sms/aliyun",
        },
    }
    messengers.forget()
    yield lambda: [row for _, row in sandbox.world.books.rows("messages")]
    messengers.forget()


def run(now, contacts=OWNER):
    charges.plan_urgings(now=now)
    return charges.send_urgings(contacts=contacts, now=now)


def states():
    return list(Urging.objects.order_by("pk").values_list("stage", "status"))


def test_nobody_is_urged_before_the_charge_is_due(told, bill):
    charges.open_charge(bill(), now=OPENED)
    assert run(DUE - timedelta(minutes=1)) == 0
    assert told() == []


def test_nobody_is_urged_at_night(told, bill):
    charges.open_charge(bill(), now=OPENED)
    assert run(DUE + timedelta(hours=10)) == 0
    assert states() == []


def test_nobody_is_urged_while_an_appeal_is_open(told, bill):
    charges.open_charge(bill(number="S1"), now=OPENED)
    assert charges.pause_urging(numbers=["S1"], paused=True) == 1
    assert run(DUE) == 0
    charges.pause_urging(numbers=["S1"], paused=False)
    assert run(DUE + timedelta(hours=1)) == 1


def test_what_was_paid_after_the_plan_is_dropped(told, bill):
    charges.open_charge(bill(number="S1"), now=OPENED)
    charges.plan_urgings(now=DUE)
    charges.waive("S1", reason="test", by="op", now=DUE)
    assert charges.send_urgings(contacts=OWNER, now=DUE) == 0
    assert states() == [(0, "dropped")]


def test_a_plate_whose_owner_is_unknown_is_noted(told, bill):
    charges.open_charge(bill(), now=OPENED)
    assert run(DUE, {"鄂L12345": None}) == 0
    assert states() == [(0, "no_contact")]


def test_a_driver_is_told_once_that_a_debit_did_not_come_off(told, sandbox, bill):
    noon = datetime.now(SHANGHAI).replace(hour=12, minute=0, second=0, microsecond=0)
    owner = {"鄂L12340": charges.Contact(phone="13800001234")}
    charges.open_charge(bill(number="S1", plate="鄂L12340"), now=noon)
    collection.collect(now=datetime.now(SHANGHAI) + timedelta(days=1))
    assert Charge.objects.get().notice_at is not None
    for day in (2, 3):
        run(noon + timedelta(days=day), owner)
    assert [message["template"] for message in told()] == ["SMS_0"]
    assert Charge.objects.get().notice_at is None
    for day in (30, 45, 46):
        run(noon + timedelta(days=day), owner)
    assert [message["template"] for message in told()] == ["SMS_0", "SMS_1", "SMS_2"]


def test_one_plate_gets_one_message_for_all_its_charges(told, bill):
    charges.open_charges([bill(), bill(), bill()], now=OPENED)
    assert [(one.charges, one.amount_fen) for one in _planned(DUE)] == [(3, 1500)]
    assert charges.send_urgings(contacts=OWNER, now=DUE) == 1
    (message,) = told()
    assert message["to"] == "13800001234"
    assert "15.00" in message["text"]
    assert "鄂L12345" not in message["text"]
    assert Urging.objects.get().phone == "138****1234"


def _planned(now):
    charges.plan_urgings(now=now)
    return charges.waiting_urgings()


def test_each_stage_is_urged_once_and_then_the_case_is_a_persons(told, bill):
    charges.open_charge(bill(), now=OPENED)
    for day in range(70):
        run(DUE + timedelta(days=day))
    assert states() == [(0, "sent"), (1, "sent")]
    assert [message["template"] for message in told()] == ["SMS_1", "SMS_2"]
    charge = Charge.objects.get()
    assert (charge.urge_stage, charge.urge_at) == (2, None)


def test_a_plate_is_not_urged_more_than_twice_a_week(told, bill):
    for number in range(4):
        charges.open_charge(bill(), now=OPENED + timedelta(hours=number))
        run(DUE + timedelta(hours=number))
    assert len(told()) == 2
    run(DUE + timedelta(days=8))
    assert len(told()) == 3


@pytest.mark.parametrize("end", ["refuse", "lose_answer", "lose_request"])
def test_a_message_that_did_not_surely_go_out_is_noted_and_not_repeated(end, told, sandbox, bill):
    sandbox.world.faults.set([{"fault": end, "gateway": "sms", "code": "isv.BUSINESS_LIMIT_CONTROL"}])
    charges.open_charge(bill(), now=OPENED)
    assert run(DUE) == 0
    assert run(DUE + timedelta(hours=1)) == 0
    assert states() == [(0, "failed")]


@pytest.fixture
def tencent(sandbox):
    return TencentSms(
        secret_id=counterparty.TENCENT_ID,
        secret_key=counterparty.TENCENT_KEY,
        app_id="1400000000",
        sign_name="咸宁停车",
        templates={"urge": "100"},
        host=f"{sandbox.url}/sms/tencent",
    )


def test_tencent_takes_what_it_has_a_template_for(tencent, sandbox):
    message = Sms(to="13800001234", template="urge", params={"plate": "鄂L1**45", "amount": "15.00"})
    assert isinstance(tencent.send(message), Sent)
    (row,) = [row for _, row in sandbox.world.books.rows("messages")]
    assert row["to"] == "+8613800001234"
    assert tencent.send(Sms(to="13800001234", template="other", params={})) == NotTaken(
        code="NO_TEMPLATE", message="other"
    )


def test_a_provider_with_the_wrong_secret_is_refused(tencent, sandbox):
    tencent._secret._text = "wrong"
    answer = tencent.send(Sms(to="13800001234", template="urge", params={}))
    assert isinstance(answer, NotTaken)
    assert answer.code == "AuthFailure.SignatureFailure"
    sandbox.world.faults.set([{"fault": "not_json", "gateway": "sms"}])
    assert isinstance(tencent.send(Sms(to="13800001234", template="urge", params={})), Uncertain)


def test_a_provider_shows_no_secret(tencent):
    made = AliyunSms(access_key_id="id", access_key_secret="very secret", sign_name="x", templates={})
    for provider in (tencent, made):
        assert "secret" not in repr(vars(provider)).replace("_secret", "").replace("Cloud secret", "")


def test_rules_are_set_by_somebody():
    with pytest.raises(ValueError, match="somebody"):
        dunning.set_policy(Policy(), by="", now=OPENED)


def test_rules_a_person_set_hold_from_then_on_and_move_what_waits(told, bill):
    charges.open_charge(bill(number="S1"), now=OPENED)
    rules = Policy(due_days=10, urge_days=(5,), final_days=20, per_plate_a_week=1)
    dunning.set_policy(rules, by="finance", now=OPENED)
    assert dunning.policy() == rules
    first = Charge.objects.get(number="S1")
    assert (first.due_at, first.urge_at) == (DUE, DUE + timedelta(days=5))
    charges.open_charge(bill(number="S2"), now=OPENED)
    assert Charge.objects.get(number="S2").due_at == OPENED + timedelta(days=10)


def test_a_preview_counts_and_changes_nothing(bill):
    for number, days in (("S1", 0), ("S2", 20), ("S3", 60)):
        charges.open_charge(bill(number=number), now=OPENED - timedelta(days=days))
    shown = dunning.preview(Policy(due_days=15, urge_days=(3,), final_days=40), now=OPENED)
    assert shown == dunning.Preview(open_charges=3, overdue=2, urged_within_a_week=0, final=1)
    shown = dunning.preview(Policy(due_days=15, urge_days=(8,), final_days=40), now=OPENED)
    assert shown.urged_within_a_week == 1
    assert dunning.policy() == Policy()
