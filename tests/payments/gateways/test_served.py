"""A service provider asks in a sub-merchant's name: all that is done, told and accounted for is the sub-merchant's."""

import pytest

from payments.gateways.base import Absent, NoStatement, Pending, Refused, State, Succeeded, Way
from payments.gateways.wechat import statements
from sandbox.gateway.keys import MCHID, SUB_APPID, SUB_MCHID
from tests.payments.gateways.orders import back, by_hand
from tests.sandbox.fixtures import PLATE, arrival, departure, now, turn, wait_for, wechat_client

APPS = {"with an application of its own": SUB_APPID, "in the provider's application": ""}


@pytest.fixture(params=list(APPS.values()), ids=list(APPS))
def served(request, box, key_folder, shop):
    return wechat_client(box.url, key_folder, shop.url, sub_mchid=SUB_MCHID, sub_appid=request.param)


def read(client, letter):
    [fact] = client.read_notification(headers=letter.headers, body=letter.body, now=now())
    return fact


def debited(client, number="D000000001"):
    entry = arrival()
    assert isinstance(client.debit(departure(entry, client.enter(entry).reference, number=number)), Pending)


def paid(client, box, shop, number="P00000001"):
    assert client.open_payment(by_hand(number=number, way=Way.NATIVE)).url
    turn(box, "settle", gateway="wechat", number=number, result="pay")
    return shop.wait(1)[-1]


# --- refusals -------------------------------------------------------------------------------------------------------


def test_an_application_of_nobody_who_is_served_is_an_error(box, key_folder, shop):
    with pytest.raises(ValueError, match="sub_appid needs sub_mchid"):
        wechat_client(box.url, key_folder, shop.url, sub_appid=SUB_APPID)


def test_a_sub_merchant_whom_the_provider_does_not_serve_is_refused(box, key_folder, shop):
    client = wechat_client(box.url, key_folder, shop.url, sub_mchid="1900000999")
    for refused in (client.enter(arrival()), client.open_payment(by_hand())):
        assert (type(refused), refused.code) == (Refused, "PARAM_ERROR")


def test_neither_merchant_finds_what_is_the_others(served, wechat, box, shop):
    debited(served)
    paid(served, box, shop)
    for number, contactless in (("D000000001", True), ("P00000001", False)):
        assert isinstance(served.query(number, contactless=contactless), Succeeded | Pending)
        assert isinstance(wechat.query(number, contactless=contactless), Absent)
    assert isinstance(wechat.close("P00000001"), Absent)
    assert isinstance(wechat.refund(back()), Refused)
    assert isinstance(served.refund(back()), Pending)
    assert isinstance(wechat.query_refund(back()), Absent)
    assert isinstance(wechat.statement(now().date()), NoStatement)
    assert isinstance(wechat.funds(now().date()), NoStatement)


@pytest.mark.parametrize("lie", ["notice_wrong_sub_mchid", "notice_wrong_mchid", "notice_wrong_appid"])
@pytest.mark.parametrize("by_debit", [True, False])
def test_a_letter_about_another_is_marked_as_a_strangers(served, box, shop, lie, by_debit):
    turn(box, "faults", rules=[{"fault": lie}])
    if by_debit:
        debited(served)
    else:
        paid(served, box, shop)
    assert read(served, shop.wait(1)[0]).stranger


def test_a_letter_about_the_providers_own_money_is_a_strangers(served, wechat, shop):
    debited(wechat)
    assert read(served, shop.wait(1)[0]).stranger == "sub-merchant not named"


# --- what is done ---------------------------------------------------------------------------------------------------


def test_a_plate_is_found_entered_debited_and_told_of(served, box, shop):
    assert served.find(**PLATE, payer="oPayer").state is State.NORMAL
    debited(served)
    fact = read(served, shop.wait(1)[0])
    assert (fact.our_number, fact.state, fact.amount_fen, fact.stranger) == (
        "D000000001",
        State.SUCCEEDED,
        500,
        "",
    )
    assert (fact.evidence["sp_mchid"], fact.evidence["sub_mchid"]) == (MCHID, SUB_MCHID)
    assert served.query("D000000001", contactless=True).reference == fact.reference


def test_a_blocked_entry_is_told_to_the_provider(served, box, shop):
    served.enter(arrival())
    turn(box, "plates", plate=PLATE["plate"], state="OVERDUE")
    fact = read(served, shop.wait(1)[0])
    assert (fact.state, fact.stranger) == (State.BLOCKED, "")


def test_the_app_is_called_in_the_application_the_driver_pays_in(served, box, shop):
    started = served.open_payment(by_hand(way=Way.JSAPI))
    assert started.params["appId"] == served.merchant.paying_app
    turn(box, "settle", gateway="wechat", number="P00000001", result="pay")
    fact = read(served, shop.wait(1)[0])
    assert (fact.state, fact.amount_fen, fact.stranger) == (State.SUCCEEDED, 300, "")
    name = "sub_openid" if served.merchant.sub_appid else "sp_openid"
    assert fact.evidence["payer"] == {name: "oPayer"}
    assert "mchid" not in fact.evidence


def test_an_order_is_closed_again_and_again(served):
    served.open_payment(by_hand(way=Way.WAP))
    for _ in range(2):
        assert served.close("P00000001").code == "CLOSED"
    assert served.query("P00000001", contactless=False).code == "CLOSED"


def test_a_refund_is_asked_for_told_of_and_found(served, box, shop):
    paid(served, box, shop)
    assert isinstance(served.refund(back()), Pending)
    fact = read(served, shop.wait(2)[1])
    assert (fact.our_number, fact.state, fact.amount_fen, fact.stranger) == ("R00000001", State.SUCCEEDED, 100, "")
    assert fact.evidence["sub_mchid"] == SUB_MCHID
    assert served.query_refund(back()).paid_fen == 100


def test_the_statements_are_the_sub_merchants_alone_and_its_funds_come_sealed(served, wechat, box, shop):
    paid(wechat, box, shop, number="P00000009")
    paid(served, box, shop)
    served.refund(back())
    wait_for(lambda: isinstance(served.query_refund(back()), Succeeded))
    day = now().astimezone(box.world.now().tzinfo).date()
    statement = served.statement(day)
    assert [(row.our_number, row.amount_fen) for row in statement.rows] == [("P00000001", 300), ("R00000001", 100)]
    assert statement.problems == ()
    assert [row.our_number for row in wechat.statement(day).rows] == ["P00000009"]
    flow = served.funds(day)
    assert [(row.kind.value, row.amount_fen) for row in flow.rows] == [
        ("payment", 300),
        ("fee", -2),
        ("refund", -100),
        ("fee", 1),
    ]
    assert flow.problems == ()


def test_a_statement_of_another_sub_merchant_is_a_problem(served, box, shop):
    paid(served, box, shop)
    day = now().astimezone(box.world.now().tzinfo).date()
    content = served.statement(day).content.replace(SUB_MCHID.encode(), b"1900000999")
    read_again = statements.read(content, day=day, sub_mchid=SUB_MCHID)
    assert (read_again.rows, read_again.problems[0]) == ((), "line 1: about sub-merchant '1900000999'")
