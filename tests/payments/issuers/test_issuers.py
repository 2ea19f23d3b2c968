"""What every issuer does, whatever its protocol: one document a serial, and an honest word for each end."""

import logging
import socket

import pytest

from payments.issuers.base import (
    Issued,
    Missing,
    NotSent,
    RedPending,
    Refused,
    Reversed,
    Submitted,
    Unknown,
    WaitingLogin,
)
from payments.issuers.fiscal import FiscalReceipts
from payments.issuers.local import LocalIssuer
from payments.issuers.nuonuo import Nuonuo
from tests.payments.issuers.orders import issued, order, red
from tests.sandbox.fixtures import turn, wait_for

DARK = ["lose_request", "error_500", "lose_answer", "error_500_after", "not_json", "delay_answer"]


def blue_documents(box):
    return [row for _, row in box.world.books.rows("invoices") if row["number"] and not row["red"]]


def test_nobody_there_means_not_sent(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{probe.getsockname()[1]}"
    for issuer in (
        Nuonuo(app_key="k", app_secret="s", tax_number="t", token_file=str(tmp_path / "t"), host=dead, token_host=dead),
        FiscalReceipts(app_id="a", key="k", place_code="1", item_code="1", host=dead),
        LocalIssuer(host=dead, key="k"),
    ):
        assert isinstance(issuer.issue(order()), NotSent)


def test_a_serial_nobody_knows_is_missing(issuer):
    assert isinstance(issuer.query("I9999"), Missing)


@pytest.mark.parametrize("fault", DARK)
def test_an_order_that_ends_in_the_dark_goes_again_with_its_serial_and_makes_one_document(issuer, box, fault):
    turn(box, "faults", rules=[{"fault": fault, "operation": "issue", "seconds": 1.3}])
    assert isinstance(issuer.issue(order()), Unknown)
    assert isinstance(issuer.issue(order()), (Submitted, Issued))
    issued(issuer)
    assert len(blue_documents(box)) == 1


def test_a_query_in_the_dark_is_unknown_and_never_missing(issuer, box):
    issuer.issue(order())
    turn(box, "faults", rules=[{"fault": "error_500_after", "operation": "query"}])
    assert isinstance(issuer.query("I0001"), Unknown)


@pytest.mark.parametrize("name", ["fiscal", "local"])
def test_an_answer_with_another_signature_is_unknown(request, box, name):
    issuer = request.getfixturevalue(name)
    turn(box, "faults", rules=[{"fault": "bad_signature", "operation": "issue"}])
    assert isinstance(issuer.issue(order()), Unknown)


def test_the_issued_amounts_are_the_ordered_ones(issuer):
    issuer.issue(order())
    document = issued(issuer)
    assert document.gross_fen == 1090
    assert (document.net_fen, document.tax_fen) in ((1000, 90), (None, None))


def test_the_files_are_what_the_issuer_made(issuer):
    issuer.issue(order())
    files = issued(issuer).files
    starts = {"pdf": b"%PDF", "ofd": b"PK", "xml": b"<?xml"}
    assert {kind: issuer.download(files[kind])[:2] for kind in starts} == {k: v[:2] for k, v in starts.items()}


def test_a_missing_file_leaves_the_document_issued(issuer):
    issuer.issue(order())
    document = issued(issuer)
    assert isinstance(issuer.download(document.files["pdf"].replace(".pdf", "x.pdf")), Unknown)
    assert isinstance(issuer.query("I0001"), Issued)


def test_a_document_is_reversed_once_whole_however_often_it_is_asked(issuer, box):
    issuer.issue(order())
    blue = issued(issuer)
    for _ in range(2):
        assert isinstance(issuer.reverse(red(blue)), (Reversed, RedPending))
    done = wait_for(lambda: isinstance(found := issuer.query_reversal(red(blue)), Reversed) and found)
    assert done.number
    assert done.number != blue.number
    reds = [row for _, row in box.world.books.rows("invoices") if row["red"]]
    assert [row["gross"] for row in reds] == [-1090]


def test_a_second_reversal_of_the_same_document_is_refused(issuer):
    issuer.issue(order())
    blue = issued(issuer)
    issuer.reverse(red(blue))
    wait_for(lambda: isinstance(issuer.query_reversal(red(blue)), Reversed))
    second = issuer.reverse(red(blue, serial="R0002"))
    # The fiscal platform's "already written off" leads to the red receipt that is there.
    assert isinstance(second, (Refused, Reversed))


@pytest.mark.parametrize("fault", ["lose_answer", "error_500"])
def test_a_reversal_in_the_dark_goes_again_with_its_serial_and_makes_one_red_document(issuer, box, fault):
    issuer.issue(order())
    blue = issued(issuer)
    turn(box, "faults", rules=[{"fault": fault, "operation": "reverse"}])
    assert isinstance(issuer.reverse(red(blue)), Unknown)
    assert isinstance(issuer.reverse(red(blue)), (Reversed, RedPending))
    wait_for(lambda: isinstance(issuer.query_reversal(red(blue)), Reversed))
    assert len([row for _, row in box.world.books.rows("invoices") if row["red"] and row["number"]]) == 1


def test_spent_credit_is_a_refusal_that_may_be_tried_again_with_the_same_serial(issuer, box):
    turn(box, "knobs", issue="credit")
    first = issuer.issue(order())
    refused = wait_for(lambda: isinstance(found := issuer.query("I0001"), (Refused, Missing)) and found)
    assert refused.retryable if isinstance(refused, Refused) else first.retryable
    turn(box, "knobs", issue="ok")
    issuer.issue(order())
    issued(issuer)
    assert len(blue_documents(box)) == 1


@pytest.mark.parametrize("name", ["nuonuo", "local"])
def test_a_lost_login_waits_and_then_the_same_serial_goes_again(request, box, name):
    issuer = request.getfixturevalue(name)
    turn(box, "knobs", issue="login")
    issuer.issue(order())
    wait_for(lambda: isinstance(issuer.query("I0001"), WaitingLogin))
    turn(box, "knobs", issue="ok")
    issuer.issue(order())
    issued(issuer)


@pytest.mark.parametrize("name", ["nuonuo", "local"])
def test_a_wrong_order_is_refused_for_good(request, box, name):
    issuer = request.getfixturevalue(name)
    turn(box, "knobs", issue="fail")
    issuer.issue(order())
    refused = wait_for(lambda: isinstance(found := issuer.query("I0001"), Refused) and found)
    assert not refused.retryable


def test_no_key_reaches_a_log_or_a_repr(issuer, box, caplog):
    caplog.set_level(logging.DEBUG)
    issuer.issue(order())
    turn(box, "faults", rules=[{"fault": "error_500", "operation": "issue"}])
    issuer.issue(order("I0002"))
    told = caplog.text + repr(issuer) + repr(vars(issuer))
    for secret in ("sandbox-nuonuo-secret", "sandbox-fiscal-key", "sandbox-local-issuer-key", "L12345"):
        assert secret not in told
