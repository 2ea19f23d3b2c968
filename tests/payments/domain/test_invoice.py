"""The invoice's states as tables, the merging of charges, and what a title must be."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain import invoice, tax
from payments.domain.invoice import Act, Heard, InvoiceState, TitleFault

S, H = InvoiceState, Heard
LONG, SHORT = timedelta(minutes=11), timedelta(seconds=20)

# heard, how long since it was sent, "no such" answers -> state, next act, retryable
TABLE = [
    (H.ISSUED, SHORT, 0, S.ISSUED, Act.NOTHING, False),
    (H.DIFFERENT, SHORT, 0, S.FAILED, Act.NOTHING, False),
    (H.REFUSED, SHORT, 0, S.FAILED, Act.NOTHING, False),
    (H.REFUSED_FOR_NOW, SHORT, 0, S.FAILED, Act.SEND, True),
    (H.LOGIN, SHORT, 0, S.WAITING_LOGIN, Act.SEND, False),
    (H.NOT_SENT, SHORT, 0, S.REQUESTED, Act.SEND, False),
    (H.MAKING, LONG, 0, S.SUBMITTED, Act.ASK, False),
    (H.DARK, LONG, 0, S.SUBMITTED, Act.ASK, False),
    (H.MISSING, SHORT, 5, S.SUBMITTED, Act.ASK, False),
    (H.MISSING, LONG, 1, S.SUBMITTED, Act.ASK, False),
    (H.MISSING, LONG, 2, S.REQUESTED, Act.SEND, False),
]


@pytest.mark.parametrize(("heard", "sent_for", "missing", "state", "act", "retryable"), TABLE)
def test_each_word_leads_where_the_table_says(heard, sent_for, missing, state, act, retryable):
    step = invoice.hear(heard, sends=1, asked=1, missing=missing, sent_for=sent_for)
    assert (step.state, step.act, step.retryable) == (state, act, retryable)
    assert (step.after is None) == (act is Act.NOTHING)


@pytest.mark.parametrize("heard", list(Heard))
def test_every_word_leads_to_a_move_of_the_table(heard):
    for sent_for in (SHORT, LONG):
        state = invoice.hear(heard, sends=3, asked=9, missing=2, sent_for=sent_for).state
        assert state is S.SUBMITTED or invoice.may_move(S.SUBMITTED, state)


ALLOWED = {
    (S.REQUESTED, S.SUBMITTED),
    (S.REQUESTED, S.FAILED),
    (S.SUBMITTED, S.REQUESTED),
    (S.SUBMITTED, S.WAITING_LOGIN),
    (S.SUBMITTED, S.ISSUED),
    (S.SUBMITTED, S.FAILED),
    (S.WAITING_LOGIN, S.REQUESTED),
    (S.WAITING_LOGIN, S.SUBMITTED),
    (S.ISSUED, S.RED_REQUIRED),
    (S.RED_REQUIRED, S.RED_PENDING),
    (S.RED_PENDING, S.RED_REQUIRED),
    (S.RED_PENDING, S.REVERSED),
    (S.FAILED, S.REQUESTED),
    (S.FAILED, S.SUBMITTED),
    (S.FAILED, S.FAILED),
    (S.FAILED, S.RED_REQUIRED),
}


@pytest.mark.parametrize("before", list(S))
@pytest.mark.parametrize("after", list(S))
def test_only_these_moves_are_allowed(before, after):
    assert invoice.may_move(before, after) == ((before, after) in ALLOWED)


def test_nothing_leads_out_of_reversed_and_issued_leads_to_red_alone():
    assert invoice.MOVES[S.REVERSED] == frozenset()
    assert invoice.MOVES[S.ISSUED] == {S.RED_REQUIRED}


RATES = st.sampled_from([Decimal("0.01"), Decimal("0.03"), Decimal("0.05"), Decimal("0.06"), Decimal("0.09")])


@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=60), RATES)
def test_merged_charges_keep_their_order_and_the_bureaus_tolerance(grosses, rate):
    shared = invoice.batches(grosses, rate=rate)
    assert [place for places in shared for place in places] == list(range(len(grosses)))
    for places in shared:
        parts = [tax.split(grosses[place], rate=rate) for place in places]
        net, part = sum(p[0] for p in parts), sum(p[1] for p in parts)
        assert net + part == sum(grosses[place] for place in places)
        assert abs(net * rate - part) <= invoice.TOLERANCE_FEN


def test_one_charge_makes_one_invoice_whatever_it_costs():
    assert invoice.batches([300], rate=Decimal("0.09")) == [[0]]


def test_fifty_equal_charges_whose_cents_drift_are_cut_before_the_bureau_would_refuse():
    shared = invoice.batches([300] * 50, rate=Decimal("0.09"))
    assert len(shared) == 3
    assert sum(len(places) for places in shared) == 50


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        ({"company": False, "name": "", "tax_number": ""}, {"name": TitleFault.NAME_MISSING}),
        ({"company": False, "name": "长" * 101, "tax_number": ""}, {"name": TitleFault.NAME_LONG}),
        ({"company": False, "name": "李\x00四", "tax_number": ""}, {"name": TitleFault.NAME_SIGNS}),
        ({"company": True, "name": "某某公司", "tax_number": ""}, {"tax_number": TitleFault.TAX_NUMBER_MISSING}),
        (
            {"company": True, "name": "某某公司", "tax_number": "91350100M000100Y44"},
            {"tax_number": TitleFault.TAX_NUMBER_WRONG},
        ),
        (
            {"company": False, "name": "李四", "tax_number": "", "special": True},
            {"special": TitleFault.SPECIAL_NEEDS_COMPANY},
        ),
        ({"company": False, "name": "李四", "tax_number": ""}, {}),
        ({"company": True, "name": "某某公司", "tax_number": "91350100M000100Y43", "special": True}, {}),
    ],
    ids=["no name", "long", "signs", "no number", "check digit", "special", "person", "company"],
)
def test_a_title_is_what_the_bureau_takes(title, fault):
    assert invoice.title_faults(**title) == fault


def test_a_tax_number_is_read_as_people_type_it():
    assert invoice.tidy_tax_number(" ９１350100-m000100 y43 ") == "91350100M000100Y43"
