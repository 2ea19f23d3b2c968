"""The sheet of berth codes that is printed, cut up and put on the kerb."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.template.loader import render_to_string

from parking import signs
from parking.models import Berth
from payments import printing

# A page of the printer holds nine; the making of a page takes a second.
MOST: Final = 400


def sheet(berths: Sequence[Berth], *, title: str) -> bytes:
    """The berths' signs as PDF, nine to an A4 page; each code leads to its berth. Raises printing.CannotPrint."""
    shown = [
        {
            "code": berth.code,
            "road": berth.road.name,
            # Level Q: a quarter of the sign may be worn off.
            "picture": segno.make(signs.address(berth.code), error="q").svg_data_uri(border=2),
        }
        for berth in berths
    ]
    host = urlsplit(settings.PUBLIC_URL).netloc
    return printing.pdf(render_to_string("admin/berth_codes.html", {"title": title, "signs": shown, "host": host}))
