"""Invoices and titles through the driver's API: refusals first, then asking, following, opening, sending on."""

import hashlib

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking import invoices
from parking.models import User
from payments import invoicing
from payments.invoicing import TitleData
from payments.models import Charge, Document, Invoice
from tests.parking.api.driver.conftest import Caller, token_of
from tests.parking.pages.test_invoices import COMPANY_NUMBER, paid, title, vat  # noqa: F401
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.payments.invoicing.conftest import go_on, office  # noqa: F401
from tests.street import OTHER_PLATE

pytestmark = pytest.mark.django_db
HOURS = [("08:00", "09:10"), ("10:00", "11:10"), ("12:00", "13:10"), ("14:00", "15:10")]
COMPANY = {"kind": "company", "name": "某某公司", "tax_number": COMPANY_NUMBER}


@pytest.fixture
def stranger(db):
    return Caller(token_of(User.objects.create(username="stranger", phone="13900000000")))


def ask(api, title, *numbers, key="key-00000001", **more):  # noqa: F811
    return api.post("invoices/", {"charges": list(numbers), "title": title.pk, **more}, key=key)


@pytest.fixture
def issued(office, paid, title, api):  # noqa: F811
    assert ask(api, title, paid()).status_code == 201
    go_on(timezone.now(), until=lambda: Invoice.objects.filter(status="issued", fetch_at=None).exists())
    return Invoice.objects.get()


def queries(api, path):
    with CaptureQueriesContext(connection) as seen:
        assert api.get(path).status_code == 200
    return len(seen)


# --- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["invoices/", "invoices/offers/", "invoices/auto/", "invoices/S1/", "titles/"])
def test_nobody_reads_anything_without_a_token(nobody, path):
    assert nobody.get(path).status_code == 401


@pytest.mark.parametrize("path", ["", "files/pdf/"])
def test_a_foreign_invoice_is_not_found(stranger, issued, path):
    assert stranger.get(f"invoices/{issued.serial}/{path}").status_code == 404


def test_a_foreign_invoice_is_not_sent(stranger, issued):
    answer = stranger.post(f"invoices/{issued.serial}/send/", {"email": "b@example.com"}, key="key-00000009")
    assert answer.status_code == 404
    assert not issued.deliveries.filter(email="b@example.com").exists()


def test_a_foreign_title_is_not_found(stranger, title):  # noqa: F811
    assert stranger.delete(f"titles/{title.pk}/").status_code == 404
    assert stranger.post(f"titles/{title.pk}/default/").status_code == 404
    assert stranger.put(f"titles/{title.pk}/", COMPANY).status_code == 404
    assert stranger.put("invoices/auto/", {"title": title.pk}).json()["code"] == "no_title"


def test_a_wrong_tax_number_names_its_field(api):
    answer = api.post("titles/", COMPANY | {"tax_number": COMPANY_NUMBER[:-1] + "4"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == ["tax_number"]
    assert "18" in answer.json()["fields"]["tax_number"]


def test_a_misspelt_field_of_a_title_is_named(api):
    assert list(api.post("titles/", COMPANY | {"taxnumber": "1"}).json()["fields"]) == ["taxnumber"]


def test_no_more_titles_than_one_may_have(api, driver):
    for place in range(invoicing.MOST_TITLES):
        data = TitleData(kind="person", name=f"李{place}")
        invoicing.keep(data, owner=invoices.owner_of(driver), now=timezone.now())
    assert api.post("titles/", COMPANY).json()["code"] == "too_many"


@pytest.mark.parametrize(
    "body", [{}, {"charges": []}, {"charges": ["../x"], "title": 1}, {"charges": ["A"], "title": 0}]
)
def test_what_is_no_wish_is_refused(api, body):
    answer = api.post("invoices/", body, key="key-00000001")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_without_a_key_nothing_is_asked_for(api, title, paid):  # noqa: F811
    assert ask(api, title, paid(), key="").json()["code"] == "key_missing"
    assert not Invoice.objects.exists()


def test_a_stay_of_another_plate_is_unknown(api, title, paid):  # noqa: F811
    number = paid(plate=OTHER_PLATE)
    answer = ask(api, title, number)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown")
    assert list(answer.json()["fields"]) == [number]
    assert not Invoice.objects.exists()


def test_a_removed_title_is_refused_by_its_field(api, title, paid):  # noqa: F811
    assert api.delete(f"titles/{title.pk}/").status_code == 204
    answer = ask(api, title, paid())
    assert (answer.json()["code"], list(answer.json()["fields"])) == ("no_title", ["title"])


def test_a_charge_is_invoiced_once(api, title, paid):  # noqa: F811
    number = paid()
    ask(api, title, number)
    assert ask(api, title, number, key="key-00000002").json()["code"] == "already"


def test_what_is_not_issued_is_not_sent(api, title, paid):  # noqa: F811
    [serial] = ask(api, title, paid()).json()["invoices"]
    answer = api.post(f"invoices/{serial}/send/", {"email": "b@example.com"}, key="key-00000002")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_now")


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 19, "１"])
def test_a_cursor_that_is_none_is_refused(api, cursor):
    assert api.get("invoices/", cursor=cursor).status_code == 400


