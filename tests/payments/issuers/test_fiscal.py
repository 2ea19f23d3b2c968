"""Fiscal receipts: the envelope and the numbers."""

import hashlib
import re

from payments.issuers.base import Refused, Reversed
from payments.issuers.fiscal import signature
from tests.payments.issuers.orders import issued, line, order, red
from tests.sandbox.fixtures import turn


def test_the_signature_is_the_md5_of_the_parts_in_their_order():
    text = "appid=A&data=ZA==&noise=n&key=k&version=1.0"
    assert (
        signature(app_id="A", data="ZA==", noise="n", key="k", version="1.0")
        == hashlib.md5(text.encode()).hexdigest().upper()
    )


def test_a_receipt_has_a_code_of_8_a_number_of_10_and_a_check_of_6(fiscal):
    receipt = fiscal.issue(order(lease=None, lines=(line(500), line(300))))
    assert re.fullmatch(r"\d{8}", receipt.code)
    assert re.fullmatch(r"\d{10}", receipt.number)
    assert len(receipt.check_code) == 6
    assert receipt.gross_fen == 800


def test_a_receipt_is_written_off_by_a_red_one_without_asking_anybody(fiscal):
    fiscal.issue(order())
    blue = issued(fiscal)
    done = fiscal.reverse(red(blue))
    assert isinstance(done, Reversed)
    assert (done.code != blue.code, done.number != blue.number) == (True, True)
    assert fiscal.query_reversal(red(blue)).number == done.number


def test_a_spent_stock_of_numbers_may_be_tried_again(fiscal, box):
    turn(box, "knobs", issue="credit")
    refused = fiscal.issue(order())
    assert isinstance(refused, Refused)
    assert refused.retryable
