from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.domain.dunning import SHANGHAI, Policy

_from = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "data",
    [
        {"due_day": 3},
        {"due_days": -1},
        {"urge_days": [10, 5]},
        {"urge_days": [5, 5]},
        {"urge_days": [0, 50], "final_days": 45},
        {"quiet_from": "25:00"},
    ],
)
def test_a_ladder_that_cannot_be_is_refused(data):
    with pytest.raises(ValueError, match=r".+"):
        Policy.from_data(data)


def test_the_default_ladder_is_beijings():
    rules = Policy()
    due = rules.due_at(opened_at=NOON)
    assert due - NOON == timedelta(days=30)
    assert [rules.stage_at(due_at=due, stage=stage) - due for stage in (0, 1, 2)] == [
        timedelta(),
        timedelta(days=15),
        timedelta(days=45),
    ]
    assert [rules.is_final(stage=stage) for stage in (0, 1, 2)] == [False, False, True]


@pytest.mark.parametrize(
    ("at", "awake"),
    [("20:59", "20:59"), ("21:00", "+08:30"), ("03:00", "08:30"), ("08:29", "08:30"), ("08:30", "08:30")],
)
def test_quiet_hours_wait_for_the_morning(at, awake):
    asked = datetime.combine(NOON.date(), time.fromisoformat(at), tzinfo=SHANGHAI)
    day = NOON.date() + timedelta(days=awake.startswith("+"))
    assert Policy().awake(at=asked) == datetime.combine(day, time.fromisoformat(awake.strip("+")), tzinfo=SHANGHAI)


@given(st.datetimes(min_value=_from, max_value=_from.replace(year=2027)))
def test_nothing_ever_goes_out_in_quiet_hours_and_nothing_is_brought_forward(moment):
    at = moment.replace(tzinfo=UTC)
    awake = Policy().awake(at=at)
    assert awake >= at
    assert time(8, 30) <= awake.astimezone(SHANGHAI).time() < time(21, 0)
    assert Policy().awake(at=awake) == awake
