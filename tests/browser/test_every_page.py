"""Every page in real Chromium: readable, reachable, quiet, small, and asking nobody else."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from parking import signs
from parking.models import ParkingSession, Permit, Vehicle

PAGES = {
    "": [
        "/",
        "/roads/",
        "/roads/A/",
        "/help/",
        "/privacy/",
        "/plate/",
        "/b/{sign}/",
        "/b/made-up/",
        "/driver/sign-in/",
        "/city/sign-in/",
        "/nothing/",
    ],
    "driver": [
        "/driver/",
        "/driver/orders/",
        "/driver/orders/{order}/",
        "/driver/account/",
        "/driver/vehicles/add/",
        "/driver/invoices/",
        "/driver/invoices/ask/",
        "/driver/titles/",
        "/driver/titles/add/",
        "/driver/orders/{order}/appeal/",
        "/driver/vehicles/{car}/",
        "/driver/vehicles/join/",
        "/driver/mandates/",
        "/driver/messages/",
        "/driver/messages/choices/",
        "/driver/appeals/",
        "/driver/account/privacy/",
        "/driver/permits/",
        "/driver/permits/buy/month/",
        "/driver/permits/{permit}/",
        "/driver/coupons/",
    ],
    "manager": ["/city/"],
}
FIRST_PAGE = 100 * 1024
# Names of places and plates stay Chinese for everybody; so does the switch to Chinese.
CHINESE_FOR_ALL = ("中文", "鄂", "京", "甲区")


@pytest.fixture
def visit(request, look, town):
    def go(path, who="", **options):
        return look(user=request.getfixturevalue(who) if who else None, **options).go(path)

    return go


def paths(who):
    order = ParkingSession.objects.filter(status="billed").values_list("number", flat=True).first()
    car = Vehicle.objects.order_by("-pk").values_list("pk", flat=True).first()
    permit = Permit.objects.values_list("number", flat=True).first()
    return [path.format(order=order, car=car, permit=permit, sign=signs.token("A01")) for path in PAGES[who]]


def barriers(page):
    """What keeps people who use aids out, by axe: serious and critical only."""
    found = Axe().run(page).response["violations"]
    return [
        (each["id"], [node["target"] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def chinese_left(page):
    text = page.evaluate("[...document.querySelectorAll('main, footer, .bar')].map(e => e.innerText).join(' ')")
    for known in CHINESE_FOR_ALL:
        text = text.replace(known, "")
    return [word for word in text.split() if any("\u4e00" <= sign <= "\u9fff" for sign in word)]


def faults(watched, *, language):
    """All that is wrong with the page that is open, looked at in four widths, and with text twice as large."""
    page, found = watched.page, []
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"barrier at {width}: {each}" for each in barriers(page)]
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 640})
        if watched.width > width:
            found.append(f"scrolls sideways at {width}: {watched.width}")
    # Text twice as large on the narrowest screen (WCAG 1.4.4 with 1.4.10).
    page.set_viewport_size({"width": 320, "height": 640})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"barrier at 320, text twice as large: {each}" for each in barriers(page)]
    if watched.width > 320:
        found.append(f"scrolls sideways at 320, text twice as large: {watched.width}")
    page.evaluate("document.documentElement.style.fontSize = ''")
    if page.locator("h1").count() != 1:
        found.append("has not one heading")
    if page.get_attribute("html", "lang") != language:
        found.append("says it is in another language")
    if page.evaluate("document.querySelector('a, button, input, select').className") != "skip":
        found.append("has no way past the menu")
    found += [f"asks {each}" for each in watched.foreign]
    found += [f"complains {each}" for each in watched.troubles if "404" not in each]
    if language == "en":
        found += [f"Chinese in English: {each}" for each in chinese_left(page)]
    return found


@pytest.mark.parametrize("who", list(PAGES), ids=["public", "driver", "city"])
@pytest.mark.parametrize(("locale", "language"), [("zh-CN", "zh-hans"), ("en", "en")])
@pytest.mark.timeout(300)
def test_no_page_shuts_anybody_out_or_asks_a_foreign_host(visit, who, locale, language):
    watched = visit("/", who, language=locale, phone=False)
    found = {}
    for path in paths(who):
        watched.foreign.clear()
        watched.troubles.clear()
        wrong = faults(watched.go(path), language=language)
        if wrong:
            found[path] = wrong
    assert found == {}


def test_a_first_page_is_light(visit):
    heavy = {path: bytes_ for path in ("/", "/roads/", "/plate/") if (bytes_ := visit(path).bytes) > FIRST_PAGE}
    assert heavy == {}
    assert visit("/driver/", "driver").bytes <= FIRST_PAGE


def test_large_text_fits_a_small_screen(visit):
    watched = visit("/", "driver", width=360)
    watched.page.click("button[name=size]")
    assert watched.page.evaluate("getComputedStyle(document.documentElement).fontSize") == "22.4px"
    assert {path: watched.go(path).width for path in ["/", *paths("driver")] if watched.go(path).width > 360} == {}


def test_fingers_find_every_button(visit):
    watched = visit("/", "driver")
    small = {}
    for path in ["/", *paths("driver")]:
        found = watched.go(path).page.evaluate(
            """[...document.querySelectorAll('button, .button, .tabs a, input:not([type=hidden]), select')]
            .filter(e => e.offsetParent
                && e.getBoundingClientRect().height < (['checkbox', 'radio'].includes(e.type) ? 24 : 44))
            .map(e => e.outerHTML.slice(0, 80))"""
        )
        if found:
            small[path] = found
    assert small == {}
