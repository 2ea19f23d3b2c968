"""Events and sessions."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from parking import masking, orders, pictures, session_story
from parking.admin import session_acts, session_amend, words
from parking.admin.evidence import side_by_side
from parking.admin.readonly import ReadOnlyAdmin, RoadScoped
from parking.domain import plate as plates
from parking.domain.events import Kind
from parking.models import Berth, EventRecord, ParkingSession, User
from payments import charges


@admin.register(EventRecord)
class EventRecordAdmin(ReadOnlyAdmin, RoadScoped):
    """What the witnesses said."""

    road_lookup = "berth__road"
    list_display = ["observed_at", "berth", "kind", "witness", "masked_plate", "device", "source", "received_at"]
    list_filter = ["kind", "witness"]
    search_fields = ["=event_id", "=berth__code", "=device"]
    list_select_related = ["berth"]
    show_full_result_count = False
    ordering = ["-id"]
    exclude = ["plate", "content", "detail"]
    readonly_fields = ["said"]

    @admin.display(description=_("说明"))
    def said(self, event: EventRecord) -> str:
        """The note; a person's decision names a plate and is told with the order instead."""
        return "" if event.kind == Kind.DECIDED else event.detail

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, event: EventRecord) -> str:
        """鄂L1**45."""
        return masking.plate(event.plate)


@admin.register(ParkingSession)
class ParkingSessionAdmin(ReadOnlyAdmin, RoadScoped):
    """Sessions, their fee explained line by line."""

    list_display = ["number", "berth", "masked_plate", "arrived_at", "left_at", "state", "fee", "why_held"]
    list_filter = ["status", "road", "provisional_calendar"]
    search_fields = ["=number", "=berth__code", "=plate"]
    list_select_related = ["berth", "charge"]
    show_full_result_count = False
    ordering = ["-arrived_at", "-id"]
    exclude = ["plate", "lines"]
    readonly_fields = ["masked_plate", "fee_lines", "evidence", "state", "why_held"]
    change_form_before_template = "admin/parking/parkingsession/story.html"

    def get_fieldsets(self, request: HttpRequest, obj: ParkingSession | None = None) -> list[tuple[Any, Any]]:
        """What people ask for first; the rest stays folded."""
        first = ["number", "road", "berth", "masked_plate", "arrived_at", "left_at", "state", "why_held", "fee_lines"]
        shown = {*first, "evidence"}
        rest = [name for name in self.get_fields(request, obj) if name not in shown]
        return [
            (None, {"fields": [*first, "evidence"]}),
            (_("判定与计费的细节"), {"fields": rest, "classes": ["collapse"]}),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[ParkingSession]", search_term: str
    ) -> "tuple[QuerySet[ParkingSession], bool]":
        """By order number, berth code or plate, each whole and along its index: Django's own would read every row."""
        term = search_term.strip().upper()
        if not term:
            return queryset, False
        berths = list(Berth.objects.filter(code=term).values_list("pk", flat=True))
        return queryset.filter(Q(number=term) | Q(plate=plates.normalise(term)) | Q(berth__in=berths)), False

    def get_urls(self) -> list[URLPattern]:
        """What can be done to an order, each on a page of its own."""
        act = self.admin_site.admin_view(session_acts.act)
        amend = self.admin_site.admin_view(session_amend.amend)
        return [
            path("<int:session_id>/act/<slug:what>/", act, name="parking_session_act"),
            path("<int:session_id>/amend/<slug:what>/", amend, name="parking_session_amend"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the whole story and what may be done."""
        session = self.get_queryset(request).filter(pk=object_id).first() if object_id.isdecimal() else None
        more: dict[str, Any] = {}
        if session is not None and self.has_view_permission(request, session):
            more = _story(session, may_settle=request.user.has_perm(session_acts.PERMISSION))
            if request.user.has_perm(session_amend.PERMISSION):
                more["amends"] = [(what, session_amend.TITLES[what]) for what in session_amend.possible(session)]
        answer: HttpResponse = super().change_view(request, object_id, form_url, (extra_context or {}) | more)
        return answer

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ParkingSession | None:
        """With its pictures, linked for whoever looks; that leaves a trace, since a plate stands on them."""
        session: ParkingSession | None = super().get_object(request, object_id, from_field)
        if session is not None and isinstance(request.user, User):
            shown = pictures.of([session], viewer=request.user, now=timezone.now(), through="session")
            session.shown_pictures = shown[session.id]  # type: ignore[attr-defined]
        return session

    @admin.display(description=_("证据照片"))
    def evidence(self, session: ParkingSession) -> SafeString | str:
        """Entry and exit side by side."""
        return side_by_side(getattr(session, "shown_pictures", ()))

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, session: ParkingSession) -> str:
        """鄂L1**45."""
        return masking.plate(session.plate)

    @admin.display(description=_("状态"))
    def state(self, session: ParkingSession) -> str:
        """The status, paid or not."""
        return str(STATES[orders.status_of(session, now=timezone.now())])

    @admin.display(description=_("费用(元)"))
    def fee(self, session: ParkingSession) -> str:
        """In yuan."""
        return "" if session.fee_fen is None else _yuan(session.fee_fen)

    @admin.display(description=_("待核实原因"))
    def why_held(self, session: ParkingSession) -> str:
        """Why it was not billed on its own."""
        return "；".join(words.hold(hold) for hold in session.holds)

    @admin.display(description=_("费用明细"))
    def fee_lines(self, session: ParkingSession) -> SafeString:
        """Each line with its rule."""
        rows = (
            (
                line["from"][5:16].replace("T", " "),
                line["to"][5:16].replace("T", " "),
                line["rule"],
                f"{line['amount_fen'] / 100:.2f}",
            )
            for line in session.lines
        )
        return format_html_join("", "<p>{} – {}　{}　{}</p>", rows)


def _story(session: ParkingSession, *, may_settle: bool) -> dict[str, Any]:
    view = charges.views([session.number]).get(session.number) if session.charge_id else None
    acts = session_acts.possible(view) if may_settle else []
    return {
        "moments": [words.moment(moment) for moment in session_story.tell(session)],
        "acts": [(what, session_acts.TITLES[what]) for what in acts],
        "money": view,
        "story_session": session,
    }


def _clock(moment: str) -> str:
    return moment[5:16].replace("T", " ")


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


STATES = {
    "parked": _("在停"),
    "ended": _("已离开"),
    "held": _("待核实"),
    "billed": _("待支付"),
    "settled": _("已结清"),
    "arrears": _("欠费"),
    "void": _("作废"),
}
