"""The finance desk: who may see it, what it shows, what is decided there and by whom."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from openpyxl import load_workbook

from parking import roles
from parking.models import User
from payments import charges, dunning, reconciliation
from payments.domain.bill import Bill, BillLine
from tests import street
from tests.payments.conftest import _sandbox, keys_folder, sandbox

__all__ = ["_sandbox", "keys_folder", "sandbox"]

pytestmark = pytest.mark.django_db

PAGES = ("income", "ageing", "ledger", "days", "waiting", "charge", "rules")


@pytest.fixture
def desk(client):
    """Sign in with a role; gives the client."""
    roles.grant()

    def enter(role, *, name=""):
        user = User.objects.create_user(username=name or role, password="x", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return enter


@pytest.fixture
def owed():
    """A charge of three yuan, and how to make another."""
    now = datetime.now(UTC).replace(microsecond=0)

    def make(number="S1", fen=300):
        line = BillLine(from_at=now, to_at=now, rule="计时", rule_en="By time", amount_fen=fen)
        charges.open_charge(
            Bill(
                number=number, scope="A", spot="A01", place="甲路 A01", plate="鄂L12345", plate_color="blue",
                from_at=now, to_at=now, amount_fen=fen, currency="CNY", lines=(line,), tariff_code="flat",
                tariff_version=1,
            ),
            now=now,
        )  # fmt: skip
        return number

    return make


def act(client, number, **told):
    return client.post(f"/admin/finance/charge/?number={number}", told, follow=True).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_door_and_a_reviewer_away(page, client, desk):
    assert client.get(f"/admin/finance/{page}/").status_code == 302
    assert desk("reviewer").get(f"/admin/finance/{page}/").status_code == 403


def test_who_may_only_look_can_do_nothing(desk, owed):
    number = owed()
    client = desk("operator")
    assert client.get(f"/admin/finance/charge/?number={number}").status_code == 200
    assert client.post(f"/admin/finance/charge/?number={number}", {"deed": "cash"}).status_code == 403
    assert client.post("/admin/finance/waiting/", {"deed": "refund", "key": "x"}).status_code == 403
    assert client.post("/admin/finance/rules/", {"deed": "limit"}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_and_shows_no_whole_plate(page, language, desk, owed):
    number = owed()
    charges.take_cash([number], by="clerk", now=timezone.now())
    answer = desk("finance").get(f"/admin/finance/{page}/?number={number}", headers={"accept-language": language})
    assert answer.status_code == 200
    assert "鄂L12345" not in answer.content.decode()


@pytest.mark.parametrize(("language", "road"), [("zh-hans", "A 甲路"), ("en", "A A Street")])
def test_roads_are_told_by_name_in_the_readers_language(language, road, desk, owed):
    street.build()
    charges.take_cash([owed("S1")], by="clerk", now=timezone.now())
    owed("S2")
    client = desk("finance")
    for page in ("income", "ageing"):
        shown = client.get(f"/admin/finance/{page}/", headers={"accept-language": language}).content.decode()
        assert f">{road}</td>" in shown


def test_states_of_refunds_and_roles_are_told_in_words(desk, owed):
    number = owed()
    charges.take_cash([number], by="clerk", now=timezone.now())
    charges.ask_refund(number, amount_fen=100, reason="多收", by="ann", limit_fen=0, now=timezone.now())
    client = desk("finance")
    shown = client.get(f"/admin/finance/charge/?number={number}").content.decode()
    assert "待复核" in shown
    assert "requested" not in shown
    assert "客服（元）" in client.get("/admin/finance/rules/").content.decode()


@pytest.mark.parametrize("page", ["income", "ledger"])
@pytest.mark.parametrize("query", ["from=2026-13-01", "from=2026-11-02&to=2026-11-01", "from=2020-01-01&to=2026-01-01"])
def test_a_period_that_is_none_is_named_and_the_page_still_opens(page, query, desk):
    answer = desk("finance").get(f"/admin/finance/{page}/?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize("page", ["income", "ageing", "ledger", "days"])
def test_a_page_is_also_a_file_without_a_plate(page, desk, owed):
    charges.take_cash([owed("S1")], by="clerk", now=timezone.now())
    owed("S2")
    client = desk("finance")
    told = client.get(f"/admin/finance/{page}/?format=csv")
    assert told["Content-Disposition"].endswith(f'finance-{page}.csv"')
    assert "鄂L12345" not in told.content.decode()
    book = load_workbook(io.BytesIO(client.get(f"/admin/finance/{page}/?format=xlsx").content))
    assert book.worksheets[0].max_row >= 1


def test_the_income_is_told_by_road_channel_and_clerk(desk, owed):
    charges.take_cash([owed()], by="clerk", now=timezone.now())
    book = load_workbook(io.BytesIO(desk("finance").get("/admin/finance/income/?format=xlsx").content))
    income, tills = [list(sheet.values)[1] for sheet in book.worksheets]
    assert income[1:] == ("A", "现金", 1, 3, 0, 3)
    assert tills[1:] == ("clerk", 1, 3)


def test_the_ageing_says_what_is_not_due_yet(desk, owed):
    owed()
    book = load_workbook(io.BytesIO(desk("finance").get("/admin/finance/ageing/?format=xlsx").content))
    assert list(book.worksheets[0].values)[1] == ("A", 1, 3, 0, 0, 0, 0, 3)


@pytest.mark.parametrize(
    ("told", "field"),
    [({"deed": "refund", "reason": "多收"}, "3.50"), ({"deed": "waive"}, "原因"), ({"deed": "reduce"}, "原因")],
)
def test_what_is_missing_is_named_and_nothing_is_done(told, field, desk, owed):
    number = owed()
    assert field in act(desk("finance"), number, **told)
    assert charges.views([number])[number].due_fen == 300


def test_cash_a_waiver_and_a_write_off_are_done_from_the_desk(desk, owed):
    client = desk("finance")
    assert "收据号" in act(client, owed("S1"), deed="cash")
    act(client, owed("S2"), deed="waive", reason="误收")
    act(client, owed("S3"), deed="reduce", amount="1.00", reason="半价")
    assert "另一人" in act(client, owed("S4"), deed="write_off", reason="车主失联")
    found = charges.views(["S1", "S2", "S3", "S4"])
    assert [found[number].status for number in ("S1", "S2", "S3", "S4")] == ["settled", "waived", "open", "open"]
    assert found["S3"].due_fen == 200


def test_a_refund_above_the_roles_limit_waits_for_another_person(desk, owed):
    charges.take_cash([owed("S1", fen=50_000)], by="clerk", now=timezone.now())
    first = desk("finance", name="first")
    assert "限额" in act(first, "S1", deed="refund", amount="300.00", reason="多收")
    (waiting,) = charges.refunds_waiting()
    told = {"deed": "refund", "key": waiting.number, "agreed": "yes"}
    first.post("/admin/finance/waiting/", told)
    assert len(charges.refunds_waiting()) == 1
    desk("finance", name="second").post("/admin/finance/waiting/", told)
    assert charges.refunds_waiting() == []
    assert charges.refunds_of(["S1"])["S1"][0].status == "approved"


def test_a_write_off_is_decided_by_another_person(desk, owed):
    act(desk("finance", name="first"), owed(), deed="write_off", reason="失联")
    told = {"deed": "write_off", "key": "S1", "agreed": "yes"}
    desk("finance", name="second").post("/admin/finance/waiting/", told)
    assert charges.views(["S1"])["S1"].status == "written_off"


def test_rules_are_previewed_then_set_and_refused_when_they_make_no_sense(desk):
    client = desk("manager")
    told = {
        "notice": "on", "due_days": 10, "urge_days": "0, 5", "final_days": 20, "quiet_from": "21:00",
        "quiet_to": "08:00", "per_plate_a_week": 1,
    }  # fmt: skip
    client.post("/admin/finance/rules/", {**told, "deed": "keep", "urge_days": "9, 3"})
    client.post("/admin/finance/rules/", {**told, "deed": "preview"})
    assert dunning.policy().due_days == 30
    client.post("/admin/finance/rules/", {**told, "deed": "keep"})
    assert (dunning.policy().due_days, dunning.policy().urge_days) == (10, (0, 5))


def test_a_limit_is_set_by_who_may(desk):
    client = desk("manager")
    client.post("/admin/finance/rules/", {"deed": "limit", "role": "finance", "limit": "-1"})
    client.post("/admin/finance/rules/", {"deed": "limit", "role": "nobody", "limit": "5"})
    assert charges.refund_limit(["finance"]) == 20_000
    client.post("/admin/finance/rules/", {"deed": "limit", "role": "finance", "limit": "5.00"})
    assert charges.refund_limit(["finance"]) == 500


def test_a_day_is_looked_at_and_closed_by_a_person(sandbox, desk):
    day = timezone.now().astimezone(reconciliation.SHANGHAI).date() - timedelta(days=1)
    client = desk("finance")
    assert client.get(f"/admin/finance/days/wechat/{day}/").status_code == 404
    assert client.get("/admin/finance/days/wechat/nonsense/").status_code == 404
    reconciliation.reconcile(gateway="wechat", day=day - timedelta(days=9), now=timezone.now())
    (told,) = reconciliation.days()
    address = f"/admin/finance/days/wechat/{told.day}/"
    assert "没有差异" in client.get(address).content.decode()
    client.post(address, {"deed": "close"})
    closed = reconciliation.day(gateway="wechat", on=told.day)
    assert closed is not None
    assert closed.closed_by == "finance"
    assert isinstance(told.day, date)
