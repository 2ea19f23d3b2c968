from datetime import timedelta

import pytest
from django.template import Context, Template
from django.utils.translation import override

from parking import wording
from parking.pages import look
from tests.street import at


def drawn(source, **context):
    return Template(source).render(Context(context)).strip()


@pytest.mark.parametrize(
    ("fen", "chinese", "other"),
    [
        (0, "0.00 元", "¥0.00"),
        (350, "3.50 元", "¥3.50"),
        (-5, "−0.05 元", "−¥0.05"),
        (123456789, "1,234,567.89 元", "¥1,234,567.89"),
    ],
)
def test_money_always_has_its_unit(fen, chinese, other):
    with override("zh-hans"):
        assert wording.yuan(fen) == chinese
    with override("en"):
        assert wording.yuan(fen) == other


def test_an_unknown_amount_is_a_dash_not_a_nought():
    assert "—" in look.money(None)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=59), "0 分钟"),
        (timedelta(minutes=42, seconds=59), "42 分钟"),
        (timedelta(hours=1), "1 小时"),
        (timedelta(hours=1, minutes=5), "1 小时 5 分"),
        (timedelta(days=38, hours=3), "38 天 3 小时"),
        (timedelta(seconds=-5), "0 分钟"),
    ],
)
def test_a_length_of_time_is_said_in_whole_minutes(span, words):
    with override("zh-hans"):
        assert look.long(span) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (at("10:48"), "今天 10:48"),
        (at("00:00"), "今天 00:00"),
        (at("23:59", day="2026-11-19"), "昨天 23:59"),
        (at("08:00", day="2026-11-21"), "明天 08:00"),
        (at("08:00", day="2026-11-02"), "11月2日 08:00"),
        (at("08:00", day="2025-11-02"), "2025年11月2日 08:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment, words):
    with override("zh-hans"):
        assert look.spoken(moment, now=at("12:00")) == words


def test_a_plate_is_drawn_in_its_colour_and_spelt_for_those_who_listen():
    html = drawn("{% plate '鄂L12345' 'blue' %}")
    assert 'class="plate blue"' in html
    assert "鄂L·12345" in html
    assert "鄂 L 1 2 3 4 5" in html


def test_a_colour_that_is_none_does_not_reach_the_page():
    assert 'class="plate unknown"' in drawn("{% plate number color %}", number="鄂L12345", color='"><script>')


def test_what_a_device_read_is_escaped():
    assert "<script>" not in drawn("{% plate number 'blue' %}", number="<script>")
