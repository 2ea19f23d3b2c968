"""Journeys of operators, managers and inspectors on the desk, clicks counted; the desk's own pages shut nobody out."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import expect

from parking import corrections, roles
from parking.corrections import Part, Wish
from parking.models import ParkingSession, SessionAct, User
from payments.models import Authority
from tests import street
from tests.browser.test_every_page import barriers
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db(transaction=True)

SHOTS = os.environ.get("OPENBERTH_SHOTS", "")
ON = ".act form .desk-button:not(.second)"


@pytest.fixture
def operator(transactional_db):
    roles.grant()
    user = User.objects.create(username="operator", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    Authority.objects.update_or_create(role="operator", defaults={"refund_fen": 5_000})
    return user


@pytest.fixture
def session(transactional_db):
    street.build()
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold()
    return ParkingSession.objects.get()


def shoot(desk, name):
    """A picture for the documents, when somebody asks for pictures."""
    if SHOTS:
        desk.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=False)


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1440, "en")])
def test_an_operator_corrects_an_order_in_four_clicks_and_a_reason(look, operator, session, width, language):
    desk = look(user=operator, width=width, language=language, phone=width < 500).go("/admin/parking/parkingsession/")
    desk.tap(f"a[href*='/parkingsession/{session.pk}/change/']")
    desk.page.wait_for_selector(".story li")
    desk.tap("a[href$='/amend/correct/']")
    desk.page.wait_for_selector("[name=left_at]")
    shoot(desk, f"amend-{language}-{width}")
    desk.page.fill("[name=left_at]", "2026-11-20T08:30:00")
    desk.page.fill("[name=reason]", "照片显示 08:30 驶离")
    desk.tap(ON)
    desk.page.wait_for_selector(".effect")
    shoot(desk, f"effect-{language}-{width}")
    assert desk.width <= width
    desk.tap(ON)
    expect(desk.page.locator(".story li.decided").first).to_be_visible()
    shoot(desk, f"story-{language}-{width}")
    assert desk.taps == 4
    assert ParkingSession.objects.get(status="billed").fee_fen == 100
    assert desk.width <= width
    assert desk.troubles == []


@pytest.mark.parametrize(("width", "language"), [(390, "zh-CN"), (1440, "en")])
def test_the_desks_own_pages_have_no_serious_barrier(look, operator, session, language, width):
    part = Part(berth="A01", arrived_at=at("08:00"), left_at=at("08:30"), plate=PLATE)
    wish = Wish(kind="correct", numbers=(session.number,), into=(part,), reason="照片")
    told = {"by": operator, "roads": None, "now": at("20:00")}
    mark = corrections.preview(wish, **told).mark
    act = corrections.carry_out(wish, limit_fen=0, agreed=mark, **told)
    boss = User.objects.create_superuser("boss", password=None)
    desk = look(user=boss, width=width, language=language, phone=width < 500)
    amend = f"/admin/parking/parkingsession/{session.pk}/amend"
    found = []
    for name, path in (
        ("home", "/admin/"),
        ("review", "/admin/parking/review/desk/"),
        ("order", f"/admin/parking/parkingsession/{session.pk}/change/"),
        ("correct", f"{amend}/correct/"),
        ("split", f"{amend}/split/"),
        ("merge", f"{amend}/merge/"),
        ("rerate", f"{amend}/rerate/"),
        ("waive", f"/admin/parking/parkingsession/{session.pk}/act/waive/"),
        ("decide", f"/admin/parking/sessionact/{act.pk}/change/"),
    ):
        desk.go(path)
        shoot(desk, f"{name}-{language}-{width}")
        found += [(name, each) for each in barriers(desk.page)]
        if desk.width > width:
            found.append((name, f"scrolls sideways: {desk.width}"))
    assert found == []
    assert desk.troubles == []
    assert SessionAct.objects.get().status == "requested"
