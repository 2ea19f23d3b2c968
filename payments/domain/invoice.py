"""What may become of an invoice: its states, what an issuer's word does to it, how charges are put together.

A red document (红票) is a row of the same kind as the blue one that it reverses and walks the same way to ISSUED; the
blue one shows by RED_REQUIRED, RED_PENDING and REVERSED how far its reversal has come.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from payments.domain import tax


class InvoiceState(StrEnum):
    """REQUESTED waits to be sent (for the first time, or again with its serial). FAILED says whether it may be tried
    again with its serial (`retryable`) or is over."""

    REQUESTED = "requested"
    SUBMITTED = "submitted"
    WAITING_LOGIN = "waiting_login"
    ISSUED = "issued"
    RED_REQUIRED = "red_required"
    RED_PENDING = "red_pending"
    REVERSED = "reversed"
    FAILED = "failed"


_S = InvoiceState
MOVES: dict[InvoiceState, frozenset[InvoiceState]] = {
    # Straight to FAILED: withdrawn before it was ever sent.
    _S.REQUESTED: frozenset({_S.SUBMITTED, _S.FAILED}),
    # Back to REQUESTED means that the issuer surely has nothing under this serial.
    _S.SUBMITTED: frozenset({_S.REQUESTED, _S.WAITING_LOGIN, _S.ISSUED, _S.FAILED}),
    _S.WAITING_LOGIN: frozenset({_S.REQUESTED, _S.SUBMITTED}),
    _S.ISSUED: frozenset({_S.RED_REQUIRED}),
    _S.RED_REQUIRED: frozenset({_S.RED_PENDING}),
    _S.RED_PENDING: frozenset({_S.RED_REQUIRED, _S.REVERSED}),
    _S.REVERSED: frozenset(),
    # To RED_REQUIRED: a document with other amounts than ours exists, and must be reversed.
    _S.FAILED: frozenset({_S.REQUESTED, _S.SUBMITTED, _S.FAILED, _S.RED_REQUIRED}),
}


class Heard(StrEnum):
    """What a call to the issuer came to, whichever protocol it was."""

    ISSUED = "issued"
    DIFFERENT = "different"  # issued, with other amounts than ours
    MAKING = "making"
    LOGIN = "login"
    REFUSED = "refused"
    REFUSED_FOR_NOW = "refused_for_now"
    MISSING = "missing"
    DARK = "dark"  # sent, and nothing trustworthy came back
    NOT_SENT = "not_sent"


class Act(StrEnum):
    """What is to be done next about an invoice."""

    SEND = "send"
    ASK = "ask"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a word leads: the state, the next act and how long until it."""

    state: InvoiceState
    act: Act
    after: timedelta | None = None
    retryable: bool = False


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
ASK_AFTER = (
    3 * _SECOND,
    5 * _SECOND,
    10 * _SECOND,
    30 * _SECOND,
    _MINUTE,
    2 * _MINUTE,
    5 * _MINUTE,
    10 * _MINUTE,
    30 * _MINUTE,
    _HOUR,
)
# For so long after sending, "no such serial" proves nothing: the order may still be on its way through the issuer.
GRACE = 10 * _MINUTE
MISSING_ANSWERS = 2
LOGIN_AFTER = 30 * _MINUTE
REFUSED_AFTER = _HOUR
# Longer than the longest call, so that a worker that still waits isn't overtaken without need.
RECOVER_AFTER = 2 * _MINUTE
# A red form the buyer or the bureau turned down: tried again with a new serial, then a person's matter.
RED_AGAIN_AFTER = timedelta(days=1)
RED_TRIES = 3


def ask_after(asked: int) -> timedelta:
    """How long to wait before asking again after so many questions; the last interval repeats."""
    return ASK_AFTER[min(asked, len(ASK_AFTER) - 1)]


