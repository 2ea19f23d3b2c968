"""Paid charges, a seller with its regime and rate, and the three issuers pointed at the sandbox."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from payments import charges, invoicing, issuers
from payments.invoicing import TitleData
from payments.models import Attempt, Charge, Invoice, Part, Regime, Seller, TaxRule
from sandbox.gateway.nuonuo import TAX_NUMBER

MINE = "user:1"


@pytest.fixture
def office(sandbox, settings, tmp_path):
    """The issuers, told where the sandbox is."""
    made = {}
    paths = {"nuonuo": "", "fiscal": "/fiscal", "local": "/local-issuer"}
    for code, setting in settings.INVOICE_ISSUERS.items():
        told = {"host": sandbox.url + paths[code], "read_timeout": 1.0}
        if code == "nuonuo":
            told |= {"token_host": sandbox.url, "token_file": str(tmp_path / "token")}
        made[code] = {**setting, "OPTIONS": {**setting["OPTIONS"], **told}}
    settings.INVOICE_ISSUERS = made
    issuers.forget()
    yield sandbox
    issuers.forget()


@pytest.fixture
def seller(db):
    return Seller.objects.create(
        name="咸宁停车", tax_number=TAX_NUMBER, clerk="张三", issuer="nuonuo", region="湖北省咸宁市咸安区"
    )


@pytest.fixture
def vat(seller):
    """Every road issues 数电票 at nine percent."""
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="vat", seller=seller)
    TaxRule.objects.create(seller=seller, valid_from=date(2020, 1, 1), method="general", rate=Decimal("0.09"))
    return seller


@pytest.fixture
def mine(db, now):
    return invoicing.keep(TitleData(kind="person", name="李四"), owner=MINE, now=now)


@pytest.fixture
def company(db, now):
    data = TitleData(kind="company", name="某某公司", tax_number="91350100M000100Y43")
    return invoicing.keep(data, owner=MINE, now=now)


@pytest.fixture
def paid(bill, now):
    """A charge that was paid over the counter, so that no gateway has a say in it."""

    def make(number="S1", amount_fen=1090, **other):
        charges.open_charge(bill(number=number, amount_fen=amount_fen, **other), now=now)
        pay(number, now=now)
        return number

    return make


def pay(number, *, now):
    charge = Charge.objects.get(number=number)
    attempt = Attempt.objects.create(
        number=f"P{number}",
        gateway="counter",
        kind="cash",
        taken_by="a",
        amount_fen=charge.amount_fen,
        status="succeeded",
        created_at=now,
        succeeded_at=now,
    )
    Part.objects.create(attempt=attempt, charge=charge, amount_fen=charge.amount_fen, in_flight=False)
    Charge.objects.filter(pk=charge.pk).update(status="settled", settled_at=now)


@pytest.fixture
def ask(mine, now):
    """Ask for the charges to the person's title."""

    def do(*numbers, title=None, email="", at=None):
        return invoicing.ask(
            numbers, owner=MINE, title_id=(title or mine).pk, email=email, language="zh-hans", now=at or now
        )

    return do


def states():
    """Serial-free view of all invoices in order: (red, status)."""
    return [(row.blue_id is not None, row.status) for row in Invoice.objects.order_by("pk")]


def documents(sandbox, *, red=False):
    """The numbers that the sandbox's bureau gave out."""
    rows = (row for _, row in sandbox.world.books.rows("invoices"))
    return [row["number"] for row in rows if row["number"] and row["red"] is red]


def go_on(now, *, until, seconds=0.0, step=3.0, most=60):
    """Let the worker work, a few of its seconds at a time, until something holds. Gives the moment it held."""
    import time

    for turn in range(most):
        moment = now + timedelta(seconds=seconds + turn * step)
        invoicing.work(now=moment)
        if until():
            return moment
        time.sleep(0.01)
    raise AssertionError(f"it never came: {states()} {list(Invoice.objects.values_list('code_said', 'reason'))}")
