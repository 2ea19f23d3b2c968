"""The sandbox notifies as the gateways document it: again and again until it is taken."""

import pytest

from sandbox.gateway.notices import SCHEDULES
from sandbox.gateway.server import Sandbox
from tests.payments.gateways.orders import by_hand
from tests.sandbox.fixtures import arrival, departure, now, turn, wait_for, wechat_client


@pytest.fixture
def debited(wechat):
    entry = arrival()
    return wechat.debit(departure(entry, wechat.enter(entry).reference))


def notice(box):
    [(key, row)] = box.world.books.rows("notices")
    return key, row


def test_wechat_tries_fifteen_times_more_over_24_hours_and_4_minutes():
    assert len(SCHEDULES["wechat"]) == 15
    assert sum(SCHEDULES["wechat"]) == 24 * 3600 + 4 * 60


def test_a_letter_that_is_not_taken_comes_again_with_the_same_id_and_a_fresh_signature(wechat, box, shop):
    shop.answers = [(500, b"fail"), (302, b"")]
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    letters = shop.wait(3)
    facts = [wechat.read_notification(headers=x.headers, body=x.body, now=now())[0] for x in letters]
    assert len({fact.event_id for fact in facts}) == 1
    assert len({letter.headers["Wechatpay-Nonce"] for letter in letters}) == 3
    wait_for(lambda: notice(box)[1]["state"] == "taken")
    assert notice(box)[1]["tries"] == 3


def test_alipay_takes_nothing_but_the_word_success_for_an_answer(alipay, box, shop):
    box.world.speed = 10_000
    shop.answers = [(200, b"SUCCESS!"), (200, b"ok")]
    alipay.open_payment(by_hand())
    turn(box, "settle", gateway="alipay", number="P00000001", result="pay")
    shop.wait(3)


def test_a_lost_letter_never_comes(wechat, box, shop):
    turn(box, "faults", rules=[{"fault": "notice_lose"}])
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    wait_for(lambda: box.world.books.count("notices") and notice(box)[1]["state"] == "lost")
    assert shop.heard == []


def test_a_repeated_letter_comes_so_many_times(wechat, box, shop):
    turn(box, "faults", rules=[{"fault": "notice_repeat", "copies": 15}])
    entry = arrival()
    wechat.debit(departure(entry, wechat.enter(entry).reference))
    shop.wait(15)


def test_a_person_can_have_a_letter_sent_again(wechat, debited, box, shop):
    shop.wait(1)
    turn(box, "notices", id=notice(box)[0], copies=2)
    shop.wait(3)


def test_a_letter_that_waited_when_the_sandbox_stopped_comes_after_its_restart(key_folder, shop, tmp_path):
    state = tmp_path / "books"
    shop.answers = [(500, b"")] * 3
    with Sandbox(keys_folder=key_folder, state=state, speed=1) as first:
        client = wechat_client(first.url, key_folder, shop.url)
        client.open_payment(by_hand())
        turn(first, "settle", number="P00000001", result="pay")
        shop.wait(1)
        wait_for(lambda: next(row for _, row in first.world.books.rows("notices"))["tries"] == 1)
    with Sandbox(keys_folder=key_folder, state=state, speed=100) as second:
        shop.wait(2)
        assert second.world.books.get("orders", "wechat:P00000001")["state"] == "SUCCESS"
