"""`replay FILE`: stays or events through the real door."""

import hashlib
import hmac
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.wsgi import get_wsgi_application
from django.utils import timezone

from parking import pulse, sessions
from parking.domain.events import Witness
from sensors import keys
from sensors.models import Source
from sensors.replay import closing, feeding, rows

# A fold that waits for its quiet period is due within this; time-outs of open stays lie much further.
SOON = timedelta(seconds=30)


class Command(BaseCommand):
    """Posts the file's events, waits until they are folded, and says what they came to."""

    help = "A CSV of stays (berth,arrived_at,departed_at[,plate]) or of events, fed through the real door."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE and how to feed it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", default="replay", help="the source's name: half of each event's identity")
        parser.add_argument("--url", default="", help="a running server; default: ours if it answers, else in process")
        parser.add_argument("--batch", type=int, default=500)
        parser.add_argument("--shuffle", type=int, metavar="SEED", help="send in a random order")
        parser.add_argument("--repeat", type=int, default=1, help="send every event so many times")
        parser.add_argument("--rate", type=float, metavar="EVENTS", help="send so many a second; default: all it takes")
        parser.add_argument("--patience", type=float, default=300, help="seconds to wait for a server that is away")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read, feed, wait, count."""
        if not 1 <= options["batch"] <= 1000 or options["repeat"] < 1:
            raise CommandError("--batch must lie between 1 and 1000, --repeat must be at least 1")
        if options["rate"] is not None and not 0 < options["rate"] <= 1_000_000:
            raise CommandError("--rate must lie above 0")
        try:
            parsed = rows.parse(options["file"])
        except (OSError, ValueError) as error:
            raise CommandError(str(error)) from error
        for refused in parsed.refused:
            self.stderr.write(f"line {refused.line} refused: {refused.reason}")
        if not parsed.events:
            raise CommandError(f"{options['file']}: no row makes an event")
        events = feeding.ordered(parsed.events, shuffle=options["shuffle"], repeat=options["repeat"])
        key = self._key(options["source"])
        started = time.monotonic()
        client, threads = self._client(options["url"])
        with client:
            try:
                fed = feeding.feed(
                    client,
                    events,
                    key=key,
                    batch=options["batch"],
                    threads=threads,
                    patience_s=options["patience"],
                    rate=options["rate"],
                    progress=lambda sent: self._bar("feeding", sent, len(events)),
                )
            except feeding.NotTaken as error:
                raise CommandError(f"the door did not take a batch: {error}") from error
        accepted_s = time.monotonic() - started
        moments = [datetime.fromisoformat(event["observed_at"]) for event in parsed.events]
        self._fold(parsed.berths, patience_s=options["patience"])
        self._report(parsed, fed, min(moments), max(moments), accepted_s, time.monotonic() - started)

    def _key(self, name: str) -> str:
        """The replay's own key: the same at each run, known to no one without our secret."""
        key = hmac.new(settings.SECRET_KEY.encode(), f"replay:{name}".encode(), hashlib.sha256).hexdigest()
        source, made = Source.objects.get_or_create(
            name=name, defaults={"witness": Witness.UNKNOWN, "created_at": timezone.now()}
        )
        if not made and not source.active:
            raise CommandError(f"source {name} is switched off")
        keys.add_key(source=source, now=timezone.now(), key=key)
        return key

    def _client(self, url: str) -> tuple[httpx.Client, int]:
        if not url:
            try:
                answer = httpx.get(f"{settings.PUBLIC_URL}/healthz", timeout=2)
                if answer.json().get("installation") == pulse.installation():
                    url = settings.PUBLIC_URL
            except (httpx.HTTPError, ValueError):
                pass
        if url:
            self.stderr.write(f"through {url}")
            return httpx.Client(base_url=url, timeout=60), 4
        self.stderr.write("through the door in process")
        transport = httpx.WSGITransport(app=get_wsgi_application(), raise_app_exceptions=False)
        return httpx.Client(base_url="http://localhost", transport=transport, timeout=60), 1

    def _fold(self, berths: set[str], *, patience_s: float) -> None:
        """Wait for the worker; without one do its work here."""
        until = time.monotonic() + patience_s
        first = 0
        while waiting := closing.waiting(berths, until=timezone.now() + SOON):
            first = max(first, waiting)
            self._bar("folding", first - waiting, first)
            if time.monotonic() > until:
                raise CommandError(f"{waiting} folds still wait after {patience_s:.0f} s: is the worker well?")
            now = timezone.now()
            worker_at = pulse.read(now=now).worker_at
            if worker_at is None or now - worker_at > timedelta(seconds=15):
                done = sessions.reconcile_due(now=now)
                if done.berths:
                    until = time.monotonic() + patience_s
                    continue
            time.sleep(0.3)

    def _report(
        self,
        parsed: rows.Parsed,
        fed: feeding.Fed,
        from_at: datetime,
        to_at: datetime,
        accepted_s: float,
        total_s: float,
    ) -> None:
        end = "\n" if sys.stderr.isatty() else ""
        self.stderr.write(end, ending="")
        count = closing.count(parsed.berths, from_at=from_at, to_at=to_at)
        for code, reasons in sorted(Counter(each["code"] for each in fed.rejected).items()):
            self.stdout.write(f"rejected: {code} x {reasons}")
        for berth, arrived_at, left_at in closing.contested(parsed.berths, from_at=from_at, to_at=to_at):
            arrived = timezone.localtime(arrived_at).isoformat()
            left = timezone.localtime(left_at).isoformat() if left_at else "?"
            self.stdout.write(f"overlaps another stay on its berth, held: {berth} {arrived} - {left}")
        table = [
            ("rows refused", len(parsed.refused)),
            ("events in", fed.sent),
            ("  accepted", fed.accepted),
            ("  duplicates", fed.duplicates),
            ("  rejected", len(fed.rejected)),
            ("sessions", count.sessions),
            ("  parked", count.parked),
            ("  ended", count.ended),
            ("  held", count.held),
            ("  of these overlapping", count.contested),
            ("  billed", count.billed),
            ("charges", count.charges),
            ("  settled", count.settled_charges),
            ("receivable, yuan", f"{count.receivable_fen / 100:.2f}"),
            ("received, yuan", f"{count.settled_fen / 100:.2f}"),
            ("seconds to accept", f"{accepted_s:.1f}"),
            ("seconds to the end", f"{total_s:.1f}"),
            ("events/s accepted", f"{fed.sent / accepted_s:.0f}"),
            ("events/s to the end", f"{fed.sent / total_s:.0f}"),
        ]
        for name, value in table:
            self.stdout.write(f"{name:<24}{value:>14}")

    def _bar(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            filled = int(40 * done / total) if total else 40
            self.stderr.write(f"\r{what} [{'#' * filled}{'.' * (40 - filled)}] {done}/{total}", ending="")
            self.stderr.flush()
        elif total and done * 10 // total > getattr(self, "_tenths", {}).get(what, -1):
            self._tenths = {**getattr(self, "_tenths", {}), what: done * 10 // total}
            self.stderr.write(f"{what} {done}/{total}")
