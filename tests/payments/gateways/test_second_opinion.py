"""Our clients ask for the same things in the same words as two SDKs by other hands do."""

import inspect
import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
from alipay import AliPay
from wechatpayv3 import WeChatPay as TheirWeChatPay
from wechatpayv3 import WeChatPayType
from wechatpayv3.utils import rsa_verify

from payments.gateways.base import Debit, Entry, RefundOrder, UserPayment, Way
from payments.wire.moments import BEIJING
from sandbox.gateway import keys, seals
from tests.sandbox.fixtures import alipay_client, wechat_client

ARRIVED = datetime(2026, 11, 23, 8, 0, 0, tzinfo=BEIJING)
LEFT = ARRIVED + timedelta(hours=1, minutes=30)
ENTRY = Entry(
    number="E000001",
    plate="鄂L12345",
    plate_color="green",
    place="银泉大道",
    spot="A01",
    from_at=ARRIVED,
    free_seconds=1800,
)
DEBIT = Debit(
    number="D000000001",
    entry="5K8264ILTKCH16CQ250",
    plate="鄂L12345",
    plate_color="green",
    amount_fen=500,
    description="停车费",
    place="银泉大道",
    spot="A01",
    from_at=ARRIVED,
    to_at=LEFT,
)
NOTIFY = "http://127.0.0.1:9/pay/notify/"


@pytest.fixture
def wall():
    """A server that writes down what it is asked and answers 500, so that nothing needs to be verified."""
    written = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            written.append((self.command, self.path, dict(self.headers.items()), body))
            self.send_response(500)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    server.written = written
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def theirs(wall, key_folder):
    sdk = TheirWeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=keys.MCHID,
        private_key=(key_folder / "wechat-merchant.key.pem").read_text(),
        cert_serial_no=keys.ensure(key_folder).merchant_serial,
        apiv3_key=(key_folder / "wechat-api-v3.key").read_text(),
        appid=keys.APPID,
        notify_url=f"{NOTIFY}wechat/",
        timeout=(2, 5),
        public_key=(key_folder / "wechat-platform.pub.pem").read_text(),
        public_key_id=keys.PUBLIC_KEY_ID,
    )
    sdk._core._gate_way = wall.url
    return sdk


class InTheNameOf:
    """The SDK of a service provider, asking for its sub-merchant whatever it is asked for."""

    NAMES = {"sub_mchid": keys.SUB_MCHID, "sub_appid": keys.SUB_APPID}

    def __init__(self, sdk):
        self._sdk = sdk

    def __getattr__(self, name):
        function = getattr(self._sdk, "submch_fundflow_bill" if name == "fundflow_bill" else name)
        named = {key: value for key, value in self.NAMES.items() if key in inspect.signature(function).parameters}

        def ask(*args, **told):
            if "payer" in told:
                told["payer"] = {"sub_openid": told["payer"]["openid"]}
            if name == "fundflow_bill":
                told["bill_date"], args = args[0], ()
            return function(*args, **named, **told)

        return ask


@pytest.fixture
def ours(wall, key_folder):
    return wechat_client(wall.url, key_folder, "http://127.0.0.1:9")


def asked(wall):
    """Method, path, query and body of what was asked last."""
    method, target, _, body = wall.written[-1]
    parts = urlsplit(target)
    return method, unquote(parts.path), dict(parse_qsl(parts.query)), json.loads(body) if body else None


def day_of(at):
    return at.isoformat()


