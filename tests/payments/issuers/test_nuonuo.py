"""Nuonuo: its signature, its tokens, its words; and the unmodified nuonuo-sdk (MIT) as a second hand."""

from datetime import UTC, datetime, timedelta

import nuonuo as their
import pytest
from nuonuo.signing import sign as their_sign

from payments.issuers.base import Issued, RedPending, Refused, Reversed, Submitted
from payments.issuers.nuonuo import words
from payments.issuers.nuonuo.channel import signature
from payments.issuers.nuonuo.tokens import BudgetSpent, TokenFile
from sandbox.gateway import nuonuo as nuonuo_side
from tests.payments.issuers.orders import COMPANY, LEASE, issued, line, order, red
from tests.sandbox.fixtures import turn, wait_for

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_the_signature_is_the_published_vector():
    assert (
        signature(
            secret="SECRET", key="APPKEY", senid="SENID", nonce="12345678", timestamp="1700000000", body='{"a":1}'
        )
        == "7iSZiR+0g+376QEJ38xLM+3vGDs="
    )


def test_the_signature_is_what_another_hand_computes():
    body = '{"order":{"buyerName":"李四"}}'
    ours = signature(secret="s", key="k", senid="a" * 32, nonce="12345678", timestamp="1700000000", body=body)
    assert ours == their_sign("s", "k", "a" * 32, "12345678", body, "1700000000")


@pytest.fixture
def sdk(box):
    made = their.Nuonuo(nuonuo_side.APP_KEY, nuonuo_side.APP_SECRET, tax_number=nuonuo_side.TAX_NUMBER)
    # Its constructor takes https alone.
    made.base_url = f"{box.url}/open/v1/services"
    made.token_url = f"{box.url}/accessToken"
    made.get_merchant_token()
    return made


def test_another_hands_client_issues_what_ours_finds_and_the_other_way_round(sdk, nuonuo):
    method = "nuonuo.OpeMplatform.requestBillingNew"
    assert sdk.call(method, words.order(order("I0001")))["code"] == "E0000"
    nuonuo.issue(order("I0002"))
    assert issued(nuonuo, "I0001").gross_fen == 1090
    issued(nuonuo, "I0002")
    # A new token ends the one before, so theirs ended with ours.
    sdk.get_merchant_token()
    found = sdk.call("nuonuo.OpeMplatform.queryInvoiceResult", {"orderNos": ["I0001", "I0002"]})
    assert [(row["orderNo"], row["status"]) for row in found["result"]] == [("I0001", "2"), ("I0002", "2")]


def test_another_hands_client_is_refused_with_another_secret(sdk):
    sdk._app_secret = "another"
    assert sdk.call("nuonuo.OpeMplatform.getCreditLine", {})["code"] == "070307"


def test_a_token_is_shared_by_all_and_asked_for_once(tmp_path):
    asked = []
    fetch = lambda: asked.append(1) or f"token-{len(asked)}"  # noqa: E731
    for _ in range(10):
        assert TokenFile(file=tmp_path / "t").token(now=NOW, fetch=fetch) == "token-1"
    assert TokenFile(file=tmp_path / "t").token(now=NOW + timedelta(hours=23, minutes=1), fetch=fetch) == "token-2"


def test_a_stale_token_is_renewed_once_for_all_who_hold_it(tmp_path):
    asked = []
    fetch = lambda: asked.append(1) or f"token-{len(asked)}"  # noqa: E731
    store = TokenFile(file=tmp_path / "t")
    store.token(now=NOW, fetch=fetch)
    assert [store.token(now=NOW, fetch=fetch, stale="token-1") for _ in range(3)] == ["token-2"] * 3


def test_tokens_are_never_asked_for_beyond_the_budget(tmp_path):
    store = TokenFile(file=tmp_path / "t", budget=10, reserve=2)
    for minute in range(8):
        store.token(now=NOW + timedelta(minutes=minute), fetch=lambda: None)
    with pytest.raises(BudgetSpent):
        store.token(now=NOW + timedelta(minutes=9), fetch=lambda: None)
    assert store.token(now=NOW + timedelta(days=31), fetch=lambda: "fresh") == "fresh"


