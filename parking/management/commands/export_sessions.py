"""`export_sessions`: sessions as CSV on standard output."""

import csv
import sys
from argparse import ArgumentParser
from datetime import datetime
from getpass import getuser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking import masking, orders, traces
from parking.models import ParkingSession


class Command(BaseCommand):
    """In order of berth and arrival; plates are masked unless a reason is given, which leaves a trace."""

    help = "CSV: berth,arrived_at,left_at,plate,status,fee_fen, in order of berth and arrival."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--road, --from, --to, --unmask."""
        parser.add_argument("--road", default="")
        parser.add_argument("--from", dest="from_at", default="", help="arrived at or after (RFC 3339)")
        parser.add_argument("--to", dest="to_at", default="", help="arrived before (RFC 3339)")
        parser.add_argument("--unmask", metavar="REASON", default="", help="whole plates; who and why is kept")

    def handle(self, *args: Any, **options: Any) -> None:
        """Stream the rows."""
        now = timezone.now()
        found = (
            ParkingSession.objects.filter(**self._filters(options))
            .select_related("charge", "berth")
            .order_by("berth__code", "arrived_at", "id")
        )
        out = csv.writer(self.stdout if self.stdout is not None else sys.stdout, lineterminator="\n")
        out.writerow(["berth", "arrived_at", "left_at", "plate", "status", "fee_fen"])
        rows = 0
        for session in found.iterator(chunk_size=5000):
            plate = session.plate if options["unmask"] else masking.plate(session.plate)
            fee = "" if session.fee_fen is None else session.fee_fen
            status = orders.status_of(session, now=now)
            out.writerow(
                [
                    session.berth.code,
                    orders.local(session.arrived_at),
                    orders.local(session.left_at) or "",
                    plate,
                    status,
                    fee,
                ]
            )
            rows += 1
        if options["unmask"]:
            traces.plates_seen(
                by=getuser(),
                through="export_sessions",
                query=f"road={options['road']} from={options['from_at']} to={options['to_at']}",
                rows=rows,
                reason=options["unmask"],
                now=now,
            )

    def _filters(self, options: dict[str, Any]) -> dict[str, Any]:
        filters: dict[str, Any] = {}
        if options["road"]:
            filters["road__code"] = options["road"]
        for name, lookup in (("from_at", "arrived_at__gte"), ("to_at", "arrived_at__lt")):
            if options[name]:
                filters[lookup] = self._moment(name, options[name])
        return filters

    def _moment(self, name: str, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"--{name.removesuffix('_at')}: {text} is not a time") from error
        return at if at.tzinfo else at.replace(tzinfo=orders.CITY_TIME)
