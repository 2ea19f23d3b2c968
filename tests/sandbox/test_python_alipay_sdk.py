"""The unmodified python-alipay-sdk (BSD, another hand's Alipay) is content with the sandbox."""

from datetime import timedelta
from urllib.parse import parse_qsl
from urllib.request import urlopen

import pytest
from alipay import AliPay
from alipay.exceptions import AliPayValidationError

from sandbox.gateway import keys
from sandbox.gateway.alipay_fields import stamp
from tests.sandbox.fixtures import now, turn

PARKING = "alipay.eco.mycar.parking"


@pytest.fixture
def sdk(box, key_folder, shop):
    made = AliPay(
        appid=keys.ALIPAY_APP_ID,
        app_notify_url=f"{shop.url}/notify/",
        app_private_key_string=(key_folder / "alipay-merchant.key.pem").read_text(),
        alipay_public_key_string=(key_folder / "alipay-platform.pub.pem").read_text(),
    )
    made._gateway = f"{box.url}/gateway.do"
    return made


def entered(sdk):
    return sdk.server_api(
        f"{PARKING}.enterinfo.sync",
        {
            "parking_id": keys.ALIPAY_PARKING_ID,
            "car_number": "鄂L12345",
            "car_color": "BLUE",
            "in_time": stamp(now() - timedelta(hours=1)),
            "out_serial_no": "E1",
            "agreement_query": "true",
        },
    )


def debited(sdk, number="D1"):
    return sdk.server_api(
        f"{PARKING}.order.pay",
        {
            "car_number": "鄂L12345",
            "out_trade_no": number,
            "subject": "停车费",
            "total_fee": "5.00",
            "seller_id": keys.ALIPAY_SELLER_ID,
            "parking_id": keys.ALIPAY_PARKING_ID,
            "out_parking_id": "openberth",
            "in_time": stamp(now() - timedelta(hours=1)),
            "out_time": stamp(now()),
            "serial_no": entered(sdk)["serial_no"],
            "after_pay_order": "true",
        },
    )


def test_it_is_refused_with_another_applications_key(sdk, key_folder):
    sdk._app_private_key_string = (key_folder / "wechat-merchant.key.pem").read_text()
    sdk._load_key()
    assert sdk.api_alipay_trade_query(out_trade_no="D1")["sub_code"] == "isv.invalid-signature"


def test_it_refuses_an_answer_that_was_tampered_with(sdk, box):
    debited(sdk)
    turn(box, "faults", rules=[{"fault": "tamper", "operation": "query"}])
    with pytest.raises(AliPayValidationError):
        sdk.api_alipay_trade_query(out_trade_no="D1")


def test_it_enters_asks_for_the_agreement_and_debits(sdk):
    assert entered(sdk)["agreement_scene"] == "PLATE_PAY"
    agreement = {"car_number": "鄂L12340", "parking_id": keys.ALIPAY_PARKING_ID}
    assert sdk.server_api(f"{PARKING}.agreement.query", agreement)["agreement_scene"] == "NO_AGREEMENT_SCENE"
    assert debited(sdk)["total_fee"] == "5.00"
    assert sdk.api_alipay_trade_query(out_trade_no="D1")["trade_status"] == "TRADE_SUCCESS"


def test_it_refunds_a_debit_at_the_parking_door(sdk):
    debited(sdk)
    refund = {"out_order_no": "D1", "out_refund_no": "R1", "refund_fee": "2.00"}
    assert sdk.server_api(f"{PARKING}.order.refund", refund)["code"] == "10000"
    assert (
        sdk.server_api(f"{PARKING}.order.refund", {**refund, "out_refund_no": "R2", "refund_fee": "3.01"})["code"]
        == "40004"
    )


def test_it_opens_queries_and_closes_a_trade(sdk):
    trade = sdk.api_alipay_trade_create(out_trade_no="P1", total_amount="3.00", subject="补缴", buyer_id="2088x")
    assert trade["trade_no"]
    assert sdk.api_alipay_trade_query(out_trade_no="P1")["trade_status"] == "WAIT_BUYER_PAY"
    assert sdk.api_alipay_trade_close(out_trade_no="P1")["code"] == "10000"
    assert sdk.api_alipay_trade_query(out_trade_no="P1")["trade_status"] == "TRADE_CLOSED"


def test_it_makes_a_code_whose_trade_begins_when_it_is_scanned(sdk):
    code = sdk.api_alipay_trade_precreate(subject="补缴", out_trade_no="P1", total_amount="3.00")["qr_code"]
    assert sdk.api_alipay_trade_query(out_trade_no="P1")["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    with urlopen(code, timeout=5) as page:
        assert "确认支付" in page.read().decode()
    assert sdk.api_alipay_trade_query(out_trade_no="P1")["trade_status"] == "WAIT_BUYER_PAY"


def test_it_opens_the_phones_page(sdk, box):
    query = sdk.api_alipay_trade_wap_pay(subject="补缴", out_trade_no="P1", total_amount="3.00")
    with urlopen(f"{box.url}/gateway.do?{query}", timeout=5) as page:
        assert page.url.startswith(f"{box.url}/pay/")


def test_it_verifies_notifications_and_refunds_are_cumulative(sdk, box, shop):
    sdk.api_alipay_trade_create(out_trade_no="P1", total_amount="3.00", subject="补缴", buyer_id="2088x")
    turn(box, "settle", gateway="alipay", number="P1", result="pay")
    for number in ("R1", "R2"):
        last = sdk.api_alipay_trade_refund("1.00", out_trade_no="P1", out_request_no=number)
    assert last["refund_fee"] == "2.00"
    again = sdk.api_alipay_trade_refund("1.00", out_trade_no="P1", out_request_no="R2")
    assert (again["fund_change"], again["refund_fee"]) == ("N", "2.00")
    for letter in shop.wait(3):
        fields = dict(parse_qsl(letter.body.decode()))
        assert sdk.verify(fields, fields.pop("sign"))


def test_it_finds_the_days_statement(sdk, box):
    debited(sdk)
    answer = sdk.server_api(
        "alipay.data.dataservice.bill.downloadurl.query",
        {"bill_type": "trade", "bill_date": f"{box.world.now():%Y-%m-%d}"},
    )
    with urlopen(answer["bill_download_url"], timeout=5) as file:
        assert file.read(2) == b"PK"
