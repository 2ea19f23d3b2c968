"""Keys are exchanged without a moment in which nothing is believed; answers are believed whole or not at all."""

import json
import random

import pytest

from payments.gateways.alipay.channel import Good
from payments.gateways.base import BadSignature, Entered, Unknown
from sandbox.gateway import keys, seals
from tests.sandbox.fixtures import alipay_client, arrival, now, wechat_client


def test_wechat_believes_the_old_and_the_new_key_while_they_are_exchanged(box, key_folder, shop):
    old, new = keys.PUBLIC_KEY_ID, "PUB_KEY_ID_NEW"
    client = wechat_client(
        box.url,
        key_folder,
        shop.url,
        public_key_id=new,
        public_key_file=str(key_folder / "wechat-certified.pub.pem"),
        other_public_key_files={old: str(key_folder / "wechat-platform.pub.pem")},
    )
    kept = keys.ensure(key_folder)
    stamp = str(int(now().timestamp()))
    for serial, other, key in ((old, new, kept.platform), (new, old, kept.certified)):
        headers = {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": "n",
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature": seals.sign(key, f"{stamp}\nn\n{{}}\n".encode()),
        }
        client.channel.verify(headers=headers, body=b"{}", now=now())
        with pytest.raises(BadSignature):
            client.channel.verify(headers={**headers, "Wechatpay-Serial": other}, body=b"{}", now=now())


def test_wechat_believes_the_certificate_while_the_mode_is_exchanged(box, key_folder, shop):
    # The sandbox answers by certificate, since it is asked for no public key it knows.
    serial = keys.ensure(key_folder).certificate_serial
    client = wechat_client(
        box.url,
        key_folder,
        shop.url,
        public_key_id="PUB_KEY_ID_NOT_YET",
        other_public_key_files={serial: str(key_folder / "wechat-certified.cert.pem")},
    )
    assert isinstance(client.enter(arrival()), Entered)


def test_a_public_key_that_cannot_be_read_makes_nothing_believed(box, key_folder, shop):
    entry = arrival()
    for client in (
        wechat_client(box.url, key_folder, shop.url, public_key_file="/nowhere/key"),
        alipay_client(box.url, key_folder, shop.url, public_key_file="/nowhere/key"),
    ):
        assert isinstance(client.enter(entry), Unknown)
        headers = {
            "Wechatpay-Timestamp": str(int(now().timestamp())),
            "Wechatpay-Serial": keys.PUBLIC_KEY_ID,
            "Wechatpay-Signature": "AAAA",
        }
        with pytest.raises(BadSignature):
            client.read_notification(headers=headers, body=b"a=1&sign_type=RSA2&sign=AAAA", now=now())


def test_alipay_believes_the_old_and_the_new_key_while_they_are_exchanged(box, key_folder, shop):
    client = alipay_client(
        box.url,
        key_folder,
        shop.url,
        public_key_file=str(key_folder / "wechat-platform.pub.pem"),
        other_public_key_file=str(key_folder / "alipay-platform.pub.pem"),
    )
    assert isinstance(client.enter(arrival()), Entered)


def test_an_alipay_answer_with_any_byte_changed_is_never_read_as_something_else(alipay, key_folder):
    kept = keys.ensure(key_folder)
    inner = seals.dump({"code": "10000", "msg": '停车费 {"}', "out_trade_no": "D1", "total_amount": "5.00"})
    signature = seals.sign(kept.alipay_platform, inner).encode()
    body = b'{"alipay_trade_query_response":' + inner + b',"sign":"' + signature + b'"}'
    true = alipay.channel._read("alipay.trade.query", body)
    assert isinstance(true, Good)
    rng, read = random.Random(8), 0
    for _ in range(3000):
        at = rng.randrange(len(body))
        changed = body[:at] + bytes([rng.randrange(256)]) + body[at + rng.randrange(2) :]
        found = alipay.channel._read("alipay.trade.query", changed)
        if isinstance(found, Good):
            # Only what stands outside the signed part may differ.
            assert found.data == true.data
            read += 1
    assert read < 100
    assert json.loads(inner) == true.data
