"""Notifications: what wasn't signed by the gateway, or not just now, is never read."""

import random
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import pytest

from payments.gateways.base import BadNotification, BadSignature, SignatureProbe, State
from sandbox.gateway import seals
from tests.payments.gateways.orders import by_hand
from tests.sandbox.fixtures import PLATE, arrival, departure, now, turn, wechat_client

# Each gateway's share of the ten thousand.
MUTATIONS = 5_000
SIGNED = ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Serial", "Wechatpay-Signature")


@pytest.fixture
def wechat_letter(wechat, shop):
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    return shop.wait(1)[0]


@pytest.fixture
def alipay_letter(alipay, box, shop):
    alipay.open_payment(by_hand())
    turn(box, "settle", gateway="alipay", number="P00000001", result="pay")
    return shop.wait(1)[0]


def changed(text, rng):
    """The text with one character changed, dropped, doubled or swapped."""
    at = rng.randrange(len(text))
    match rng.randrange(4):
        case 0:
            other = rng.choice([c for c in "0123456789abcdefXYZ+/=" if c != text[at]])
            return text[:at] + other + text[at + 1 :]
        case 1:
            return text[:at] + text[at + 1 :]
        case 2:
            return text[:at] + text[at] + text[at:]
        case _:
            swapped = text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]
            return swapped if swapped != text else text + "A"


def test_wechat_refuses_every_mutated_signature_header_and_body(wechat, wechat_letter):
    rng = random.Random(6)
    accepted, refused, moment = [], 0, now()
    for _ in range(MUTATIONS):
        headers, body = dict(wechat_letter.headers), wechat_letter.body
        part = rng.choice((*SIGNED, "body"))
        if part == "body":
            at = rng.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ (1 << rng.randrange(8))]) + body[at + 1 :]
        else:
            headers[part] = changed(headers[part], rng)
        try:
            accepted.append((part, wechat.read_notification(headers=headers, body=body, now=moment)))
        except BadSignature:
            refused += 1
    assert (accepted, refused) == ([], MUTATIONS)


def test_alipay_refuses_every_mutated_field_and_signature(alipay, alipay_letter):
    rng = random.Random(7)
    true = dict(parse_qsl(alipay_letter.body.decode()))
    accepted, refused = [], 0
    for _ in range(MUTATIONS):
        fields = dict(true)
        name = rng.choice(sorted(fields))
        match rng.randrange(5):
            case 0:
                del fields[name]
            case 1:
                fields[changed(name, rng)] = fields.pop(name)
            case 2:
                fields["x" + name] = "1"
            case _:
                fields[name] = changed(fields[name], rng)
        try:
            found = alipay.read_notification(headers={}, body=urlencode(fields).encode(), now=now())
            accepted.append((name, found))
        except BadSignature:
            refused += 1
    assert (accepted, refused) == ([], MUTATIONS)


def test_wechat_refuses_a_replay_after_five_minutes_either_way(wechat, wechat_letter):
    for moment in (now() + timedelta(minutes=5, seconds=5), now() - timedelta(minutes=5, seconds=5)):
        with pytest.raises(BadSignature, match="five minutes"):
            wechat.read_notification(headers=wechat_letter.headers, body=wechat_letter.body, now=moment)


def test_wechat_refuses_a_stale_letter_that_is_rightly_signed(wechat, box, shop):
    turn(box, "faults", rules=[{"fault": "notice_stale"}])
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    letter = shop.wait(1)[0]
    with pytest.raises(BadSignature, match="five minutes"):
        wechat.read_notification(headers=letter.headers, body=letter.body, now=now())
    assert wechat.read_notification(headers=letter.headers, body=letter.body, now=now() - timedelta(minutes=10))


def test_wechat_tells_a_probe_from_a_forgery(wechat, box, shop):
    turn(box, "faults", rules=[{"fault": "notice_probe"}])
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    letter = shop.wait(1)[0]
    with pytest.raises(SignatureProbe):
        wechat.read_notification(headers=letter.headers, body=letter.body, now=now())