def test_the_token_file_is_for_its_owner_alone(tmp_path):
    TokenFile(file=tmp_path / "t").token(now=NOW, fetch=lambda: "secret")
    assert (tmp_path / "t").stat().st_mode & 0o077 == 0


def test_a_token_the_platform_forgot_is_renewed_on_the_way(nuonuo, box):
    nuonuo.issue(order())
    box.world.books.put("tokens", "nuonuo", {"asked": [], "token": "another", "until": 9e9})
    assert issued(nuonuo)


def test_the_order_names_the_item_without_a_category_and_the_lease_to_the_minute():
    content = words.order(order(title=COMPANY))["order"]
    [detail] = content["invoiceDetail"]
    assert (detail["goodsName"], detail["goodsCode"]) == ("车辆停放服务", "3040502020200000000")
    assert (detail["taxIncludedAmount"], detail["taxExcludedAmount"], detail["tax"]) == ("10.90", "10.00", "0.90")
    assert detail["taxRate"] == "0.09"
    assert content["specificFactor"] == "6"
    assert content["realPropertyRentInfo"]["rentStartDate"] == "2026-11-23 10:00"
    assert content["buyerTaxNum"] == COMPANY.tax_number
    assert not {"unit", "specType"} & set(detail)


def test_a_lease_invoice_with_two_lines_is_not_sent(nuonuo):
    with pytest.raises(ValueError, match="one line"):
        nuonuo.issue(order(lines=(line(100), line(200)), lease=LEASE))


def test_a_merge_of_fifty_lines_agrees_to_the_cent(nuonuo):
    lines = tuple(line(gross) for gross in range(301, 351))
    nuonuo.issue(order(lines=lines, lease=None))
    document = issued(nuonuo)
    assert document.gross_fen == sum(range(301, 351))
    assert (document.net_fen, document.tax_fen) == (sum(x.net_fen for x in lines), sum(x.tax_fen for x in lines))


def test_a_document_whose_seal_failed_is_sealed_again_on_the_way(nuonuo, box):
    turn(box, "knobs", issue="seal")
    nuonuo.issue(order())
    assert isinstance(issued(nuonuo), Issued)


def test_an_order_that_is_being_made_is_submitted(nuonuo, box):
    turn(box, "knobs", issue="hold")
    assert isinstance(nuonuo.issue(order()), Submitted)
    assert isinstance(nuonuo.query("I0001"), Submitted)
    assert isinstance(nuonuo.issue(order()), Submitted)


def test_a_red_form_may_wait_for_the_buyer_and_then_go_on(nuonuo, box):
    nuonuo.issue(order())
    blue = issued(nuonuo)
    turn(box, "knobs", red="02")
    nuonuo.reverse(red(blue))
    pending = wait_for(lambda: (found := nuonuo.query_reversal(red(blue))).state == "02" and found)
    assert pending.buyer_must_confirm
    turn(box, "invoices", serial="R0001", result="04")
    assert isinstance(nuonuo.query_reversal(red(blue)), Reversed)


@pytest.mark.parametrize("status", ["05", "07", "16"])
def test_a_red_form_the_buyer_or_the_bureau_refused_is_refused(nuonuo, box, status):
    nuonuo.issue(order())
    blue = issued(nuonuo)
    turn(box, "knobs", red=status)
    nuonuo.reverse(red(blue))
    refused = wait_for(lambda: isinstance(found := nuonuo.query_reversal(red(blue)), Refused) and found)
    assert refused.code == f"RED_{status}"
    turn(box, "knobs", red="01")
    assert isinstance(nuonuo.reverse(red(blue, serial="R0002")), RedPending)


def test_the_credit_and_the_login_are_told(nuonuo, box):
    assert nuonuo.login().holds
    nuonuo.issue(order())
    issued(nuonuo)
    credit = nuonuo.credit()
    assert credit.total_fen - credit.left_fen == 1090
    turn(box, "knobs", issue="login")
    assert not nuonuo.login().holds
