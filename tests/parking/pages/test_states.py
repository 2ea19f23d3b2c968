from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from parking.pages import states

NOW = timezone.now()
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("session", "charge", "due_in", "expected"),
    [
        ("parked", "", None, states.PARKED),
        ("ended", "", None, states.LEFT),
        ("held", "", None, states.CHECKED),
        ("void", "", None, states.VOID),
        ("billed", "void", 20, states.VOID),
        ("billed", "open", 20, states.DUE),
        ("billed", "open", 7, states.SOON),
        ("billed", "open", 0, states.OVERDUE),
        ("billed", "open", -3, states.OVERDUE),
        ("billed", "settled", -3, states.PAID),
        ("billed", "waived", 3, states.PAID),
        ("billed", "written_off", -300, states.PAID),
    ],
)
def test_an_order_is_in_the_state_its_session_and_charge_say(session, charge, due_in, expected):
    due_at = None if due_in is None else NOW + due_in * DAY
    assert states.state(session_status=session, charge_status=charge, due_at=due_at, now=NOW) is expected


def test_a_state_is_the_same_in_every_language():
    with override("en"):
        assert states.DUE in states.PAYABLE
    with override("zh-hans"):
        assert states.DUE in states.PAYABLE


def test_every_state_has_its_own_word_icon_and_place():
    assert len({state.code for state in states.ALL}) == len(states.ALL)
    assert len({str(state.word) for state in states.ALL}) == len(states.ALL)
    assert len({state.icon for state in states.ALL}) == len(states.ALL)
    assert len({state.rank for state in states.ALL}) == len(states.ALL)
