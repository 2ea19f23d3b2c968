"""The review desk: one item a screen, one key an answer, and the next item comes without a page load."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from parking import pictures, review_queue, reviews, session_story, traces
from parking.admin import timeline, words
from parking.admin.evidence import side_by_side
from parking.models import Review, User
from parking.reviews import ACCEPT, VOID, Decision, Undecidable

PASS = "pass"  # noqa: S105 - a key on the desk
VIEW, CHANGE = "parking.view_review", "parking.change_review"


@dataclass(slots=True, kw_only=True)
class Item:
    """What the screen shows of one review."""

    review: Review
    why: list[str]
    plate: str
    suggestions: list[str]
    timeline: timeline.Timeline
    evidence: SafeString | str
    errors: dict[str, str]
    typed: dict[str, str]

    @property
    def ready(self) -> bool:
        """Whether one key can accept it: a plate and both ends are there."""
        session = self.review.session
        return bool(self.plate) and session.left_at is not None and not session.contested


@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest) -> HttpResponse:
    """The next item for this person; a POST answers the one on the screen and brings the next."""
    user = request.user
    if not isinstance(user, User) or not user.has_perm(CHANGE):
        raise PermissionDenied
    now = timezone.now()
    roads = user.road_codes(CHANGE)
    said, errors, typed = "", {}, {}
    if request.method == "POST":
        try:
            said = _answer(request, user, roads, now)
        except Undecidable as error:
            errors, typed = {error.field: error.message}, {key: str(value) for key, value in request.POST.items()}
    item = _item(user, roads, now, errors, typed)
    context = {
        "item": item,
        "said": said,
        "backlog": review_queue.backlog(by=user, roads=roads, today_at=_midnight(now)),
    }
    status = 422 if errors else 200
    if request.headers.get("HX-Request"):
        return render(request, "admin/parking/review/_item.html", context, status=status)
    page = admin.site.each_context(request) | context | {"title": _("审核台")}
    return render(request, "admin/parking/review/desk.html", page, status=status)


def _answer(request: HttpRequest, user: User, roads: frozenset[str] | None, now: datetime) -> str:
    """Carry out the answer; gives the words for the toast. Raises Undecidable."""
    given = request.POST
    review = review_queue.waiting(roads=roads).filter(id=_number(given.get("review", ""))).first()
    if review is None:
        raise Undecidable("verdict", _("这一条已经有人处理。"))
    note = given.get("note", "").strip()
    if given.get("verdict") == PASS:
        if not review_queue.pass_on(review.pk, by=user, note=note):
            raise Undecidable("verdict", _("这一条正由他人处理。"))
        return _("已请他人复看。")
    defaults = {ACCEPT: _("看过证据，认可"), VOID: _("看过证据，不应收费")}
    verdict = given.get("verdict", "")
    decision = Decision(
        verdict=verdict,
        reason=note or defaults.get(verdict, ""),
        plate=given.get("plate", ""),
        arrived_at=_moment(given.get("arrived_at", ""), "arrived_at"),
        left_at=_moment(given.get("left_at", ""), "left_at"),
    )
    reviews.decide(review.pk, decision, by=user, now=now)
    return _("已认可。") if verdict == ACCEPT else _("已判定不收费。")


def _item(
    user: User, roads: frozenset[str] | None, now: datetime, errors: dict[str, str], typed: dict[str, str]
) -> Item | None:
    review = review_queue.claim(by=user, roads=roads, now=now)
    if review is None:
        return None
    session = review.session
    traces.plates_seen(by=user.username, through="review desk", query=session.number, rows=1, now=now)
    return Item(
        review=review,
        why=[words.hold(hold) for hold in review.holds],
        plate=str(review.proposal.get("plate") or session.plate),
        suggestions=review_queue.suggestions(review, now=now),
        timeline=timeline.draw(session_story.seen(session), session=session),
        evidence=side_by_side(pictures.of([session], viewer=user, now=now, through="review")[session.pk]),
        errors=errors,
        typed=typed,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _moment(text: str, field: str) -> datetime | None:
    """A time from the form, in the city's time; None when left empty. Raises Undecidable."""
    if not text:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise Undecidable(field, _("请填写日期和时间，例如 2026-11-23 08:05。"))
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _midnight(now: datetime) -> datetime:
    return timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
