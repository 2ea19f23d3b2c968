"""How fast the desk's list of orders opens over a million of them: `python -m bench.lists [ROWS]`.

The rows are copied into a throw-away database, then each page is opened five times as a signed-in operator would, by
Django's own handler: figures are the median and the slowest in milliseconds, and the statements asked.
"""

import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from bench import ground

_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
_TIMES = 5
_PAGES = {
    "first": "",
    "deep": "?p=500",
    "by_status": "?status__exact=held",
    "by_road": "?road__id__exact={road}",
    "by_number": "?q=P{number}",
    "by_plate": "?q={plate}",
    "by_berth": "?q=BENCH-00007",
}
_COLUMNS = (
    "number, berth_id, road_id, plate, plate_color, arrived_at, left_at, status, holds, contested, confidence, "
    "reasons, visit, arrival_event, departure_event, lines, used, continues, provisional_calendar, touched, "
    "created_at, updated_at"
)


def fill(*, rows: int) -> dict[str, str]:
    """Copy that many orders over a year and a half of all berths; what the pages ask for."""
    from django.db import connection

    from parking.models import Berth, Road

    berths = list(Berth.objects.order_by("code").values_list("pk", "road_id"))
    statuses = ("void", *("ended",) * 98, "held")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM parking_parkingsession")
        with cursor.copy(f"COPY parking_parkingsession ({_COLUMNS}) FROM STDIN") as copy:
            for n in range(rows):
                berth, road = berths[n % len(berths)]
                start = _BEGIN + timedelta(minutes=45 * (n // len(berths)) * 4, seconds=n % 1800)
                end = start + timedelta(minutes=40)
                plate, state = f"鄂L{n % 90_000:05}", statuses[n % 100]
                copy.write_row(
                    (
                        f"P{n:010}", berth, road, plate, "blue", start, end, state,
                        ["no_plate"] if state == "held" else [], False, 1.0, [], "", "", "", "[]", "[]", False, False,
                        False, end, end,
                    )
                )  # fmt: skip
        cursor.execute("ANALYZE parking_parkingsession")
    return {"road": str(Road.objects.get().pk), "number": f"{rows // 2:010}", "plate": f"鄂L{7:05}"}


def measure(*, rows: int) -> dict[str, float]:
    """The pages over `rows` orders."""
    from django.conf import settings
    from django.test.utils import override_settings

    settings.ALLOWED_HOSTS = ["*"]
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        return _open(rows=rows)


def _open(*, rows: int) -> dict[str, float]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from parking.models import User

    client = Client()
    client.force_login(User.objects.create_superuser("bench-lists", password=None))
    asked = fill(rows=rows)
    figures: dict[str, float] = {"sessions_in_the_list": rows}
    for name, query in _PAGES.items():
        took = []
        for _turn in range(_TIMES):
            started = time.monotonic()
            with CaptureQueriesContext(connection) as queries:
                answer = client.get("/admin/parking/parkingsession/" + query.format(**asked))
            took.append((time.monotonic() - started) * 1000)
            if answer.status_code != 200:
                raise RuntimeError(f"{name} answered {answer.status_code}")
        figures[f"session_list_{name}_ms"] = statistics.median(took)
        figures[f"session_list_{name}_slowest_ms"] = max(took)
        figures[f"session_list_{name}_queries"] = len(queries)
    return figures


def main() -> int:
    """One table."""
    ground.prepare()
    ground.build()
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for name, figure in measure(rows=rows).items():
        print(f"{name:<40} {figure:>12,.1f}")
    print(json.dumps({"rows": rows}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
