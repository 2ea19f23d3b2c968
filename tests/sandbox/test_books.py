"""The books outlive a restart, and a line that was cut off."""

import pytest

from sandbox.gateway.books import Books
from sandbox.gateway.faults import ANSWER_FAULTS, Faults
from sandbox.gateway.server import Sandbox
from tests.sandbox.fixtures import arrival, departure, wait_for, wechat_client


def test_the_last_line_of_a_key_counts(tmp_path):
    books = Books(file=tmp_path / "b")
    for amount in (1, 2, 3):
        books.put("orders", "a", {"amount": amount})
    books.close()
    assert Books(file=tmp_path / "b").get("orders", "a") == {"amount": 3}
    assert len((tmp_path / "b").read_text().splitlines()) == 1


def test_a_line_that_was_cut_off_is_left_out(tmp_path):
    (tmp_path / "b").write_text('["orders", "a", {"amount": 1}]\n["orders", "b", {"am')
    books = Books(file=tmp_path / "b")
    assert books.get("orders", "a") == {"amount": 1}
    assert books.count("orders") == 1


def test_a_row_given_out_is_a_copy(tmp_path):
    books = Books()
    books.put("orders", "a", {"amount": 1})
    books.get("orders", "a")["amount"] = 2
    assert books.get("orders", "a") == {"amount": 1}


def test_an_accepted_debit_is_settled_after_a_restart(key_folder, shop, tmp_path):
    state = tmp_path / "books"
    with Sandbox(keys_folder=key_folder, state=state, speed=0.001) as first:
        client = wechat_client(first.url, key_folder, shop.url)
        entry = arrival()
        client.debit(departure(entry, client.enter(entry).reference))
    with Sandbox(keys_folder=key_folder, state=state, speed=100) as second:
        wait_for(lambda: second.world.books.get("orders", "wechat:D000000001")["state"] == "SUCCESS")


def test_numbers_stay_apart_after_a_restart(key_folder, tmp_path):
    numbers = set()
    for _ in range(3):
        with Sandbox(keys_folder=key_folder, state=tmp_path / "books") as box:
            numbers |= {box.world.number("4", 28) for _ in range(100)}
    assert len(numbers) == 300


def test_a_fault_that_is_unknown_is_refused():
    with pytest.raises(ValueError, match="unknown fault"):
        Faults().set([{"fault": "earthquake"}])


def test_a_fault_hits_what_it_names_as_often_as_it_says():
    faults = Faults()
    faults.set([{"fault": "lose_answer", "gateway": "wechat", "operation": "debit", "number": "D1", "times": 2}])

    def take(gateway="wechat", operation="debit", number="D1"):
        return faults.take(ANSWER_FAULTS, gateway=gateway, operation=operation, number=number)

    assert take(gateway="alipay") is take(operation="query") is take(number="D2") is None
    assert [bool(take()) for _ in range(3)] == [True, True, False]


def test_a_rate_is_the_same_for_the_same_seed():
    def hits(seed):
        faults = Faults(seed=seed)
        faults.set([{"fault": "error_500", "times": -1, "rate": 0.2}])
        return [
            bool(faults.take(ANSWER_FAULTS, gateway="wechat", operation="debit", number=str(n))) for n in range(500)
        ]

    assert hits(1) == hits(1) != hits(2)
    assert 60 < sum(hits(1)) < 140


def test_the_file_is_written_anew_before_it_grows_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.gateway.books.MOST_LINES", 100)
    books = Books(file=tmp_path / "b")
    for turn in range(1000):
        books.put("orders", "a", {"turn": turn})
    assert len((tmp_path / "b").read_text().splitlines()) <= 104
    books.close()
    assert Books(file=tmp_path / "b").get("orders", "a") == {"turn": 999}


def test_a_table_forgets_its_oldest_rows_past_its_size():
    books = Books(most_rows=3)
    for key in "abcde":
        books.put("orders", key, {})
    assert [key for key, _ in books.rows("orders")] == ["c", "d", "e"]
