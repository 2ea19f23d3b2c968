"""Finance's desk: what to do next, the acts with a name, the accountant's tables, the export."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from openpyxl import load_workbook

from parking import roles
from parking.models import User
from payments import invoicing
from payments.admin.invoices import next_step
from payments.invoicing import demo
from payments.models import Invoice, IssuerHealth, Regime, Seller, TaxRule
from tests.payments.invoicing.conftest import go_on, states

pytestmark = pytest.mark.django_db
LIST = "/admin/payments/invoice/"


def signed_in(client, role):
    roles.grant()
    user = User.objects.create(username=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return client


def act(client, action):
    return client.post(LIST, {"action": action, "_selected_action": list(Invoice.objects.values_list("pk", flat=True))})


def test_who_only_looks_does_nothing(client, vat, ask, paid):
    ask(paid())
    act(signed_in(client, "operator"), "give_up")
    assert states() == [(False, "requested")]


def test_finance_gives_up_and_leaves_its_name(client, vat, ask, paid):
    ask(paid())
    act(signed_in(client, "finance"), "give_up")
    assert states() == [(False, "failed")]
    assert Invoice.objects.get().moves.last().by == "finance"


def test_finance_tries_a_refused_one_again_with_a_new_serial(client, office, vat, ask, paid, now):
    office.world.turn({"issue": "fail"})
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "failed")])
    act(signed_in(client, "finance"), "try_again")
    assert states() == [(False, "failed"), (False, "requested")]
    assert Invoice.objects.values("serial").distinct().count() == 2


def test_finance_reverses_what_was_wrong(client, office, vat, ask, paid, now):
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "issued")])
    act(signed_in(client, "finance"), "reverse")
    assert states() == [(False, "red_required")]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ({"status": "waiting_login"}, "重新登录"),
        ({"status": "failed", "retryable": True}, "重试"),
        ({"status": "failed"}, "新流水号"),
        ({"status": "failed", "number": "1"}, "红冲"),
        ({"status": "requested", "code_said": "NOT_SENT"}, "连不上"),
        ({"status": "red_pending", "code_said": "BUYER"}, "72 小时"),
        ({"status": "issued", "number": "1", "fetch_count": 30}, "文件"),
    ],
    ids=["login", "credit", "refused", "amount", "not sent", "buyer", "file"],
)
def test_each_trouble_says_what_to_do_next(row, word):
    assert word in str(next_step(Invoice(**row)))


def test_what_goes_well_asks_for_nothing():
    assert next_step(Invoice(status="issued", number="1")) == ""


def test_the_export_masks_persons_and_holds_no_formula(client, vat, ask, paid, company):
    ask(paid("S1"))
    ask(paid("S2"), title=company)
    answer = act(signed_in(client, "finance"), "as_csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["buyer"] for row in rows] == ["李**", "某某公司"]
    assert rows[0]["gross"] == "10.9"


def test_the_workbook_holds_numbers_no_formula_and_no_whole_name_of_a_person(client, vat, ask, paid, mine, now):
    ask(paid("S1", 1090))
    Invoice.objects.update(reason='=HYPERLINK("x")')
    answer = act(signed_in(client, "finance"), "as_xlsx")
    [sheet] = load_workbook(io.BytesIO(answer.content)).worksheets
    heads, line = sheet.iter_rows(values_only=True)
    told = dict(zip(heads, line, strict=True))
    assert (told["net"], told["tax"], told["gross"], told["rate"]) == (10.0, 0.9, 10.9, 0.09)
    assert (told["buyer"], told["reason"]) == ("李**", '\'=HYPERLINK("x")')
    assert sheet["K2"].number_format == "0.00"


def test_the_list_and_the_page_open_and_show_no_whole_name_of_a_person(client, vat, ask, paid):
    ask(paid())
    signed_in(client, "finance")
    assert client.get(LIST).status_code == 200
    page = client.get(f"{LIST}{Invoice.objects.get().pk}/change/").content.decode()
    assert "李四" not in page


def test_the_issuers_list_says_what_to_do(client, now):
    IssuerHealth.objects.create(issuer="nuonuo", login_holds=False, told_at=now)
    IssuerHealth.objects.create(issuer="local", credit_left_fen=1, credit_total_fen=100, told_at=now)
    page = signed_in(client, "finance").get("/admin/payments/issuerhealth/").content.decode()
    assert "重新登录" in page
    assert "不到两成" in page


def test_a_rule_in_force_is_changed_no_more_and_a_coming_one_is(client, vat, now):
    TaxRule.objects.create(seller=vat, valid_from=now.date() + timedelta(days=9), method="general", rate="0.06")
    signed_in(client, "finance")
    past, coming = TaxRule.objects.order_by("valid_from")
    for rule, rate in ((past, "0.0900"), (coming, "0.0500")):
        told = {"seller": vat.pk, "valid_from": rule.valid_from, "method": "general", "rate": "0.05", "policy": ""}
        client.post(f"/admin/payments/taxrule/{rule.pk}/change/", told)
        rule.refresh_from_db()
        assert str(rule.rate) == rate


def test_an_issuer_that_the_settings_dont_know_is_refused(client):
    told = {"name": "甲", "tax_number": "T9", "clerk": "乙", "issuer": "nobody", "region": "湖北省"}
    page = signed_in(client, "finance").post("/admin/payments/seller/add/", told).content.decode()
    assert "没有这个开票服务商" in page
    assert not Seller.objects.exists()


def test_the_demonstration_can_issue(office, ask, paid, now):
    assert demo.furnish()
    assert not demo.furnish()
    assert Regime.objects.get().valid_from == date(2026, 1, 1)
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "issued")])
    assert invoicing.offers(["S1"], now=now) == []
    call_command("check", verbosity=0)
