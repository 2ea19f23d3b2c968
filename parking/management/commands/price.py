"""`price TARIFF ARRIVED_AT LEFT_AT`: the itemised fee, on the terminal."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from parking import quotes, tariffs
from parking.domain.events import PLATE_COLORS
from parking.orders import CITY_TIME, local


class Command(BaseCommand):
    """Prices one stay under a loaded tariff; nothing is stored."""

    help = "The itemised fee of a stay; times are RFC 3339, without an offset they are the city's."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """TARIFF ARRIVED_AT LEFT_AT, --vehicle, --class, --json."""
        parser.add_argument("tariff")
        parser.add_argument("arrived_at")
        parser.add_argument("left_at")
        parser.add_argument("--vehicle", default="blue", help=f"plate colour ({', '.join(PLATE_COLORS)}) or class")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Price and print."""
        arrived_at, left_at = (
            self._moment("ARRIVED_AT", options["arrived_at"]),
            self._moment("LEFT_AT", options["left_at"]),
        )
        vehicle = options["vehicle"]
        color, vehicle_class = (vehicle, "") if vehicle in PLATE_COLORS else ("blue", vehicle)
        try:
            version = quotes.of_code(options["tariff"], arrived_at)
            fee = quotes.fee_of(
                version, arrived_at=arrived_at, left_at=left_at, plate_color=color, vehicle_class=vehicle_class
            )
        except quotes.Unquotable as error:
            raise CommandError(f"{error.code}: {error.message}") from error
        lines = tariffs.lines(fee)
        if options["json"]:
            answer = {
                "amount_fen": fee.amount_fen,
                "currency": fee.currency,
                "lines": lines,
                "tariff": {"code": version.code, "version": version.number},
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        self.stdout.write(f"{version.code} v{version.number}  {local(arrived_at)} - {local(left_at)}")
        for line in lines:
            self.stdout.write(
                f"  {line['from'][5:16]} - {line['to'][5:16]}  {line['amount_fen'] / 100:>9.2f}  {line['rule']}"
            )
        self.stdout.write(f"  {'':27}{fee.amount_fen / 100:>9.2f}  {fee.currency}")

    def _moment(self, name: str, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"{name}: {text} is not a time like 2026-11-23T08:01:12+08:00") from error
        return at if at.tzinfo else at.replace(tzinfo=CITY_TIME)