# --- what works -----------------------------------------------------------------------------------------------------


def test_what_is_paid_is_offered_until_it_is_invoiced(api, title, paid):  # noqa: F811
    number = paid()
    told = api.get("invoices/offers/").json()
    assert [each["charge"] for each in told["results"]] == [number]
    assert told["total_fen"] == Charge.objects.get().amount_fen == 300
    ask(api, title, number)
    assert api.get("invoices/offers/").json() == {"total_fen": 0, "results": []}


def test_asking_twice_with_one_key_makes_one_invoice(api, title, paid):  # noqa: F811
    number = paid()
    first, again = ask(api, title, number), ask(api, title, number)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert Invoice.objects.count() == 1


def test_what_cannot_be_invoiced_is_left_out_with_its_reason(api, title, paid):  # noqa: F811
    number = paid()
    told = ask(api, title, number, "S404").json()
    assert (len(told["invoices"]), told["refused"]) == (1, {"S404": "unknown"})


def test_an_issued_invoice_names_its_documents_and_they_open(api, issued):
    told = api.get(f"invoices/{issued.serial}/").json()
    assert (told["status"], told["gross_fen"], told["net_fen"] + told["tax_fen"]) == ("issued", 300, 300)
    assert [each["kind"] for each in told["files"]] == sorted(["pdf", "ofd", "xml"], key=["pdf", "ofd", "xml"].index)
    for each in told["files"]:
        opened = api.get(each["url"].removeprefix("/api/v1/driver/"))
        assert opened["X-Content-SHA256"] == hashlib.sha256(opened.content).hexdigest()
        assert opened.content == bytes(Document.objects.get(kind=each["kind"]).body)


def test_it_is_sent_again_once_for_a_key(api, issued):
    mail.outbox.clear()
    for _ in range(2):
        answer = api.post(f"invoices/{issued.serial}/send/", {"email": "boss@example.com"}, key="key-00000002")
        assert (answer.status_code, answer.json()) == (202, {"email": "b***@example.com"})
    invoicing.work(now=timezone.now())
    assert [message.to for message in mail.outbox if message.to == ["boss@example.com"]] == [["boss@example.com"]]
    assert "boss@" not in api.get(f"invoices/{issued.serial}/").content.decode()


def test_the_list_goes_on_where_its_page_ended(api, title, paid, monkeypatch):  # noqa: F811
    monkeypatch.setattr("parking.api.driver.invoices.PAGE", 1)
    for place, hours in enumerate(HOURS[:2]):
        ask(api, title, paid(*hours), key=f"key-0000000{place}")
    first = api.get("invoices/").json()
    second = api.get("invoices/", cursor=first["next"]).json()
    serials = [each["serial"] for each in first["results"] + second["results"]]
    assert serials == list(Invoice.objects.order_by("-pk").values_list("serial", flat=True))
    assert second["next"] is None


def test_the_queries_do_not_grow_with_the_invoices(api, title, paid):  # noqa: F811
    ask(api, title, paid(*HOURS[0]))
    paid(*HOURS[1])
    few = queries(api, "invoices/"), queries(api, "invoices/offers/")
    ask(api, title, paid(*HOURS[2]), key="key-00000002")
    paid(*HOURS[3])
    assert len(api.get("invoices/").json()["results"]) == len(api.get("invoices/offers/").json()["results"]) == 2
    assert (queries(api, "invoices/"), queries(api, "invoices/offers/")) == few


def test_titles_are_kept_changed_made_default_and_removed(api):
    first = api.post("titles/", {"kind": "person", "name": "李四"}).json()
    second = api.post("titles/", COMPANY).json()
    assert (first["default"], second["default"]) == (True, False)
    assert api.post(f"titles/{second['id']}/default/").status_code == 204
    changed = api.put(f"titles/{second['id']}/", COMPANY | {"name": "新名公司"}).json()
    assert (changed["name"], changed["default"]) == ("新名公司", True)
    assert [each["id"] for each in api.get("titles/").json()["results"]] == [second["id"], first["id"]]
    assert api.delete(f"titles/{second['id']}/").status_code == 204
    assert [each["default"] for each in api.get("titles/").json()["results"]] == [True]


def test_the_switch_goes_on_and_off(api, title):  # noqa: F811
    assert api.get("invoices/auto/").json() == {"title": None}
    assert api.put("invoices/auto/", {"title": title.pk}).json() == {"title": title.pk}
    assert api.get("invoices/auto/").json() == {"title": title.pk}
    assert api.put("invoices/auto/", {"title": None}).json() == {"title": None}
    assert api.get("invoices/auto/").json() == {"title": None}
