"""Our edition of Django's PostgreSQL backend says the same as psycopg, only sooner."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from django.db import DataError, connection
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
# A day from either end, so that no zone carries them over it.
moments = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.just(UTC) | st.just(timezone(timedelta(hours=8))),
)


def back(values: list[Any], type_: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{type_}[]", [values])
        return list(cursor.fetchone()[0])


@given(st.lists(st.none() | texts))
def test_texts_come_back_as_they_went(values: list[str | None]) -> None:
    assert back(values, "text") == values


@given(st.lists(st.none() | moments))
def test_moments_come_back_as_they_went(values: list[datetime | None]) -> None:
    assert back(values, "timestamptz") == values


@pytest.mark.parametrize(
    ("values", "type_"),
    [
        ([], "text"),
        ([None, None], "bigint"),
        (["", "NULL", "null", "{}", 'a"b\\c', "a,b", "换\n行"], "text"),
        ([1, None, -(2**63), 2**63 - 1], "bigint"),
        ([True, None, False], "boolean"),
        ([0.1, None, float("inf"), -1e300], "double precision"),
        ([UUID(int=7), None], "uuid"),
        ([["a", None], ["b", "c"]], "text"),
    ],
)
def test_each_kind_of_list_comes_back_as_it_went(values: list[Any], type_: str) -> None:
    assert back(values, type_) == values


def test_a_text_that_holds_nul_is_refused_by_name() -> None:
    with pytest.raises((DataError, ValueError), match="NUL"):
        back(["a", "b\0c"], "text")


def test_lists_of_mixed_types_are_refused() -> None:
    with pytest.raises(DataError, match="mixed types"):
        back(["a", 1], "text")


@pytest.mark.parametrize("largest", [1, 40_000, 3_000_000_000])
def test_a_list_of_numbers_needs_no_cast_whatever_their_size(largest: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM unnest(%s) AS t(n) WHERE n = %s", [[largest, None], largest])
        assert cursor.fetchone() == (1,)


def test_a_moment_is_read_with_the_zone_of_the_session() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT timestamptz '2026-11-24 08:00:00.5+08'")
        assert cursor.fetchone()[0] == datetime(2026, 11, 24, 0, 0, 0, 500_000, UTC)


def test_what_is_no_moment_of_python_is_refused_as_psycopg_refuses_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT timestamptz 'infinity'")
        with pytest.raises(DataError, match="timestamp too large"):
            cursor.fetchone()
