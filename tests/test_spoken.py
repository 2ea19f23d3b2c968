"""The listener of every test (tests/conftest.py) hears each forbidden thing; what is masked may be said."""

import logging

import pytest

from tests.spoken import Listener, found_in

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("debit of 鄂L12345 refused", "a plate"),
        ("entered 鄂LD12345", "a plate"),
        ('{"plate": "\\u9102L12345"}', "an escaped plate"),
        ("GET /find?plate=%E9%84%82L12345", "an escaped plate"),
        ("sent to 13812345678: ok", "a mobile number"),
        ("sent to +8613812345678", "a mobile number"),
        (KEY, "a private key"),
        ("api_v3_key=0123456789abcdef", "a named secret"),
        ("{'app_secret': 'abcdefgh12345678'}", "a named secret"),
        ("Authorization: Bearer abcdefgh12345678", "a signature header"),
        ('Authorization: WECHATPAY2-SHA256-RSA2048 mchid="1"', "a signature header"),
        ("the words are open sesame twice", "a secret of ours"),
    ],
)
def test_each_forbidden_thing_is_found(line, kind):
    assert found_in(line, secrets=frozenset({"open sesame"})) == [kind]


@pytest.mark.parametrize(
    "line",
    [
        "debit of 鄂L1**45 refused",
        "sent to 138****5678",
        "order P202611241381234567890123 unknown",
        "private_key_file is missing",
        "suspense unknown_number: wechat refund of X6",
    ],
)
def test_what_is_masked_or_harmless_is_not(line):
    assert found_in(line) == []


def test_a_record_and_the_words_of_its_error_are_both_heard():
    listener = Listener()
    logger = logging.Logger("a logger of its own")
    logger.addHandler(listener)
    logger.info("stay of %s", "鄂L12345")
    try:
        raise ValueError("no such phone 13812345678")
    except ValueError:
        logger.exception("failed")
    logger.info("nothing to hide")
    assert listener.heard == 3
    assert [kinds for _, kinds in listener.leaks] == [("a plate",), ("a mobile number",)]


def test_what_any_module_logs_during_a_test_reaches_the_listener(listener):
    logging.getLogger("payments.collection").warning("debit of %s", "鄂L12345")
    assert [kinds for _, kinds in listener.leaks] == [("a plate",)]
    listener.leaks.clear()
