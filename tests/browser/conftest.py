"""A real Chromium against a running server, with the street, its driver and the payment sandbox."""

import gzip
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Error, Page, sync_playwright

from parking import permits
from parking.models import Campaign, PermitProduct, User, Vehicle, Zone
from payments import gateways
from tests import street
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.street import PLATE, at, event, fold, say

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE_AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
# Playwright's event loop runs in the thread that also asks the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Chromium on a busy machine may stumble: a browser's test gets a second try, and `-rR` prints that it took one."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


# Not for the session: while Playwright's loop runs in this thread, no other test may run a loop of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("the browser tests need Chromium: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Watched:
    """A page of the browser, and what went wrong in it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base
        self.troubles: list[str] = []
        self.foreign: list[str] = []
        self.bytes = 0
        self.taps = 0
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("request", self._asked)
        page.on("response", self._got)

    def _said(self, message) -> None:
        # A refused form answers 422, which the console reports as a failed load.
        if message.type in ("error", "warning") and "422" not in message.text:
            self.troubles.append(message.text)

    def _asked(self, request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and not request.url.startswith("data:"):
            self.foreign.append(request.url)

    def _got(self, response) -> None:
        if response.url.startswith(self.base) and response.status == 200:
            # A page left behind takes its bodies along.
            with suppress(Error):
                self.bytes += len(gzip.compress(response.body()))

    def go(self, path: str) -> "Watched":
        self.page.goto(self.base + path, wait_until="networkidle")
        return self

    def tap(self, selector: str) -> None:
        """One tap of the driver's, counted."""
        self.taps += 1
        self.page.click(selector)

    @property
    def width(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth"))


@pytest.fixture
def look(chromium, live_server):
    """Open a page of a given width and language, signed in as somebody or not."""
    opened = []

    def open_page(
        *, width: int = 390, language: str = "zh-CN", user: User | None = None, phone: bool = True
    ) -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            locale=language,
            timezone_id="Asia/Shanghai",
            user_agent=PHONE_AGENT if phone else None,
            has_touch=phone,
        )
        opened.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        return Watched(context.new_page(), live_server.url)

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def town(transactional_db):
    """The street on an ordinary day: one car stands, one order is unpaid, one is being checked."""
    road = street.build()
    road.geometry = {"type": "LineString", "coordinates": [[114.31, 29.85], [114.32, 29.86]]}
    road.save()
    now = timezone.now().replace(microsecond=0)
    say(
        event(at("08:00"), "arrival", plate=PLATE, plate_color="blue"),
        event(at("09:10"), "departure", plate=PLATE, plate_color="blue"),
        event(at("10:00"), "arrival", plate=PLATE, plate_color="blue", berth="A02"),
        event(at("10:40"), "departure", plate=PLATE, plate_color="blue", berth="A02"),
        event(at("12:00"), "arrival", berth="A03"),
        event(at("12:50"), "departure", berth="A03"),
        event(now - timedelta(minutes=40), "arrival", plate=PLATE, plate_color="blue", berth="A04"),
        now=now,
    )
    fold(later=600)
    return road


@pytest.fixture
def driver(transactional_db) -> User:
    user = User.objects.create(username="driver", phone="13800000000")
    Vehicle.objects.create(user=user, plate=PLATE, plate_color="blue", bound_at=at("00:00"), verified_at=at("00:00"))
    Vehicle.objects.create(user=user, plate="京A12345", plate_color="blue", bound_at=at("00:00"))
    PermitProduct.objects.create(
        code="month", kind="monthly", name="包月证", name_en="Monthly permit", price_fen=12_000, most_plates=2,
        zone=Zone.objects.create(code="B", name="甲区"),
    )  # fmt: skip
    permits.give("month", plates=[(PLATE, "blue")], by="city", from_at=at("00:00"), now=at("00:00"), holder=user)
    now = timezone.now()
    Campaign.objects.create(
        code="autumn", name="秋日", name_en="Autumn", kind="amount", value=100, from_at=at("00:00"),
        to_at=now + timedelta(days=9),
    )  # fmt: skip
    permits.give_coupons("autumn", plates=[PLATE], now=now)
    return user


@pytest.fixture
def manager(transactional_db) -> User:
    user = User.objects.create(username="city", is_staff=True, is_superuser=True)
    user.groups.add(Group.objects.create(name="city"))
    return user


@pytest.fixture
def till(sandbox, live_server, settings):  # noqa: F811
    """The payment sandbox, which tells the running server."""
    for code, setting in settings.PAYMENT_GATEWAYS.items():
        setting["OPTIONS"]["notify_url"] = f"{live_server.url}/pay/notify/{code}/"
    settings.PUBLIC_URL = live_server.url
    gateways.forget()
    return sandbox
