"""`alipay_parking`: what is set up once with Alipay: our kerb as a roadside lot, and the pages Alipay shows drivers."""

import base64
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.management.base import BaseCommand, CommandError

from payments import gateways
from payments.gateways.alipay import Alipay, lots
from payments.gateways.alipay.channel import Good
from payments.gateways.base import Pending, Refused

# Alipay's own limit for a merchant's picture, in base64.
MOST_LOGO = 60 * 1024
# name -> kind, as Alipay's documents of config.set list them.
DRIVERS_PAGE = ("alipay.eco.mycar.parking.userpage.query", "interface_page")
AGREEMENTS = ("alipay.eco.mycar.parking.agreement.notify", "interface_service")


class Command(BaseCommand):
    """Both are asked of Alipay with the credentials in settings; neither touches a table."""

    help = "Register the kerb as a roadside lot with Alipay (lot), or set the merchant's parking pages (pages)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which of the two, and what Alipay wants to know."""
        parser.add_argument("--gateway", default="alipay", help="the channel's code in settings (default: alipay)")
        asked = parser.add_subparsers(dest="what", required=True)
        lot = asked.add_parser("lot", help="leave-then-pay; prints the number for ALIPAY_PARKING_ID")
        for name in ("name", "address", "longitude", "latitude", "phone", "fees"):
            lot.add_argument(f"--{name}", required=True)
        lot.add_argument("--spaces", type=int, required=True)
        pages = asked.add_parser("pages", help="all of them each time: Alipay forgets what is not sent")
        for name in ("name", "phone", "account"):
            pages.add_argument(f"--{name}", required=True)
        pages.add_argument("--logo", type=Path, required=True, help="a PNG")
        pages.add_argument("--page", required=True, help="https address of the drivers' page")
        pages.add_argument(
            "--agreements", default="", help="where changes are told (default: the notification address)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, and say what came of it."""
        alipay = gateways.gateway(options["gateway"]) if options["gateway"] in gateways.codes() else None
        if not isinstance(alipay, Alipay):
            raise CommandError(f"{options['gateway']} is no channel of Alipay's")
        answer = _lot(alipay, options) if options["what"] == "lot" else _pages(alipay, options)
        if isinstance(answer, Refused):
            raise CommandError(f"Alipay refused: {answer.code} {answer.message}")
        if not isinstance(answer, Good):
            why = "still working on it" if isinstance(answer, Pending) else answer.detail
            raise CommandError(f"no answer that can be relied on: {why}")
        if options["what"] == "lot":
            self.stdout.write(f"ALIPAY_PARKING_ID={answer.data.get('parking_id', '')}")
        else:
            self.stdout.write("set")


def _lot(alipay: Alipay, told: dict[str, Any]) -> lots.Answer:
    if told["spaces"] <= 0:
        raise CommandError("--spaces is above zero")
    return lots.register(
        alipay.channel,
        out_parking_id=alipay.lot.out_parking_id,
        name=told["name"],
        address=told["address"],
        longitude=told["longitude"],
        latitude=told["latitude"],
        phone=told["phone"],
        fees=told["fees"],
        spaces=told["spaces"],
    )


def _pages(alipay: Alipay, told: dict[str, Any]) -> lots.Answer:
    try:
        picture = told["logo"].read_bytes()
    except OSError as error:
        raise CommandError(f"--logo can't be read: {error.strerror}") from error
    logo = base64.b64encode(picture).decode()
    if not picture.startswith(b"\x89PNG\r\n") or len(logo) > MOST_LOGO:
        raise CommandError(f"--logo is a PNG of at most {MOST_LOGO} characters in base64")
    if not told["page"].startswith("https://"):
        raise CommandError("--page begins with https://")
    addresses = {DRIVERS_PAGE: told["page"], AGREEMENTS: told["agreements"] or alipay.notify_url}
    return lots.configure(
        alipay.channel,
        merchant_name=told["name"],
        service_phone=told["phone"],
        account=told["account"],
        logo=logo,
        interfaces=[
            {"interface_name": name, "interface_type": kind, "interface_url": quote(address, safe="")}
            for (name, kind), address in addresses.items()
        ],
    )
