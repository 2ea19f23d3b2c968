"""The report of a day says what the tables say, prints, and goes out once to each."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from openpyxl import load_workbook

from parking.figures import rolling
from parking.models import ReportRecipient, ReportSent, User
from parking.reports import building, sending, writing
from tests import street
from tests.parking.figures.conftest import charge_of, pay
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db
MORNING = at("07:10", day="2026-11-21")


@pytest.fixture
def day():
    street.build()
    say(event("08:30", "arrival", plate=PLATE), event("10:00", "departure", plate=PLATE))
    fold(now=at("12:00"), later=600)
    pay(charge_of(), when=at("13:00"))
    rolling.sweep(now=MORNING)


def build(name="2026-11-20"):
    return building.build(building.period(name, now=MORNING), now=MORNING)


@pytest.mark.parametrize("name", ["", "yesterday", "2026", "2026-13", "2026-11-31", "2026-11-22", "2026-12", "0001-01"])
def test_no_report_of_what_is_no_period_or_has_not_begun(name):
    with pytest.raises(building.NoPeriod):
        building.period(name, now=MORNING)


def test_a_month_is_half_open():
    month = building.period("2026-11", now=MORNING)
    assert (month.from_at, month.to_at) == (at("00:00", day="2026-11-01"), at("00:00", day="2026-12-01"))


def test_each_table_says_what_happened(day):
    roads, tariffs, channels, kinds = build().tables
    row = dict(zip(roads.heads, roads.rows[0], strict=True))
    assert (row["路段"], row["停车次数"], row["应收金额"], row["实收"]) == ("甲路", "1", "3.00 元", "3.00 元")
    assert tariffs.rows == [["flat", 1, 1, "3.00 元", 0]]
    assert channels.rows == [["微信支付", 1, "3.00 元", "0.00 元", "3.00 元"]]
    assert kinds.rows == [["高位视频", 1, 1, 0, 1]]


def test_the_workbook_has_a_sheet_a_table(day):
    book = load_workbook(io.BytesIO(writing.xlsx(build())))
    assert book.sheetnames == ["2026-11-20", "按路段", "按计费规则", "按支付渠道", "按设备类型"]


def test_the_pdf_is_one_and_holds_no_plate(day):
    data = writing.pdf(build())
    assert data.startswith(b"%PDF-")
    assert PLATE.encode() not in data


@pytest.fixture
def city(client, day):
    user = User.objects.create(username="city")
    user.groups.add(Group.objects.create(name="city"))
    client.force_login(user)
    return client


def test_a_stranger_is_asked_for_a_name(client):
    assert client.get("/city/reports/").url.startswith("/city/sign-in/")


def test_a_wrong_day_is_told_beside_the_field(city):
    answer = city.get("/city/reports/?period=tomorrow")
    assert answer.status_code == 422
    assert "请填写已经开始的一天" in answer.content.decode()


def test_the_page_and_its_files(city):
    html = city.get("/city/reports/?period=2026-11-20").content.decode()
    assert "3.00 元" in html
    assert PLATE not in html
    assert city.get("/city/reports/?period=2026-11-20&format=pdf").content.startswith(b"%PDF-")
    assert city.get("/city/reports/?period=2026-11-20&format=xlsx").content.startswith(b"PK")


def test_it_goes_out_once_to_each_in_their_language(day):
    ReportRecipient.objects.create(email="zh@example.org")
    ReportRecipient.objects.create(email="en@example.org", language="en")
    ReportRecipient.objects.create(email="no@example.org", daily=False)
    assert sending.send_due(now=MORNING) == 2
    assert sending.send_due(now=MORNING) == 0
    english, chinese = sorted(mail.outbox, key=lambda each: each.to)
    assert "Daily report 2026-11-20" in english.subject
    assert "日报 2026-11-20" in chinese.subject
    assert [name for name, _data, _kind in chinese.attachments] == ["2026-11-20.pdf", "2026-11-20.xlsx"]


def test_on_the_first_of_a_month_last_months_comes_too():
    assert sending.due(now=at("07:10", day="2026-12-01")) == ["2026-11-30", "2026-11"]
    assert sending.due(now=MORNING) == ["2026-11-20"]


def test_a_failure_is_kept_and_tried_again_three_times(day, settings):
    settings.EMAIL_BACKEND = "no.such.Backend"
    ReportRecipient.objects.create(email="zh@example.org")
    for _ in range(5):
        assert sending.send_due(now=MORNING) == 0
    row = ReportSent.objects.get()
    assert (row.tries, row.sent_at) == (3, None)
    assert row.error
