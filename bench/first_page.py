"""`python -m bench.first_page`: how heavy a first visit is and how soon it shows something, on a poor line.

Starts the web process as `make run` does and opens pages in Chromium as a phone that was never here, at 400 kbit/s and
400 ms (CDP network emulation). Prints one flat JSON object: for each page the bytes that came over the line (with
headers, compressed), the largest contentful paint in seconds, and how many other hosts were asked.
"""

import json
import sys
from urllib.parse import SplitResult, urlsplit

from bench import ground

PAGES = {"home": "/", "roads": "/roads/", "plate": "/plate/", "berth": "", "sign_in": "/driver/sign-in/"}
LINE = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
_PAINTED = """
() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}))
"""


def main() -> int:
    """Measure once."""
    ground.prepare()
    ground.build()
    from django.core.management import call_command
    from playwright.sync_api import sync_playwright

    from parking import signs

    call_command("collectstatic", interactive=False, verbosity=0)
    figures: dict[str, float] = {}
    with ground.web() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name, path in PAGES.items():
            context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN", is_mobile=True)
            page = context.new_page()
            line = context.new_cdp_session(page)
            line.send("Network.enable")
            line.send("Network.emulateNetworkConditions", LINE)
            came: list[float] = []
            hosts: set[SplitResult] = set()
            line.on("Network.loadingFinished", lambda told, came=came: came.append(told["encodedDataLength"]))
            line.on("Network.requestWillBeSent", lambda told, hosts=hosts: hosts.add(urlsplit(told["request"]["url"])))
            page.goto(url + (path or f"/b/{signs.token('BENCH-00001')}/"), wait_until="networkidle", timeout=60_000)
            figures[f"{name}_bytes"] = sum(came)
            figures[f"{name}_lcp_s"] = round(page.evaluate(_PAINTED) / 1000, 3)
            foreign = {host.netloc for host in hosts if host.scheme.startswith("http")} - {urlsplit(url).netloc}
            figures[f"{name}_foreign_hosts"] = len(foreign)
            context.close()
        browser.close()
    print(json.dumps(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
