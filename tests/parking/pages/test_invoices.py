"""A driver's invoice pages: refusals first, then asking, following, sending on."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from parking import invoices
from parking.models import ParkingSession, User, Vehicle
from payments import invoicing
from payments.invoicing import TitleData
from payments.models import AutoInvoice, Charge, Invoice, Regime, Seller, TaxRule, Title
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.payments.invoicing.conftest import go_on, office, pay  # noqa: F401
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db
COMPANY_NUMBER = "91350100M000100Y43"


@pytest.fixture
def vat(db):
    seller = Seller.objects.create(
        name="咸宁停车", tax_number="91421200MA00000001", clerk="张三", issuer="nuonuo", region="湖北省咸宁市咸安区"
    )
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="vat", seller=seller)
    TaxRule.objects.create(seller=seller, valid_from=date(2020, 1, 1), method="general", rate=Decimal("0.09"))


@pytest.fixture
def paid(vat, car, park):
    """A paid stay of the driver's car; gives its number."""

    def make(arrived="08:00", left="09:10", *, berth="A01", plate=PLATE):
        park(at(arrived), at(left), berth=berth, plate=plate)
        number = ParkingSession.objects.order_by("-pk").values_list("number", flat=True)[0]
        pay(number, now=timezone.now())
        return number

    return make


@pytest.fixture
def title(driver):
    data = TitleData(kind="person", name="李四", email="a@example.com")
    return invoicing.keep(data, owner=invoices.owner_of(driver), now=timezone.now())


@pytest.fixture
def issued(office, paid, title, browser):  # noqa: F811
    number = paid()
    browser.post("/driver/invoices/ask/", {"number": number, "title": title.pk})
    go_on(timezone.now(), until=lambda: Invoice.objects.filter(status="issued", fetch_at=None).exists())
    return Invoice.objects.get()


@pytest.fixture
def stranger():
    client = Client()
    client.force_login(User.objects.create(username="stranger", phone="13900000000"))
    return client


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["invoices/", "invoices/ask/", "titles/", "titles/add/", "statements/2026-11.pdf"],
)
def test_nobody_reads_invoices_without_signing_in(path, db):
    assert Client().get(f"/driver/{path}")["Location"].startswith("/driver/sign-in/")


def test_anothers_invoice_is_not_found_whatever_is_done_to_it(issued, stranger):
    base = f"/driver/invoices/{issued.serial}/"
    for path in ("", "now/", "files/pdf/", "breakdown.pdf"):
        assert stranger.get(base + path).status_code == 404
    assert stranger.post(base + "send/", {"email": "x@example.com"}).status_code == 404
    assert stranger.post(base + "link/").status_code == 404
    assert not mail.outbox or mail.outbox[-1].to != ["x@example.com"]


def test_anothers_title_is_not_found(title, stranger):
    assert stranger.get(f"/driver/titles/{title.pk}/").status_code == 404
    for act in ("default", "remove"):
        assert stranger.post(f"/driver/titles/{title.pk}/{act}/").status_code == 404


def test_anothers_order_is_not_invoiced_to_me(paid, title, browser, car):
    number = paid(plate=OTHER_PLATE)
    answer = browser.post("/driver/invoices/ask/", {"number": number, "title": title.pk})
    assert answer.status_code == 422
    assert "请至少选择一笔" in answer.content.decode()
    assert not Invoice.objects.exists()


def test_anothers_title_takes_no_invoice_of_mine(paid, title, browser, stranger):
    number = paid()
    other = User.objects.get(username="stranger")
    theirs = invoicing.keep(TitleData(kind="person", name="王五"), owner=invoices.owner_of(other), now=timezone.now())
    answer = browser.post("/driver/invoices/ask/", {"number": number, "title": theirs.pk})
    assert answer.status_code == 422
    assert not Invoice.objects.exists()


def test_a_wrong_tax_number_is_explained_at_its_field_and_nothing_is_lost(browser, driver):
    answer = browser.post(
        "/driver/titles/add/", {"kind": "company", "name": "某某公司", "tax_number": "91350100M000100Y44"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_tax_number"' in page
    assert "最后一位与前面对不上" in page
    assert 'value="91350100M000100Y44"' in page
    assert not Title.objects.exists()


@pytest.mark.parametrize("text", ["not a mailbox", "a@", "a b@example.com"])
def test_a_wrong_mailbox_is_explained(text, issued, browser):
    mail.outbox.clear()
    answer = browser.post(f"/driver/invoices/{issued.serial}/send/", {"email": text})
    assert answer.status_code == 422
    assert "不像一个邮箱地址" in answer.content.decode()


@pytest.mark.parametrize("query", ["month=2026-13", "month=x", "number=%00", "before=x", "month=2026-1"])
def test_a_strange_address_breaks_nothing(query, paid, browser, title):
    paid()
    assert browser.get(f"/driver/invoices/ask/?{query}").status_code == 200
    assert browser.get(f"/driver/invoices/?{query}").status_code == 200


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "1-1"])
def test_a_month_that_isnt_one_has_no_statement(month, browser, driver):
    assert browser.get(f"/driver/statements/{month}.pdf").status_code == 404


# --- asking ---------------------------------------------------------------------------------------------------------


def test_all_that_was_paid_is_chosen_already(paid, title, browser):
    numbers = [paid(), paid("10:00", "10:40", berth="A02")]
    page = browser.get("/driver/invoices/ask/").content.decode()
    assert page.count(" checked") == 3
    browser.post("/driver/invoices/ask/", {"number": numbers, "title": title.pk})
    invoice = Invoice.objects.get()
    assert (invoice.gross_fen, invoice.email, invoice.owner) == (500, "a@example.com", f"user:{User.objects.get().pk}")


