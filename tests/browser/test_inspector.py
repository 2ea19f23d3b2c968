"""The handheld in a real Chromium: two taps a berth, a day without a network, and no barrier on its pages."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.utils import timezone
from playwright.sync_api import expect

from parking.inspections import leaving
from parking.models import (
    NoticeSlip,
    PatrolCheck,
    PictureBytes,
    Shift,
    StreetReport,
    User,
    WatchedPlate,
)
from tests.parking.shots import shot

VIEWS = ("tasks", "berths", "check", "plate", "report", "queue")


@pytest.fixture
def inspector(transactional_db):
    user = User.objects.create(username="inspector", is_staff=True)
    user.groups.add(Group.objects.get_or_create(name="inspector")[0])
    return user


def at_work(user):
    now = timezone.now()
    return Shift.objects.create(user=user, client_id="s0", roads=["A"], started_at=now - timedelta(hours=9))


def ready(page):
    page.wait_for_selector("#inspector[data-ready=yes]")


def view(page, name):
    page.evaluate("name => { location.hash = name }", name)
    page.wait_for_selector(f"[data-view={name.split('=')[0]}]:not([hidden])")


def sent(page, count):
    """All that was queued, `count` records, has been told its outcome."""
    expect(page.locator("#inspector")).to_have_attribute("data-queued", str(count))
    expect(page.locator("#inspector")).to_have_attribute("data-waiting", "0")


def choose(page, selector, *marks):
    """Take pictures, as a phone's camera would hand them over."""
    files = [{"name": f"{mark}.jpg", "mimeType": "image/jpeg", "buffer": shot(mark=mark)} for mark in marks]
    page.set_input_files(selector, files)


def test_a_stranger_is_sent_to_sign_in_and_a_driver_is_told_it_is_not_for_them(look, town, driver):
    assert "/inspector/sign-in/" in look().go("/inspector/").page.url
    assert "没有权限" in look(user=driver).go("/inspector/").page.inner_text("main")


@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh-hans"), ("en", "en")])
@pytest.mark.timeout(300)
def test_no_view_shuts_anybody_out_or_asks_a_foreign_host(look, town, inspector, locale, language):
    at_work(inspector)
    watched = look(user=inspector, language=locale).go("/inspector/")
    page = watched.page
    ready(page)
    page.wait_for_selector(".berth", state="attached")
    found = []
    for name in VIEWS:
        view(page, name)
        for width in (390, 1440, 320):
            page.set_viewport_size({"width": width, "height": 844})
            found += [
                (name, width, each["id"], [node["target"] for node in each["nodes"]][:3])
                for each in Axe().run(page).response["violations"]
                if each["impact"] in ("serious", "critical")
            ]
            if watched.width > width:
                found.append((name, width, "scrolls sideways", watched.width))
        small = page.evaluate(
            """[...document.querySelectorAll('button, .button, .tabs a, input:not([type=hidden]), select')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < (e.type === 'checkbox' ? 24 : 44))
            .map(e => e.outerHTML.slice(0, 80))"""
        )
        found += [(name, "small", each) for each in small]
        if language == "en":
            text = page.inner_text("main")
            for known in ("中文", "甲路", "鄂"):
                text = text.replace(known, "")
            found += [
                (name, "Chinese", word) for word in text.split() if any("\u4e00" <= sign <= "\u9fff" for sign in word)
            ]
    assert found == []
    assert watched.foreign == []
    assert watched.troubles == []
    assert page.locator("h1").count() == 1


def test_a_berth_is_verified_with_two_taps_its_picture_and_its_result_shown(look, town, inspector):
    at_work(inspector)
    WatchedPlate.objects.create(plate="鄂L12345", reason="test", valid_from=timezone.now() - timedelta(days=1))
    watched = look(user=inspector).go("/inspector/")
    page = watched.page
    ready(page)
    view(page, "check=A03")
    page.fill("#check-plate", "鄂L12345")
    choose(page, "#check-photo", "one")  # tap one: the photograph
    watched.tap("#check-form button.button")  # tap two: confirm
    expect(page.locator("[data-check-result]")).to_contain_text("重点关注")
    check = PatrolCheck.objects.get()
    assert (check.berth.code, check.plate, check.fed, watched.taps) == ("A03", "鄂L12345", True, 1)
    assert PictureBytes.objects.count() == 1
    assert watched.troubles == []


def test_illegal_parking_is_reported_with_two_pictures_and_refused_with_one(look, town, inspector):
    page = look(user=inspector).go("/inspector/").page
    ready(page)
    view(page, "report")
    page.select_option("#report-kind", "illegal")
    page.fill("#report-plate", "鄂L12345")
    choose(page, "#report-photo", "one")
    page.click("#report-form .button")
    expect(page.locator("#report-form .wrong")).to_contain_text("两张")
    choose(page, "#report-photo", "one", "two")
    page.click("#report-form .button")
    sent(page, 1)
    assert StreetReport.objects.get().plate == "鄂L12345"
    assert PictureBytes.objects.count() == 2


def test_a_slip_is_printed_with_a_code_that_proves_it(look, town, inspector):
    at_work(inspector)
    page = look(user=inspector).go("/inspector/").page
    ready(page)
    view(page, "check=A03")
    page.fill("#check-plate", "鄂L55555")
    page.click("#check-form button.button")
    page.click("[data-check-result] button")
    page.wait_for_url("**/inspector/slips/**")
    assert page.locator("img.scan").count() == 1
    slip = NoticeSlip.objects.get()
    public = look().go(f"/slip/{leaving.slip_token(slip)}/").page.inner_text("main")
    assert "鄂L5**55" in public
    assert "鄂L55555" not in public
    assert "不是我们开的" in look().go("/slip/forged/").page.inner_text("main")


def test_what_the_server_refuses_is_listed_and_mended(look, town, inspector):
    at_work(inspector)
    page = look(user=inspector).go("/inspector/").page
    ready(page)
    view(page, "check")
    page.fill("#check-berth", "Z99")
    page.click("#check-form button.button")
    expect(page.locator("[data-wrong]")).to_be_visible()
    view(page, "queue")
    assert "没有这个泊位" in page.inner_text("[data-troubled]")
    page.click("[data-troubled] .button.second")
    page.fill("#check-berth", "A01")
    page.click("#check-form button.button")
    sent(page, 2)
    assert PatrolCheck.objects.get().berth.code == "A01"
