"""Statements with every mistake the sandbox can plant, as both clients read them."""

from collections import Counter
from datetime import date, timedelta

import pytest

from payments.gateways.base import FactKind, State, Statement, Unknown
from payments.gateways.wechat import statements
from tests.payments.gateways.orders import back, by_hand
from tests.sandbox.fixtures import turn


@pytest.fixture
def day(box):
    return box.world.now().date()


@pytest.fixture
def traded(gateway, box):
    """Three payments and a refund of the first."""
    for number in ("P00000001", "P00000002", "P00000003"):
        gateway.open_payment(by_hand(number))
        turn(box, "settle", gateway=gateway.code, number=number, result="pay")
    gateway.refund(back())
    return gateway


def read(gateway, box, day, /, **edit):
    turn(box, "bills", edits=[{"gateway": gateway.code, **edit}])
    statement = gateway.statement(day)
    assert isinstance(statement, Statement)
    return Counter((row.our_number, row.amount_fen) for row in statement.rows)


TRUE = Counter({("P00000001", 300): 1, ("P00000002", 300): 1, ("P00000003", 300): 1, ("R00000001", 100): 1})


def test_the_true_statement_has_every_trade_once(traded, box, day):
    statement = traded.statement(day)
    assert Counter((row.our_number, row.amount_fen) for row in statement.rows) == TRUE
    assert statement.problems == ()


def test_a_row_that_is_missing_is_missing(traded, box, day):
    assert read(traded, box, day, edit="drop", number="P00000002") == TRUE - Counter([("P00000002", 300)])


def test_a_row_with_another_amount_says_it(traded, box, day):
    assert read(traded, box, day, edit="amount", number="P00000002", by=50)[("P00000002", 350)] == 1


def test_a_row_that_comes_twice_comes_twice(traded, box, day):
    assert read(traded, box, day, edit="double", number="P00000002")[("P00000002", 300)] == 2


def test_a_stranger_is_among_the_rows(traded, box, day):
    found = read(traded, box, day, edit="stranger", number="X1", amount=700, day=day.isoformat())
    assert found[("X1", 700)] == 1


def test_a_row_of_the_next_day_is_not_in_this_ones(traded, box, day):
    assert ("P00000002", 300) not in read(traded, box, day, edit="move", number="P00000002")
    turn(box, "clock", now=(box.world.now() + timedelta(days=1)).isoformat())
    [row] = traded.statement(day + timedelta(days=1)).rows
    assert row.our_number == "P00000002"


def test_a_refund_of_another_state_says_it_at_wechat(wechat, box, day):
    wechat.open_payment(by_hand())
    turn(box, "settle", number="P00000001", result="pay")
    wechat.refund(back())
    turn(box, "bills", edits=[{"edit": "state", "number": "R00000001", "state": "FAIL"}])
    [refund] = [row for row in wechat.statement(day).rows if row.kind is FactKind.REFUND]
    assert refund.state is State.FAILED


def test_a_file_whose_totals_cannot_be_read_is_unknown(wechat, box, day, monkeypatch):
    wechat.open_payment(by_hand())
    turn(box, "settle", number="P00000001", result="pay")
    monkeypatch.setattr("sandbox.gateway.wechat_bills._trade_table", lambda _: "a,b\r\n`1,`2\r\n总交易单数\r\n`many")
    assert isinstance(wechat.statement(day), Unknown)


HEADER = "交易时间,微信订单号,商户订单号,交易状态,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,手续费"
TOTALS = "总交易单数,应结订单总金额,退款总金额"


def table(*lines, totals):
    rows = [HEADER, *lines, TOTALS, totals]
    return "\r\n".join(rows).encode()


def test_an_older_accounts_columns_are_read_by_name():
    content = table("`2026-11-23 08:00:00,`4200,`P1,`SUCCESS,`3.00,`0,`0,`0.00,`,`0.01800", totals="`1,`3.00,`0.00")
    statement = statements.read(content, day=date(2026, 11, 23))
    [row] = statement.rows
    assert (row.amount_fen, row.fee_fen, statement.problems) == (300, 2, ())


def test_a_row_nobody_understands_is_named_and_the_rest_kept():
    content = table(
        "`2026-11-23 08:00:00,`4200,`P1,`SUCCESS,`3.00,`0,`0,`0.00,`,`0.00",
        "`2026-11-23 08:00:00,`4201,`P2,`BLESSED,`3.00,`0,`0,`0.00,`,`0.00",
        "`yesterday,`4202,`P3,`SUCCESS,`3.00,`0,`0,`0.00,`,`0.00",
        "`2026-11-23 08:00:00,`4203,`P4,`SUCCESS,`3.001,`0,`0,`0.00,`,`0.00",
        totals="`4,`12.00,`0.00",
    )
    statement = statements.read(content, day=date(2026, 11, 23))
    assert [row.our_number for row in statement.rows] == ["P1"]
    assert [problem.partition(":")[0] for problem in statement.problems[:3]] == ["line 2", "line 3", "line 4"]
    assert "1200 announced" in statement.problems[-1]


def test_a_statement_without_its_totals_says_so():
    assert statements.read(HEADER.encode(), day=date(2026, 11, 23)).problems == ("no totals",)
