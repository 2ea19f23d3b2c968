"""The data itself: pages of changes by cursor, and what one's keys have called."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from parking.api.city import text
from parking.api.errors import Refusal
from parking.api.exchange import places, shapes
from parking.api.exchange.doors import LONGEST, KeyView, admitted, caller_of
from parking.exchange import changes, keys
from parking.exchange.changes import Page
from parking.exchange.keys import Caller

_PAGE, _MOST = 500, 1_000

PAGING = [OpenApiParameter("limit", int, description=f"rows a page, 1 to {_MOST}, {_PAGE} without it")]
CURSOR = OpenApiParameter("cursor", str, description="`next` of the last page that was kept; none: from the beginning")


class Data(KeyView):
    """A data set's rows and what became of them, as a feed of changes."""

    @extend_schema(
        parameters=[CURSOR, *PAGING],
        responses={
            200: shapes.PAGE,
            400: shapes.WRONG,
            401: shapes.NO_KEY,
            403: shapes.NO_RIGHT,
            404: shapes.NOT_THERE,
            410: shapes.GONE,
            429: shapes.LATER,
        },
    )
    def get(self, request: Request, dataset: str) -> Response:
        """What changed after the cursor, oldest first, at least once. Without a cursor: every row there is."""
        caller = admitted(request, dataset)
        position = places.read(dataset, text(request, "cursor", 120))
        return Response(as_answer(dataset, page(request, caller, dataset, position)))


class Calls(KeyView):
    """What the grant has spent."""

    @extend_schema(
        parameters=[OpenApiParameter("from", OpenApiTypes.DATE), OpenApiParameter("to", OpenApiTypes.DATE)],
        responses={200: shapes.CALLS, 400: shapes.WRONG, 401: shapes.NO_KEY},
    )
    def get(self, request: Request) -> Response:
        """Calls, rows and refusals by day, data set and key; a month up to today without dates. Costs no call."""
        first, last = days(request)
        caller = caller_of(request)
        return Response({"daily_calls": caller.daily_calls, "results": keys.calls(caller, first=first, last=last)})


def page(request: Request, caller: Caller, dataset: str, position: int) -> Page:
    """The page after a position, counted for its caller. Raises Refusal."""
    given = text(request, "limit", 5) or str(_PAGE)
    if not (given.isascii() and given.isdigit() and 1 <= int(given) <= _MOST):
        raise Refusal("invalid", _("查询条件不正确。"), fields={"limit": _("应在 1 与 %d 之间") % _MOST})
    now = timezone.now()
    changes.number(now=now)
    try:
        found = changes.page(dataset=dataset, position=position, limit=int(given))
    except changes.Unknown as error:
        raise places.gone() from error
    keys.told(caller, dataset=dataset, rows=len(found.results), now=now)
    return found


def as_answer(dataset: str, found: Page) -> dict[str, object]:
    """A page as it is sent."""
    return {
        "dataset": dataset,
        "results": found.results,
        "next": places.of(dataset, found.position),
        "more": found.more,
    }


def days(request: Request) -> tuple[date, date]:
    """The `from` and `to` of a question, days of the city, both included. Raises Refusal."""
    today = keys.today(timezone.now())
    last = _day(request, "to") or today
    first = _day(request, "from") or last - timedelta(days=30)
    if not timedelta() <= last - first <= LONGEST:
        reason = _("不早于 from，且最多 %d 天") % LONGEST.days
        raise Refusal("invalid", _("查询条件不正确。"), fields={"to": reason})
    return first, last


def _day(request: Request, name: str) -> date | None:
    value = text(request, name, 10)
    if not value:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = None
    if day is None or not 2000 < day.year < 9000:
        raise Refusal("invalid", _("查询条件不正确。"), fields={name: _("应为日期，如 2026-11-24")})
    return day
