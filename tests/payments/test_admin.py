"""The finance desk opens, shows no plate whole, and lets nobody touch the ledger."""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model

from parking.roles import DESK
from payments import charges, collection
from payments.models import Attempt, Charge, Entry, Refund
from tests.payments.invoicing.test_desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    user = get_user_model().objects.create_superuser(username="finance", password="x")
    client.force_login(user)
    return client


@pytest.fixture
def money(sandbox, bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    return told.number


def pages():
    return [model for model in admin.site._registry if model._meta.app_label == "payments"]


@pytest.mark.parametrize("model", pages(), ids=lambda model: model.__name__)
def test_a_stranger_is_sent_away(model, client):
    assert client.get(f"/admin/payments/{model.__name__.lower()}/").status_code == 302


# The accountant's own tables: who issues, which document a road gets, at which rate. Nobody else knows them, so
# they are entered at the desk; what was issued by them is kept with each invoice.
ENTERED = {"Seller", "Regime", "TaxRule"}


@pytest.mark.parametrize("role", sorted(set(DESK) - {"finance"}))
@pytest.mark.parametrize("name", sorted(ENTERED))
def test_only_finance_enters_the_accountants_tables(name, role, client):
    assert signed_in(client, role).get(f"/admin/payments/{name.lower()}/add/").status_code == 403
    assert signed_in(client, "finance").get(f"/admin/payments/{name.lower()}/add/").status_code == 200


@pytest.mark.parametrize(
    "model", [model for model in pages() if model.__name__ not in ENTERED], ids=lambda model: model.__name__
)
def test_nothing_can_be_added_or_deleted_by_hand(model, desk):
    for page in ("add/", "1/delete/"):
        assert desk.get(f"/admin/payments/{model.__name__.lower()}/{page}").status_code in (302, 403, 404)


@pytest.mark.parametrize("model", pages(), ids=lambda model: model.__name__)
def test_every_list_and_page_opens_without_a_whole_plate(model, desk, money):
    path = f"/admin/payments/{model.__name__.lower()}/"
    answers = [desk.get(path)]
    answers += [desk.get(f"{path}{row.pk}/change/") for row in model._default_manager.all()[:2]]
    for answer in answers:
        assert answer.status_code == 200
        assert "鄂L12345" not in answer.content.decode()


def test_a_posted_change_changes_nothing(desk, money):
    for row in (Charge.objects.get(), Attempt.objects.get(), Entry.objects.all()[0]):
        name = type(row).__name__.lower()
        assert desk.post(f"/admin/payments/{name}/{row.pk}/change/", {"status": "void"}).status_code == 403


def test_the_one_who_asked_for_a_refund_cannot_agree_to_it(desk, money, now):
    from payments.gateways.base import Fact, FactKind, State

    attempt = Attempt.objects.get()
    paid = Fact(
        gateway="wechat",
        kind=FactKind.PAYMENT,
        our_number=attempt.number,
        reference="T",
        state=State.SUCCEEDED,
        amount_fen=500,
        at=now,
        event_id="",
    )
    collection.settle(paid, source="query", now=now)
    asked = charges.ask_refund(money, amount_fen=500, reason="test", by="finance", limit_fen=100, now=now)
    assert isinstance(asked, charges.RefundView)
    assert asked.waits_for_second
    chosen = {"action": "agree", "_selected_action": [Refund.objects.get().pk]}
    desk.post("/admin/payments/refund/", chosen)
    assert Refund.objects.get().status == "requested"
    Refund.objects.update(requested_by="somebody else")
    desk.post("/admin/payments/refund/", chosen)
    assert Refund.objects.get().status == "approved"
    assert Refund.objects.get().approved_by == "finance"