def hear(heard: Heard, *, sends: int, asked: int, missing: int, sent_for: timedelta) -> Step:
    """Where a submitted invoice goes when this is heard of it.

    `sends` and `asked` count calls so far, `missing` the answers "no such serial" in a row with this one, `sent_for`
    the time since it was last sent.
    """
    match heard:
        case Heard.ISSUED:
            return Step(state=_S.ISSUED, act=Act.NOTHING)
        case Heard.DIFFERENT | Heard.REFUSED:
            return Step(state=_S.FAILED, act=Act.NOTHING)
        case Heard.LOGIN:
            return Step(state=_S.WAITING_LOGIN, act=Act.SEND, after=LOGIN_AFTER)
        case Heard.REFUSED_FOR_NOW:
            return Step(state=_S.FAILED, act=Act.SEND, after=REFUSED_AFTER, retryable=True)
        case Heard.NOT_SENT:
            return Step(state=_S.REQUESTED, act=Act.SEND, after=5 * _SECOND * 2 ** min(sends, 8))
        case Heard.MISSING if missing >= MISSING_ANSWERS and sent_for >= GRACE:
            return Step(state=_S.REQUESTED, act=Act.SEND, after=timedelta())
        case _:
            return Step(state=_S.SUBMITTED, act=Act.ASK, after=ask_after(asked))


def may_move(before: InvoiceState, after: InvoiceState) -> bool:
    """Whether an invoice may go from one state to the other."""
    return after in MOVES[before]


# --- putting charges together ----------------------------------------------------------------------------------------

# The bureau takes a line whose tax is off by at most so many fen from net times rate.
TOLERANCE_FEN = 6


def batches(grosses: Sequence[int], *, rate: Decimal) -> list[list[int]]:
    """How charges of these gross amounts (fen) share invoices of one line each: lists of their positions, in order.

    Net and tax are split for each charge and added up. Their sum drifts away from the split of the sum, and a line
    that drifted further than the bureau's tolerance would be refused: there the next invoice begins.
    """
    shared: list[list[int]] = []
    net_sum = tax_sum = 0
    for place, gross in enumerate(grosses):
        net, part = tax.split(gross, rate=rate)
        fits = abs((net_sum + net) * rate - (tax_sum + part)) <= TOLERANCE_FEN
        if not shared or not fits:
            shared.append([])
            net_sum = tax_sum = 0
        shared[-1].append(place)
        net_sum, tax_sum = net_sum + net, tax_sum + part
    return shared


# --- titles (抬头) ----------------------------------------------------------------------------------------------------

LONGEST_NAME = 100


class TitleFault(StrEnum):
    """What is wrong with a title."""

    NAME_MISSING = "name_missing"
    NAME_LONG = "name_long"
    NAME_SIGNS = "name_signs"
    TAX_NUMBER_MISSING = "tax_number_missing"
    TAX_NUMBER_WRONG = "tax_number_wrong"
    SPECIAL_NEEDS_COMPANY = "special_needs_company"


def tidy(text: str) -> str:
    """One spelling: full-width signs made plain, white space at the ends and doubled gone."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def tidy_tax_number(text: str) -> str:
    """A tax number without spaces and dashes, in capitals."""
    return tidy(text).replace(" ", "").replace("-", "").upper()


def title_faults(*, company: bool, name: str, tax_number: str, special: bool = False) -> dict[str, TitleFault]:
    """What is wrong with a tidied title, by field; empty when nothing is."""
    faults: dict[str, TitleFault] = {}
    if not name:
        faults["name"] = TitleFault.NAME_MISSING
    elif len(name) > LONGEST_NAME:
        faults["name"] = TitleFault.NAME_LONG
    elif any(unicodedata.category(sign).startswith("C") for sign in name):
        faults["name"] = TitleFault.NAME_SIGNS
    if company and not tax_number:
        faults["tax_number"] = TitleFault.TAX_NUMBER_MISSING
    elif company and not tax.is_credit_code(tax_number):
        faults["tax_number"] = TitleFault.TAX_NUMBER_WRONG
    if special and not company:
        faults["special"] = TitleFault.SPECIAL_NEEDS_COMPANY
    return faults
