"""What a person sees and presses."""

import re
from datetime import timedelta
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

import pytest

from payments.gateways.base import Pending, Succeeded, Way
from tests.payments.gateways.orders import by_hand
from tests.sandbox.fixtures import now, turn


def page(url, language="zh-CN"):
    with urlopen(Request(url, headers={"Accept-Language": language}), timeout=5) as answer:
        return answer.read().decode()


def press(url, **fields):
    """Press a button; where the page then leads."""

    class Stay(HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    with pytest.raises(HTTPError) as answer:
        build_opener(Stay).open(url, data=urlencode(fields).encode(), timeout=5)
    assert answer.value.code == 303
    return answer.value.headers["Location"]


def test_an_order_nobody_knows_has_a_page_that_says_so(box):
    with pytest.raises(HTTPError) as answer:
        page(f"{box.url}/pay/nothing")
    assert answer.value.code == 404
    assert "没有这笔订单" in answer.value.read().decode()


def test_an_expired_order_cannot_be_paid(gateway, box):
    url = gateway.open_payment(by_hand(way=Way.NATIVE, expires_at=now() + timedelta(minutes=15))).url
    turn(box, "clock", now=(now() + timedelta(minutes=16)).isoformat())
    assert "确认支付" not in page(url)
    press(url)
    assert "过期" in page(url)
    assert not isinstance(gateway.query("P00000001", contactless=False), Succeeded)


def test_pressing_pays_and_pressing_again_does_not_pay_twice(gateway, box, shop):
    url = gateway.open_payment(by_hand(way=Way.NATIVE)).url
    assert "确认支付" in page(url)
    assert "3.00" in page(url)
    assert isinstance(gateway.query("P00000001", contactless=False), Pending)
    press(url)
    press(url)
    assert "支付成功" in page(url)
    assert isinstance(gateway.query("P00000001", contactless=False), Succeeded)
    shop.wait(1)
    assert box.world.books.count("notices") == 1


def test_after_paying_in_the_browser_the_driver_comes_back(gateway, box):
    address = gateway.open_payment(by_hand(way=Way.WAP, return_url="http://127.0.0.1:9/driver/paid?n=1")).url
    with urlopen(address, timeout=5) as opened:
        assert press(opened.url).startswith("http://127.0.0.1:9/driver/paid?n=1")


def test_a_way_back_that_is_no_web_address_is_not_followed(wechat):
    url = wechat.open_payment(by_hand(way=Way.WAP, return_url="javascript:alert(1)")).url
    assert "javascript" not in page(url)
    assert press(url).startswith("/pay/")


def test_what_a_merchant_sends_is_shown_as_text(wechat, box):
    url = wechat.open_payment(by_hand(way=Way.NATIVE, description="<script>x</script>")).url
    assert "<script>" not in page(url)
    assert "&lt;script&gt;" in page(url)


@pytest.mark.parametrize(("language", "word"), [("zh-CN", "订单"), ("en-GB", "Orders")])
def test_the_books_are_shown_in_the_readers_language(wechat, box, language, word):
    wechat.open_payment(by_hand())
    shown = page(f"{box.url}/", language)
    assert word in shown
    assert "P00000001" in shown


def test_an_unpaid_order_is_paid_from_the_books(wechat, box):
    wechat.open_payment(by_hand())
    form = re.search(r'<form method="post" action="(/sandbox/settle)">', page(f"{box.url}/"))
    press(box.url + form[1], gateway="wechat", number="P00000001", result="pay")
    assert isinstance(wechat.query("P00000001", contactless=False), Succeeded)


def test_a_fault_is_set_and_cleared_from_the_books(box):
    press(f"{box.url}/sandbox/faults", add="1", fault="lose_answer", operation="debit", times="2")
    assert box.world.faults.listed()[0]["times"] == 2
    press(f"{box.url}/sandbox/faults")
    assert box.world.faults.listed() == []


@pytest.mark.parametrize(
    ("knob", "body"),
    [
        ("nothing", {}),
        ("knobs", {"settle": "maybe"}),
        ("knobs", {"colour": "red"}),
        ("plates", {"plate": "鄂L12345", "state": "HAPPY"}),
        ("settle", {"number": "nobody", "result": "ok"}),
        ("faults", {"rules": [{"fault": "earthquake"}]}),
        ("refunds", {"number": "nobody", "state": "SUCCESS"}),
        ("invoices", {"serial": "nobody", "result": "ok"}),
    ],
)
def test_a_knob_that_cannot_be_turned_so_says_why(box, knob, body):
    with pytest.raises(HTTPError) as answer:
        turn(box, knob, **body)
    assert answer.value.code in (400, 404)
    assert answer.value.read()