CALLS = {
    "find": (
        lambda sdk: sdk.parking_service_find(quote("鄂L12345"), "GREEN", "oPayer"),
        lambda us: us.find(plate="鄂L12345", plate_color="green", payer="oPayer"),
    ),
    "enter": (
        lambda sdk: sdk.parking_enter("E000001", "鄂L12345", "GREEN", day_of(ARRIVED), "银泉大道", 1800),
        lambda us: us.enter(ENTRY),
    ),
    "debit": (
        lambda sdk: sdk.parking_order(
            "停车费",
            "D000000001",
            500,
            "5K8264ILTKCH16CQ250",
            "鄂L12345",
            "GREEN",
            day_of(ARRIVED),
            day_of(LEFT),
            "银泉大道",
            5400,
            "A01",
        ),
        lambda us: us.debit(DEBIT),
    ),
    "query a debit": (
        lambda sdk: sdk.parking_order_query("D000000001"),
        lambda us: us.query("D000000001", contactless=True),
    ),
    "query an order": (
        lambda sdk: sdk.query(out_trade_no="P00000001"),
        lambda us: us.query("P00000001", contactless=False),
    ),
    "close": (lambda sdk: sdk.close("P00000001"), lambda us: us.close("P00000001")),
    "jsapi": (
        lambda sdk: sdk.pay(
            "补缴",
            "P00000001",
            {"total": 300, "currency": "CNY"},
            payer={"openid": "oPayer"},
            time_expire=day_of(LEFT),
            pay_type=WeChatPayType.JSAPI,
        ),
        lambda us: us.open_payment(payment(Way.JSAPI)),
    ),
    "native": (
        lambda sdk: sdk.pay("补缴", "P00000001", {"total": 300, "currency": "CNY"}, time_expire=day_of(LEFT)),
        lambda us: us.open_payment(payment(Way.NATIVE)),
    ),
    "h5": (
        lambda sdk: sdk.pay(
            "补缴",
            "P00000001",
            {"total": 300, "currency": "CNY"},
            time_expire=day_of(LEFT),
            scene_info={"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}},
            pay_type=WeChatPayType.H5,
        ),
        lambda us: us.open_payment(payment(Way.WAP)),
    ),
    "refund": (
        lambda sdk: sdk.refund(
            "R00000001",
            {"refund": 100, "total": 300, "currency": "CNY"},
            transaction_id="4200001",
            reason="多收退回",
            notify_url=f"{NOTIFY}wechat/",
        ),
        lambda us: us.refund(refund()),
    ),
    "query a refund": (lambda sdk: sdk.query_refund("R00000001"), lambda us: us.query_refund(refund())),
    "statement": (
        lambda sdk: sdk.trade_bill("2026-11-23", bill_type="ALL", tar_type="GZIP"),
        lambda us: us.statement(ARRIVED.date()),
    ),
    "fund flow": (
        lambda sdk: sdk.fundflow_bill("2026-11-23", account_type="BASIC", tar_type="GZIP"),
        lambda us: us.funds(ARRIVED.date()),
    ),
}


def payment(way):
    return UserPayment(number="P00000001", amount_fen=300, description="补缴", way=way, expires_at=LEFT, payer="oPayer")


def refund():
    return RefundOrder(
        number="R00000001",
        payment_number="P00000001",
        payment_reference="4200001",
        amount_fen=100,
        total_fen=300,
        reason="多收退回",
    )


@pytest.mark.parametrize("call", CALLS)
def test_wechat_is_asked_in_the_words_of_wechatpayv3(wall, theirs, ours, call):
    their_call, our_call = CALLS[call]
    their_call(theirs)
    expected = asked(wall)
    our_call(ours)
    assert asked(wall) == expected


@pytest.mark.parametrize("call", CALLS)
def test_a_service_provider_asks_in_the_words_of_wechatpayv3(wall, theirs, key_folder, call):
    their_call, our_call = CALLS[call]
    theirs._partner_mode = True
    their_call(InTheNameOf(theirs))
    expected = asked(wall)
    our_call(wechat_client(wall.url, key_folder, "http://127.0.0.1:9", **InTheNameOf.NAMES))
    assert asked(wall) == expected
    assert keys.SUB_MCHID in str(expected)


@pytest.mark.parametrize("call", CALLS)
def test_our_authorization_is_over_the_very_bytes_that_went_out(wall, ours, key_folder, call):
    CALLS[call][1](ours)
    method, target, headers, body = wall.written[-1]
    scheme, _, rest = headers["Authorization"].partition(" ")
    said = dict(item.split("=", 1) for item in rest.replace('"', "").split(","))
    message = f"{method}\n{target}\n{said['timestamp']}\n{said['nonce_str']}\n".encode() + body + b"\n"
    assert scheme == "WECHATPAY2-SHA256-RSA2048"
    assert seals.is_signed(keys.ensure(key_folder).merchant, message, said["signature"])
    assert headers["Wechatpay-Serial"] == keys.PUBLIC_KEY_ID


def test_our_verification_and_theirs_agree_on_a_signature(ours, key_folder):
    kept = keys.ensure(key_folder)
    body = '{"id":"EV-1","说明":"通知"}'
    signature = seals.sign(kept.platform, f"1700000000\nnonce\n{body}\n".encode())
    headers = {
        "Wechatpay-Timestamp": "1700000000",
        "Wechatpay-Nonce": "nonce",
        "Wechatpay-Serial": keys.PUBLIC_KEY_ID,
        "Wechatpay-Signature": signature,
    }
    assert rsa_verify("1700000000", "nonce", body, signature, kept.platform.public_key())
    ours.channel.verify(headers=headers, body=body.encode(), now=datetime.fromtimestamp(1700000000, BEIJING))


@pytest.fixture
def their_alipay(wall, key_folder):
    sdk = AliPay(
        appid=keys.ALIPAY_APP_ID,
        app_notify_url=f"{NOTIFY}alipay/",
        app_private_key_string=(key_folder / "alipay-merchant.key.pem").read_text(),
        alipay_public_key_string=(key_folder / "alipay-platform.pub.pem").read_text(),
    )
    sdk._gateway = f"{wall.url}/gateway.do"
    return sdk


def their_fields(query):
    fields = dict(parse_qsl(query))
    return {**fields, "biz_content": json.loads(fields["biz_content"])}


ALIPAY_CALLS = {
    "alipay.trade.query": (
        {"out_trade_no": "D000000001"},
        lambda us: us.query("D000000001", contactless=True),
    ),
    "alipay.trade.close": ({"out_trade_no": "P00000001"}, lambda us: us.close("P00000001")),
    "alipay.trade.refund": (
        {
            "out_trade_no": "P00000001",
            "refund_amount": "1.00",
            "out_request_no": "R00000001",
            "refund_reason": "多收退回",
            "trade_no": "4200001",
        },
        lambda us: us.refund(refund()),
    ),
}


@pytest.mark.parametrize("method", ALIPAY_CALLS)
def test_alipay_is_asked_in_the_words_of_python_alipay_sdk(wall, their_alipay, key_folder, method):
    content, our_call = ALIPAY_CALLS[method]
    expected = their_fields(their_alipay.client_api(method, dict(content)))
    our_call(alipay_client(wall.url, key_folder, "http://127.0.0.1:9"))
    _, target, _, body = wall.written[-1]
    ours = their_fields(f"{urlsplit(target).query}&{body.decode()}")
    for name in ("app_id", "method", "charset", "sign_type", "version", "biz_content"):
        assert ours[name] == expected[name]
    assert set(ours) - set(expected) == {"format"}


def test_our_alipay_parameters_carry_a_signature_they_verify(wall, their_alipay, key_folder):
    alipay_client(wall.url, key_folder, "http://127.0.0.1:9").query("D000000001", contactless=True)
    _, target, _, body = wall.written[-1]
    fields = dict(parse_qsl(f"{urlsplit(target).query}&{body.decode()}"))
    sign = fields.pop("sign")
    message = "&".join(f"{name}={value}" for name, value in sorted(fields.items()))
    assert their_alipay._sign(message) == sign
