"""`export_finance`: income, ageing, balances or the journal as CSV on standard output."""

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from payments import finance

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class Command(BaseCommand):
    """Amounts are in fen, days in Beijing time; the last day is included."""

    help = "CSV on standard output: income, ageing, balances or journal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, and for which days."""
        parser.add_argument("what", choices=["income", "ageing", "balances", "journal"])
        parser.add_argument("--from", dest="from_day", type=_day, default=None, help="first day (default: yesterday)")
        parser.add_argument("--to", dest="to_day", type=_day, default=None, help="last day (default: the first day)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the rows."""
        now = timezone.now()
        first = options["from_day"] or now.astimezone(_SHANGHAI).date() - timedelta(days=1)
        last = options["to_day"] or first
        if last < first:
            raise CommandError("the last day lies before the first")
        from_at, to_at = _midnight(first), _midnight(last + timedelta(days=1))
        out = csv.writer(self.stdout if self.stdout is not None else sys.stdout, lineterminator="\n")
        match options["what"]:
            case "income":
                _write(out, finance.Income, finance.income(from_at=from_at, to_at=to_at))
            case "ageing":
                _write(out, finance.Age, finance.ageing(now=now))
            case "balances":
                out.writerow(["account", "balance_fen"])
                out.writerows(finance.balances(before=to_at).items())
            case "journal":
                _write(out, finance.Line, finance.journal(from_at=from_at, to_at=to_at))


def _write(out: Any, kind: type[Any], rows: Iterable[Any]) -> None:
    out.writerow([field.name for field in fields(kind)])
    for row in rows:
        told = asdict(row)
        out.writerow([v.astimezone(_SHANGHAI).isoformat() if isinstance(v, datetime) else v for v in told.values()])


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=_SHANGHAI)


def _day(text: str) -> date:
    return date.fromisoformat(text)