def test_wechat_refuses_a_serial_it_does_not_know_without_asking_anybody(wechat, wechat_letter, box):
    headers = {**wechat_letter.headers, "Wechatpay-Serial": "5157F09EFDC096DE15EBE81A47057A7200000000"}
    before = box.world.books.count("modes")
    with pytest.raises(BadSignature, match="key we don't know"):
        wechat.read_notification(headers=headers, body=wechat_letter.body, now=now())
    assert box.world.books.count("modes") == before


def test_in_certificate_mode_an_unknown_serial_fetches_certificates_once_a_minute(box, key_folder, shop):
    client = wechat_client(box.url, key_folder, shop.url, public_key_id="", public_key_file="")
    # A rule that does nothing but count.
    turn(box, "faults", rules=[{"fault": "delay", "seconds": 0, "operation": "certificates", "times": -1}])
    for _ in range(20):
        headers = {
            "Wechatpay-Serial": "AB" * 20,
            "Wechatpay-Timestamp": str(int(now().timestamp())),
            "Wechatpay-Nonce": "n",
            "Wechatpay-Signature": "AAAA",
        }
        with pytest.raises(BadSignature):
            client.read_notification(headers=headers, body=b"{}", now=now())
    assert box.world.faults.listed()[0]["hits"] == 1


@pytest.mark.parametrize("missing", SIGNED)
def test_wechat_refuses_a_letter_without_a_header(wechat, wechat_letter, missing):
    headers = {name: value for name, value in wechat_letter.headers.items() if name != missing}
    with pytest.raises(BadSignature):
        wechat.read_notification(headers=headers, body=wechat_letter.body, now=now())


def test_alipay_refuses_a_field_that_comes_twice(alipay, alipay_letter):
    with pytest.raises(BadSignature, match="twice"):
        alipay.read_notification(headers={}, body=alipay_letter.body + b"&total_amount=0.01", now=now())


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"a", b"a=1&b"])
def test_alipay_refuses_what_is_no_signed_form(alipay, body):
    with pytest.raises(BadSignature):
        alipay.read_notification(headers={}, body=body, now=now())


def sealed(box, content, **envelope):
    """A rightly signed letter with whatever inside."""
    body = seals.dump({"id": "EV-1", "event_type": "TRANSACTION.SUCCESS", **envelope, **content})
    return box.wechat.signature(body, certified=False), body


def test_a_rightly_signed_letter_that_cannot_be_opened_is_a_bad_notification(wechat, box):
    for content in (
        {},
        {"resource": None},
        {"resource": {"algorithm": "AEAD_AES_128_GCM"}},
        {"resource": seals.seal(b"x" * 32, b"{}", associated_data="transaction")},
        {"resource": seals.seal(box.world.keys.api_v3_key, b"not json", associated_data="transaction")},
        {"resource": seals.seal(box.world.keys.api_v3_key, b"[]", associated_data="transaction")},
        {"resource": seals.seal(box.world.keys.api_v3_key, b"{}", associated_data="transaction")},
    ):
        headers, body = sealed(box, content)
        with pytest.raises(BadNotification):
            wechat.read_notification(headers=headers, body=body, now=now())


def test_a_kind_of_letter_we_have_no_use_for_holds_no_facts(wechat, box):
    resource = seals.seal(box.world.keys.api_v3_key, b"{}", associated_data="x")
    headers, body = sealed(box, {"resource": resource}, event_type="COUPON.USE")
    assert wechat.read_notification(headers=headers, body=body, now=now()) == []


def test_wechat_reads_the_letter_that_nobody_touched(wechat, wechat_letter):
    [fact] = wechat.read_notification(headers=wechat_letter.headers, body=wechat_letter.body, now=now())
    assert (fact.our_number, fact.state, fact.amount_fen) == ("D000000001", State.SUCCEEDED, 500)
    assert PLATE["plate"] not in repr(fact)


def test_alipay_reads_the_letter_that_nobody_touched(alipay, alipay_letter):
    [fact] = alipay.read_notification(headers={}, body=alipay_letter.body, now=now())
    assert (fact.our_number, fact.state, fact.amount_fen) == ("P00000001", State.SUCCEEDED, 300)
