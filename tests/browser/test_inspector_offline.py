"""A day without a network in a real Chromium: the phone is switched off, answers are lost, records are not."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Error, expect, sync_playwright

from parking.models import EventRecord, PatrolCheck
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE_AGENT
from tests.browser.test_inspector import at_work, inspector, ready  # noqa: F401

RECORDS = 500


@pytest.fixture
def phone(tmp_path, live_server, inspector):  # noqa: F811
    """A phone whose browser can be closed and opened again, with all that it keeps on disk."""
    if not Path(CHROMIUM).exists():
        pytest.skip("the browser tests need Chromium: apt-get install chromium fonts-noto-cjk")
    client = Client()
    client.force_login(inspector)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
    opened = []
    with sync_playwright() as playwright:

        def start():
            context = playwright.chromium.launch_persistent_context(
                str(tmp_path / "phone"),
                executable_path=CHROMIUM,
                args=ARGUMENTS,
                viewport={"width": 390, "height": 844},
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                user_agent=PHONE_AGENT,
            )
            context.add_cookies([cookie])
            opened.append(context)
            return context

        yield start
        for context in opened:
            with suppress(Error):  # the test may have closed it itself
                context.close()


CACHED = """async () => {
  await navigator.serviceWorker.ready;
  while (!(await caches.match("/inspector/"))) {
    await fetch("/inspector/state/", { headers: { Accept: "application/json" } });
  }
}"""
# Fills the real form and sends it, as often as told; each record is on the disk when its turn is over.
WORK = """async ({ from, count, berths }) => {
  const form = document.getElementById("check-form");
  const page = document.getElementById("inspector");
  for (let n = from; n < from + count; n += 1) {
    const before = Number(page.dataset.queued ?? 0);
    form.elements.berth.value = berths[n % berths.length];
    form.elements.plate.value = "鄂L" + String(10000 + n);
    form.requestSubmit();
    while (Number(page.dataset.queued ?? 0) === before) {
      await new Promise((resolve) => {
        const pipe = new MessageChannel();
        pipe.port1.onmessage = resolve;
        pipe.port2.postMessage(0);
      });
    }
  }
}"""


@pytest.mark.timeout(400)
def test_eight_hours_offline_with_500_records_lose_nothing_and_send_nothing_twice(phone, town, inspector, live_server):  # noqa: F811
    at_work(inspector)
    began = timezone.now() - timedelta(hours=8)
    events = EventRecord.objects.count()
    context = phone()
    page = context.pages[0]
    page.clock.install(time=began)
    page.goto(f"{live_server.url}/inspector/")
    ready(page)
    page.evaluate(CACHED)
    context.set_offline(True)
    berths = ["A01", "A02", "A03", "A04"]
    for chunk in range(25):
        page.evaluate(WORK, {"from": chunk * 10, "count": 10, "berths": berths})
        page.clock.fast_forward(576_000)
    context.close()

    # The phone was switched off in the middle of the day, still without a network.
    context = phone()
    context.set_offline(True)
    # A browser that starts may send before it is told that there is no network.
    context.route("**/inspector/sync/", lambda route: route.abort())
    page = context.pages[0]
    page.clock.install(time=began + timedelta(hours=4))
    page.goto(f"{live_server.url}/inspector/")
    ready(page)
    expect(page.locator("#inspector")).to_have_attribute("data-waiting", "250")
    for chunk in range(25, 50):
        page.evaluate(WORK, {"from": chunk * 10, "count": 10, "berths": berths})
        page.clock.fast_forward(576_000)
    expect(page.locator("#inspector")).to_have_attribute("data-waiting", str(RECORDS))
    assert PatrolCheck.objects.count() == 0

    # The network comes back, breaks off in the middle of an answer, and comes back again.
    broken = []

    def lose_the_answer(route):
        if len(broken) < 2:
            broken.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    context.unroute("**/inspector/sync/")
    page.route("**/inspector/sync/", lose_the_answer)
    context.set_offline(False)
    for _ in range(20):
        page.evaluate("window.dispatchEvent(new Event('online'))")
        page.clock.fast_forward(21_000)
        page.wait_for_timeout(300)
        if page.get_attribute("#inspector", "data-waiting") == "0":
            break
    expect(page.locator("#inspector")).to_have_attribute("data-waiting", "0", timeout=60_000)
    context.close()
    checks = list(PatrolCheck.objects.order_by("seen_at"))
    assert len(broken) == 2
    assert [check.plate for check in checks] == [f"鄂L{10000 + n}" for n in range(RECORDS)]
    assert len({check.client_id for check in checks}) == RECORDS
    assert EventRecord.objects.count() - events == RECORDS
    span = checks[-1].seen_at - checks[0].seen_at
    assert timedelta(hours=7, minutes=40) < span < timedelta(hours=8)