def test_without_a_title_the_first_one_is_written_on_the_way(paid, browser, driver):
    number = paid()
    told = {"number": number, "kind": "company", "name": "某某公司", "tax_number": COMPANY_NUMBER}
    assert browser.post("/driver/invoices/ask/", told).status_code == 302
    assert Invoice.objects.get().buyer_tax_number == COMPANY_NUMBER
    assert Title.objects.get().is_default


def test_asking_twice_says_that_it_was_asked_for(paid, title, browser):
    number = paid()
    told = {"number": number, "title": title.pk}
    browser.post("/driver/invoices/ask/", told)
    assert browser.post("/driver/invoices/ask/", told).status_code == 422
    assert Invoice.objects.count() == 1


def test_a_month_narrows_the_choice(paid, title, browser):
    paid()
    assert 'name="number"' in browser.get("/driver/invoices/ask/?month=2026-11").content.decode()
    assert "没有可以开票的停车费" in browser.get("/driver/invoices/ask/?month=2026-10").content.decode()


def test_a_paid_order_leads_to_its_invoice(paid, title, browser):
    number = paid()
    assert "开发票" in browser.get(f"/driver/orders/{number}/").content.decode()
    browser.post("/driver/invoices/ask/", {"number": number, "title": title.pk})
    assert "查看发票" in browser.get(f"/driver/orders/{number}/").content.decode()


# --- following ------------------------------------------------------------------------------------------------------


def test_its_page_tells_how_it_stands_and_asks_again_by_itself(paid, title, browser):
    browser.post("/driver/invoices/ask/", {"number": paid(), "title": title.pk})
    page = browser.get(f"/driver/invoices/{Invoice.objects.get().serial}/").content.decode()
    assert "开票中" in page
    assert "every 3s" in page


def test_an_issued_one_opens_as_the_issuer_made_it(issued, browser):
    page = browser.get(f"/driver/invoices/{issued.serial}/").content.decode()
    assert issued.number in page
    assert "every 3s" not in page
    for document in issued.documents.all():
        answer = browser.get(f"/driver/invoices/{issued.serial}/files/{document.kind}/")
        assert answer.content == bytes(document.body)
        assert answer["X-Content-SHA256"] == document.sha256


def test_it_is_mailed_on_and_the_log_masks_the_mailbox(issued, browser):
    mail.outbox.clear()
    browser.post(f"/driver/invoices/{issued.serial}/send/", {"email": "boss@example.com"})
    invoicing.work(now=timezone.now())
    assert mail.outbox[0].to == ["boss@example.com"]
    page = browser.get(f"/driver/invoices/{issued.serial}/now/").content.decode()
    assert "b***@example.com" in page
    assert "boss@example.com" not in page


def test_a_link_opens_for_anyone_and_only_what_it_leads_to(issued, browser):
    page = browser.post(f"/driver/invoices/{issued.serial}/link/").content.decode()
    token = page.partition("/i/")[2].partition("/")[0]
    guest = Client()
    shown = guest.get(f"/i/{token}/").content.decode()
    assert issued.number in shown
    assert PLATE not in shown
    assert guest.get(f"/i/{token}/pdf/").content.startswith(b"%PDF")
    assert guest.get(f"/i/{token}/breakdown.pdf").content.startswith(b"%PDF")
    assert guest.get("/i/nothing/").status_code == 404
    assert guest.get("/i/nothing/pdf/").status_code == 404
    assert "链接已失效" in guest.get("/i/nothing/").content.decode()


def test_the_month_prints(paid, browser):
    paid()
    answer = browser.get("/driver/statements/2026-11.pdf")
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Type"] == "application/pdf"


# --- titles and the switch ------------------------------------------------------------------------------------------


def test_a_title_is_changed_and_old_invoices_keep_theirs(issued, title, browser):
    browser.post(f"/driver/titles/{title.pk}/", {"kind": "person", "name": "李思"})
    assert Title.objects.get().name == "李思"
    assert Invoice.objects.get().buyer_name == "李四"


def test_the_switch_wants_a_title_first(browser, driver):
    assert browser.post("/driver/invoices/auto/", {"on": "yes"})["Location"] == "/driver/titles/add/"
    assert not AutoInvoice.objects.exists()


def test_with_the_switch_on_each_payment_is_invoiced_once(paid, title, browser, driver):
    browser.post("/driver/invoices/auto/", {"on": "yes"})
    AutoInvoice.objects.update(since_at=at("00:00"))
    Vehicle.objects.update(verified_at=at("00:00"))
    paid()
    assert invoices.invoice_each_payment(now=timezone.now()) == 1
    assert invoices.invoice_each_payment(now=timezone.now()) == 0
    assert Invoice.objects.get().moves.get().by == "auto"


def test_what_was_paid_before_the_switch_is_left_alone(paid, title, browser):
    number = paid()
    Charge.objects.filter(number=number).update(settled_at=timezone.now() - timedelta(hours=1))
    browser.post("/driver/invoices/auto/", {"on": "yes"})
    assert invoices.invoice_each_payment(now=timezone.now()) == 0


def test_the_sweep_invoices_nothing_of_a_car_whose_holder_isnt_proved(paid, title, browser):
    browser.post("/driver/invoices/auto/", {"on": "yes"})
    AutoInvoice.objects.update(since_at=at("00:00"))
    paid()
    Vehicle.objects.update(verified_at=None)
    assert invoices.invoice_each_payment(now=timezone.now()) == 0


def test_the_switch_goes_off(title, browser):
    browser.post("/driver/invoices/auto/", {"on": "yes"})
    browser.post("/driver/invoices/auto/", {"on": "no"})
    assert not AutoInvoice.objects.get().on
