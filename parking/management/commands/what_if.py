"""`what_if --tariff NEW --from DAY --to DAY`: a past period priced again under another tariff."""

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from parking.domain import tariff as engine
from parking.models import TariffVersion, Zone
from parking.orders import CITY_TIME
from parking.trials import Result, compare


class Command(BaseCommand):
    """Reads only; nothing is stored."""

    help = "Income and stays affected, by road and hour. NEW is a version (CODE or CODE:VERSION) or a JSON file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--tariff --from --to --json."""
        parser.add_argument("--tariff", required=True)
        parser.add_argument("--from", dest="from_at", required=True, help="a day or a time, included")
        parser.add_argument("--to", dest="to_at", required=True, help="a day or a time, not included")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and print."""
        from_at, to_at = self._moment("--from", options["from_at"]), self._moment("--to", options["to_at"])
        if to_at <= from_at:
            raise CommandError("--to must be after --from")
        document, zone_id = self._document(options["tariff"])
        try:
            tariff = engine.parse(document)
        except engine.TariffError as error:
            raise CommandError(f"{error.path}: {error.reason_zh} ({error.reason_en})") from error
        result = compare(tariff, from_at=from_at, to_at=to_at, zone_id=zone_id)
        if options["json"]:
            self.stdout.write(json.dumps(result.as_data(), ensure_ascii=False))
        else:
            self._print(result)

    def _document(self, name: str) -> tuple[dict[str, Any], int | None]:
        path = Path(name)
        if path.suffix == ".json":
            try:
                document = json.loads(path.read_text(encoding="utf-8-sig"))
            except (OSError, ValueError) as error:
                raise CommandError(f"{name}: {error}") from error
            if not isinstance(document, dict):
                raise CommandError(f"{name}: a tariff must be an object")
            zone = Zone.objects.filter(code=document.get("zone") or "").first()
            return document, zone.pk if zone else None
        code, _, number = name.partition(":")
        found = TariffVersion.objects.filter(code=code).order_by("-version")
        version = found.filter(version=int(number)).first() if number.isdecimal() else found.first()
        if version is None:
            raise CommandError(f"--tariff: no version {name}")
        return version.document, version.zone_id

    def _moment(self, name: str, text: str) -> datetime:
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            raise CommandError(f"{name}: {text} is not a day like 2026-11-01") from error
        return at if at.tzinfo else at.replace(tzinfo=CITY_TIME)

    def _print(self, result: Result) -> None:
        rows = [("all", result.total), *sorted(result.by_road.items())]
        rows += [(f"{hour:02}:00", one) for hour, one in enumerate(result.by_hour) if one.stays]
        self.stdout.write(f"{'':16}{'stays':>10}{'more':>10}{'less':>10}{'was':>14}{'would be':>14}{'change':>14}")
        for name, one in rows:
            money = [f"{fen / 100:>14,.2f}" for fen in (one.old, one.new, one.new - one.old)]
            self.stdout.write(f"{name:16}{one.stays:>10,}{one.more:>10,}{one.less:>10,}{''.join(money)}")
        if result.refused:
            self.stdout.write(f"{result.refused} stays have no price under this tariff and keep their old one")
