"""When to ask a gateway again, and when its silence proves that nothing happened."""

from datetime import datetime, timedelta

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
QUERY_AFTER = (5 * _S, 10 * _S, 30 * _S, _M, 2 * _M, 5 * _M, 10 * _M, 30 * _M, _H, 2 * _H, 6 * _H, 12 * _H, 24 * _H)

# An order that a gateway does not know may still be on the way to it.
ABSENT_AFTER = 60 * _S
ABSENT_ANSWERS = 2
# A worker that died between the claim and the record left its attempt as sent.
RECOVER_AFTER = 30 * _S
# After this a driver who wants to pay by hand is no longer kept waiting by a debit that does not end.
HAND_OVER_AFTER = 10 * _M


def next_query_at(*, asked: int, now: datetime) -> datetime:
    """When to ask again after `asked` queries; the last interval repeats for ever."""
    return now + QUERY_AFTER[min(asked, len(QUERY_AFTER) - 1)]


def never_happened(*, absent_answers: int, sent_at: datetime, now: datetime) -> bool:
    """Whether "no such order" may be believed: two such answers, the last at least a minute after sending."""
    return absent_answers >= ABSENT_ANSWERS and now - sent_at >= ABSENT_AFTER
