"""The unmodified wechatpayv3 (MIT, another hand's WeChat Pay v3) is content with the sandbox."""

import gzip
import hashlib
import json
from datetime import timedelta
from urllib.parse import quote

import pytest
from wechatpayv3 import SignType, WeChatPay, WeChatPayType

from sandbox.gateway import keys
from sandbox.gateway.wechat_fields import stamp
from tests.sandbox.fixtures import now, turn, wait_for


@pytest.fixture
def notify_url(shop):
    return f"{shop.url}/notify/"


def client(box, folder, notify_url, **mode):
    made = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=keys.MCHID,
        private_key=(folder / "wechat-merchant.key.pem").read_text(),
        cert_serial_no=keys.ensure(folder).merchant_serial,
        apiv3_key=(folder / "wechat-api-v3.key").read_text(),
        appid=keys.APPID,
        notify_url=notify_url,
        timeout=(2, 5),
        **mode,
    )
    made._core._gate_way = box.url
    return made


@pytest.fixture(params=["public key", "certificate"])
def sdk(request, box, key_folder, notify_url, tmp_path):
    """The SDK in both of WeChat Pay's modes of proof."""
    if request.param == "public key":
        public_key = (key_folder / "wechat-platform.pub.pem").read_text()
        return client(box, key_folder, notify_url, public_key=public_key, public_key_id=keys.PUBLIC_KEY_ID)
    # Its constructor goes online for certificates unless a folder already holds one.
    serial = keys.ensure(key_folder).certificate_serial
    (tmp_path / f"{serial}.pem").write_text((key_folder / "wechat-certified.cert.pem").read_text())
    return client(box, key_folder, notify_url, cert_dir=str(tmp_path))


def answered(result, status=200):
    assert result[0] == status, result[1]
    return json.loads(result[1]) if result[1] else None


def parked(sdk, plate="鄂L12345", number="E1"):
    started_at = stamp(now() - timedelta(hours=1))
    entry = answered(sdk.parking_enter(number, plate, "BLUE", started_at, "银泉大道", 1))
    return entry, started_at


def debited(sdk, number="D00000001", **other):
    entry, started_at = parked(sdk)
    return answered(
        sdk.parking_order(
            description="停车费",
            out_trade_no=number,
            total=500,
            parking_id=entry["id"],
            plate_number="鄂L12345",
            plate_color="BLUE",
            start_time=started_at,
            end_time=stamp(now() - timedelta(seconds=1)),
            parking_name="银泉大道",
            charging_duration=3599,
            device_id="A01",
            **other,
        )
    )


def test_it_is_refused_with_another_merchants_key(box, key_folder, notify_url):
    public_key = (key_folder / "wechat-platform.pub.pem").read_text()
    thief = client(box, key_folder, notify_url, public_key=public_key, public_key_id=keys.PUBLIC_KEY_ID)
    thief._core._private_key = keys.ensure(key_folder).alipay_platform
    assert answered(thief.query(out_trade_no="D00000001"), 401)["code"] == "SIGN_ERROR"


def test_it_finds_whether_a_plate_has_the_service(sdk):
    # It signs the path unescaped and sends it escaped, so its caller escapes.
    assert answered(sdk.parking_service_find(quote("鄂L12345"), "BLUE", "o1"))["service_state"] == "NORMAL"
    assert answered(sdk.parking_service_find(quote("鄂L12340"), "BLUE", "o1"))["service_state"] == "OUT_SERVICE"


def test_it_enters_debits_and_asks_after_a_debit(sdk):
    assert debited(sdk)["trade_state"] == "ACCEPTED"
    paid = wait_for(
        lambda: (found := answered(sdk.parking_order_query("D00000001")))["trade_state"] == "SUCCESS" and found
    )
    assert paid["amount"]["total"] == 500


def test_it_opens_the_notification_of_a_debit(sdk, shop):
    debited(sdk)
    letter = shop.wait(1)[0]
    content = sdk.callback(letter.headers, letter.body)
    assert content["event_type"] == "TRANSACTION.SUCCESS"
    assert content["resource"]["out_trade_no"] == "D00000001"
    assert content["resource"]["trade_scene"] == "PARKING"


@pytest.mark.parametrize(
    ("way", "field"),
    [(WeChatPayType.JSAPI, "prepay_id"), (WeChatPayType.NATIVE, "code_url"), (WeChatPayType.H5, "h5_url")],
)
def test_it_places_orders_of_every_way(sdk, way, field):
    answer = answered(
        sdk.pay(
            description="补缴",
            out_trade_no="P00000001",
            amount={"total": 300},
            payer={"openid": "o1"},
            scene_info={"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}},
            pay_type=way,
        )
    )
    assert answer[field]


def test_it_asks_after_and_closes_an_unpaid_order(sdk):
    answered(sdk.pay(description="补缴", out_trade_no="P00000001", amount={"total": 300}))
    assert answered(sdk.query(out_trade_no="P00000001"))["trade_state"] == "NOTPAY"
    assert sdk.close("P00000001")[0] == 204
    assert answered(sdk.query(out_trade_no="P00000001"))["trade_state"] == "CLOSED"


def test_it_refunds_and_opens_the_notification_of_a_refund(sdk, box, shop):
    answered(sdk.pay(description="补缴", out_trade_no="P00000001", amount={"total": 300}))
    turn(box, "settle", number="P00000001", result="pay")
    amount = {"refund": 100, "total": 300, "currency": "CNY"}
    asked = answered(sdk.refund("R1", amount, out_trade_no="P00000001", notify_url=f"{shop.url}/notify/"))
    assert asked["status"] == "PROCESSING"
    assert wait_for(lambda: answered(sdk.query_refund("R1"))["status"] == "SUCCESS")
    letters = [sdk.callback(letter.headers, letter.body) for letter in shop.wait(2)]
    letters.sort(key=lambda letter: letter["event_type"], reverse=True)
    assert [letter["event_type"] for letter in letters] == ["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]
    assert letters[1]["resource"]["amount"]["refund"] == 100


def test_it_downloads_the_statements_and_their_hashes_fit(sdk, box):
    debited(sdk)
    wait_for(lambda: answered(sdk.parking_order_query("D00000001"))["trade_state"] == "SUCCESS")
    order = answered(sdk.parking_order_query("D00000001"))
    day = f"{box.world.now():%Y-%m-%d}"
    for announced in (sdk.trade_bill(day, tar_type="GZIP"), sdk.fundflow_bill(day, tar_type="GZIP")):
        found = answered(announced)
        status, packed = sdk.download_bill(found["download_url"])
        content = gzip.decompress(packed)
        assert status == 200
        assert hashlib.sha1(content).hexdigest() == found["hash_value"]
        assert order["transaction_id"] in content.decode()


def test_it_signs_a_call_for_the_apps_own_payment(sdk, wechat):
    lines = [keys.APPID, "1700000000", "nonce", "prepay_id=wx1"]
    assert sdk.sign(lines, sign_type=SignType.RSA_SHA256) == wechat.channel.sign(*lines)
