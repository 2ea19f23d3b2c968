"""A driver's invoice in a real browser: pay, ask, receive, open; money back, and the red invoice appears."""

import re
import threading
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from parking import invoices
from payments import charges, collection, inbox, invoicing, issuers
from payments.invoicing import TitleData
from payments.models import Charge, Invoice, Regime, Seller, TaxRule
from tests.browser.test_every_page import faults
from tests.browser.test_journeys import pay_at_the_payers_page
from tests.payments.invoicing.conftest import office, pay  # noqa: F401

pytestmark = pytest.mark.usefixtures("town")


@pytest.fixture
def worker(office):  # noqa: F811
    """Does what the worker does: settles, issues, reverses, delivers."""
    stop = threading.Event()

    def work():
        while not stop.is_set():
            now = timezone.now()
            inbox.work(now=now)
            collection.chase(now=now)
            invoices.invoice_each_payment(now=now)
            invoicing.work(now=now)
            time.sleep(0.2)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()
    issuers.forget()


@pytest.fixture
def vat(transactional_db):
    seller = Seller.objects.create(
        name="Xianning Parking", tax_number="91421200MA00000001", clerk="张三", issuer="nuonuo", region="湖北省咸宁市"
    )
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="vat", seller=seller)
    TaxRule.objects.create(seller=seller, valid_from=date(2020, 1, 1), method="general", rate=Decimal("0.09"))


@pytest.fixture
def title(driver):
    data = TitleData(kind="company", name="Some Company", tax_number="91350100M000100Y43", email="a@example.com")
    return invoicing.keep(data, owner=invoices.owner_of(driver), now=timezone.now())


@pytest.mark.timeout(180)
def test_a_driver_pays_asks_in_four_taps_receives_opens_and_sees_the_red_one_after_a_refund(
    look, driver, till, vat, title, worker
):
    watched = look(user=driver).go("/driver/orders/")
    page = watched.page
    page.click("button[value=wechat]")
    pay_at_the_payers_page(page)
    page.wait_for_selector("text=支付成功")

    watched.troubles.clear()  # the payer's page has no icon
    watched.go("/driver/")
    watched.taps = 0
    watched.tap(".tabs >> text=我的")
    watched.tap("text=发票与月结单")
    watched.tap("text=开发票")
    watched.tap("text=提交开票申请")
    assert watched.taps <= 4

    page.wait_for_selector(".status:has-text('已开具')", timeout=20_000)
    page.wait_for_selector("text=PDF（查看打印）", timeout=20_000)
    number = Invoice.objects.get().number
    assert number in page.inner_text("main")
    opened = page.request.get(watched.base + page.get_attribute("a:has-text('PDF（查看打印）')", "href"))
    assert opened.body().startswith(b"%PDF")
    for _ in range(50):
        if mail.outbox:
            break
        time.sleep(0.1)
    assert mail.outbox[0].to == ["a@example.com"]

    link = re.search(r"/i/[^/]+/", mail.outbox[0].body)[0]
    guest = look().go(link)
    assert number in guest.page.inner_text("main")

    charge = Charge.objects.filter(status="settled", amount_fen__gt=0).order_by("pk")[0]
    charges.ask_refund(
        charge.number, amount_fen=charge.amount_fen, reason="多收", by="a", limit_fen=10_000, now=timezone.now()
    )
    for _ in range(100):
        if Invoice.objects.filter(blue__isnull=False, status="issued").exists():
            break
        time.sleep(0.1)
    page.reload()
    page.wait_for_selector(".status:has-text('已红冲')")
    page.click("text=查看红字发票")
    page.wait_for_selector("h1:has-text('红字发票')")
    assert "−5.00 元" in page.inner_text("main")
    watched.go("/driver/invoices/")
    page.wait_for_selector(".status:has-text('红字发票')")
    rest = Invoice.objects.get(replaces__isnull=False)
    assert rest.gross_fen == 500 - charge.amount_fen
    assert watched.troubles == []


@pytest.mark.timeout(120)
def test_with_the_switch_on_a_payment_needs_no_tap_at_all(look, driver, till, vat, title, worker):
    watched = look(user=driver).go("/driver/invoices/")
    watched.page.click("text=开启自动开票")
    watched.page.wait_for_selector("text=已开启")
    watched.go("/driver/orders/")
    watched.page.click("button[value=wechat]")
    pay_at_the_payers_page(watched.page)
    watched.page.wait_for_selector("text=支付成功")
    for _ in range(100):
        if Invoice.objects.filter(status="issued").exists():
            break
        time.sleep(0.1)
    watched.go("/driver/invoices/")
    watched.page.wait_for_selector(".status:has-text('已开具')")


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh-hans"), ("en", "en")])
@pytest.mark.timeout(180)
def test_an_issued_invoice_its_link_and_the_asking_shut_nobody_out(
    locale,
    language,
    look,
    driver,
    till,
    vat,
    title,
    office,  # noqa: F811
):
    numbers = list(Charge.objects.order_by("pk").values_list("number", flat=True))
    for number in numbers:
        pay(number, now=timezone.now())
    asked = invoicing.ask(
        numbers[:2], owner=invoices.owner_of(driver), title_id=title.pk, language=language, now=timezone.now()
    )
    for _ in range(20):
        invoicing.work(now=timezone.now() + timedelta(seconds=_ * 3))
        if Invoice.objects.filter(status="issued", fetch_at=None).exists():
            break
        time.sleep(0.05)
    serial = asked.serials[0]
    link = invoicing.make_link(serial, now=timezone.now())
    found = {}
    watched = look(user=driver, language=locale, phone=False).go("/driver/")
    paths = ["/driver/invoices/", f"/driver/invoices/{serial}/", "/driver/titles/", f"/driver/titles/{title.pk}/"]
    for path in [*paths, "/driver/invoices/ask/", f"/i/{link.token}/", "/i/gone/"]:
        watched.troubles.clear()
        wrong = faults(watched.go(path), language=language)
        if wrong:
            found[path] = wrong
    assert found == {}
