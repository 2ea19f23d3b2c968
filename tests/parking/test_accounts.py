import io
import json
import zipfile

import pytest
from django.utils import timezone

from parking import accounts, appeals, consents, invoices
from parking.models import ApiToken, Appeal, Message, ParkingSession, User, Vehicle
from payments import invoicing
from payments.invoicing import TitleData
from payments.models import AutoInvoice, Invoice, Title
from tests.parking.api.driver.conftest import token_of
from tests.parking.pages.conftest import PHONE, browser, car, driver, hours_ago, park, road  # noqa: F401
from tests.parking.pages.test_invoices import paid, vat  # noqa: F401
from tests.parking.test_appeals import photo
from tests.street import OTHER_PLATE, PLATE, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(driver, car, park):  # noqa: F811
    """A driver who parked, objected with a picture, and holds a token."""
    park(at("08:00"), at("09:10"))
    park(at("10:00"), at("10:40"), plate=OTHER_PLATE, berth="A02")
    consents.give(user=driver, purpose="privacy", now=timezone.now())
    mine = ParkingSession.objects.select_related("road", "berth", "charge").get(plate=PLATE)
    appeals.appeal(
        user=driver, session=mine, reason="wrong_time", words="我早走了", files=[photo()], now=timezone.now()
    )
    token_of(driver)
    return driver


def exported(user):
    archive = zipfile.ZipFile(io.BytesIO(accounts.export(user, now=timezone.now())))
    return archive.namelist(), json.loads(archive.read("account.json"))


def test_staff_do_not_end_their_account_here(db):
    with pytest.raises(ValueError, match="desk"):
        accounts.end(User.objects.create(username="clerk", is_staff=True), now=timezone.now())


def test_the_export_holds_all_of_mine_and_nothing_of_others(lived):
    names, told = exported(lived)
    assert told["phone"] == PHONE
    assert [each["plate"] for each in told["sessions"]] == [PLATE]
    assert told["appeals"][0]["words"] == "我早走了"
    assert told["consents"][0]["purpose"] == "privacy"
    assert any(name.startswith("appeals/") for name in names)
    assert OTHER_PLATE not in json.dumps(told, ensure_ascii=False)


def test_ending_deletes_the_person_and_keeps_what_the_law_asks(lived):
    number = ParkingSession.objects.get(plate=PLATE).number
    picture = Appeal.objects.get().pictures.get().file
    accounts.end(lived, now=timezone.now())
    lived.refresh_from_db()
    assert (lived.phone, lived.wechat_openid, lived.is_active, lived.username) == (
        None,
        None,
        False,
        f"ended-{lived.pk}",
    )
    assert [model.objects.count() for model in (Vehicle, ApiToken, Message)] == [0, 0, 0]
    assert not picture.storage.exists(picture.name)
    kept = Appeal.objects.get()
    assert (kept.user, kept.words) == (None, "")
    assert ParkingSession.objects.get(plate=PLATE).number == number


def test_a_browser_that_is_still_signed_in_finds_nobody(lived, browser):  # noqa: F811
    assert browser.get("/driver/").status_code == 200
    accounts.end(lived, now=timezone.now())
    assert browser.get("/driver/").status_code == 302


def test_what_is_owed_is_said_before_the_end(lived, browser):  # noqa: F811
    html = browser.get("/driver/account/privacy/").content.decode()
    assert "3.00 元" in html
    assert "依法保留" in html


def test_the_same_phone_comes_back_as_somebody_new(lived):
    accounts.end(lived, now=timezone.now())
    assert User.objects.create(username="again", phone=PHONE).pk != lived.pk


@pytest.fixture
def invoiced(driver, paid):  # noqa: F811
    """A driver with a title, a switch that is on, and an invoice asked for."""
    now, owner = timezone.now(), invoices.owner_of(driver)
    title = invoicing.keep(TitleData(kind="person", name="李四", email="lisi@example.com"), owner=owner, now=now)
    invoicing.keep(TitleData(kind="person", name="别人"), owner="user:0", now=now)
    invoicing.ask([paid()], owner=owner, title_id=title.pk, language="zh-hans", now=now)
    invoicing.switch_auto(owner=owner, title_id=title.pk, language="zh-hans", now=now)
    return driver


def test_the_export_holds_my_titles_and_invoices(invoiced):
    _names, told = exported(invoiced)
    assert [(each["name"], each["email"]) for each in told["titles"]] == [("李四", "lisi@example.com")]
    assert told["auto_invoice"] is True
    [mine] = told["invoices"]
    kept = Invoice.objects.get()
    assert (mine["serial"], mine["gross_fen"], mine["buyer"]) == (kept.serial, kept.gross_fen, "李四")
    assert mine["charges"] == [ParkingSession.objects.get().number]


def test_ending_removes_titles_and_the_switch_and_keeps_invoices(invoiced):
    accounts.end(invoiced, now=timezone.now())
    assert not AutoInvoice.objects.exists()
    assert [title.name for title in Title.objects.all()] == ["别人"]
    assert Invoice.objects.get().buyer_name == "李四"
    assert invoicing.owners_with_auto() == []
