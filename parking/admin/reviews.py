"""Held sessions before a person: what was seen, what is proposed, and the decision."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from parking import masking, pictures, reviews, session_story, traces
from parking.admin import review_desk, words
from parking.admin.evidence import side_by_side
from parking.admin.readonly import RoadScoped
from parking.models import Review, User

_VERDICTS = [("", "—"), (reviews.ACCEPT, _("认可，按以下号牌出账")), (reviews.VOID, _("不收费，作废"))]


class DecisionForm(forms.ModelForm):  # type: ignore[type-arg]
    """The decision; refused by field."""

    verdict = forms.ChoiceField(label=_("结论"), choices=_VERDICTS, widget=UnfoldAdminSelectWidget)
    plate = forms.CharField(
        label=_("号牌号码"), max_length=16, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("与建议相同可不填"),
    )  # fmt: skip
    reason = forms.CharField(label=_("理由"), max_length=500, widget=UnfoldAdminTextareaWidget)

    class Meta:
        model = Review
        fields: tuple[str, ...] = ()

    def decision(self) -> reviews.Decision:
        """What the person decided."""
        said = self.cleaned_data
        return reviews.Decision(verdict=said["verdict"], reason=said["reason"], plate=said.get("plate", ""))


@admin.register(Review)
class ReviewAdmin(RoadScoped):
    """What waits for a person, oldest first."""

    road_lookup = "session__road"
    form = DecisionForm
    list_display = ["opened_at", "where", "masked_plate", "period", "why", "closed_at", "verdict", "decided_by"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "sample", "verdict", "session__road"]
    list_select_related = ["session__berth", "decided_by"]
    show_full_result_count = False
    ordering = ["opened_at"]
    readonly_fields = ["where", "period", "why", "evidence", "proposed", "story"]

    def get_fields(self, request: HttpRequest, obj: Review | None = None) -> list[str]:
        """What was seen, then the decision: to take, or taken."""
        decision = ["verdict", "plate", "reason"] if obj is None or obj.closed_at is None else ["verdict", "reason"]
        return [*self.readonly_fields, *decision]

    def get_urls(self) -> list[URLPattern]:
        """The desk stands before the single rows."""
        desk = path("desk/", self.admin_site.admin_view(review_desk.desk), name="parking_review_desk")
        return [desk, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Reviews are opened by the fold."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        """Only while it is open."""
        return (obj is None or obj.closed_at is None) and bool(super().has_change_permission(request, obj))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One review; whoever opens it sees the plates, which leaves a trace."""
        traces.plates_seen(by=str(request.user), through="review", query=object_id, rows=1, now=timezone.now())
        answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        return answer

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Review | None:
        """With its order's pictures, linked for whoever looks."""
        review: Review | None = super().get_object(request, object_id, from_field)
        if review is not None and isinstance(request.user, User):
            session = review.session
            shown = pictures.of([session], viewer=request.user, now=timezone.now(), through="review")
            review.shown_pictures = shown[session.id]  # type: ignore[attr-defined]
        return review

    @admin.display(description=_("证据照片"))
    def evidence(self, review: Review) -> SafeString | str:
        """Entry and exit side by side."""
        return side_by_side(getattr(review, "shown_pictures", ()))

    def get_form(self, request: HttpRequest, obj: Review | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The decision is tried before the form counts as valid, so that a refusal stands beside its field."""
        form = super().get_form(request, obj, change, **kwargs)

        def clean(self: DecisionForm) -> dict[str, Any]:
            said: dict[str, Any] = forms.ModelForm.clean(self) or self.cleaned_data
            if not self.errors and isinstance(request.user, User):
                try:
                    reviews.decide(self.instance.pk, self.decision(), by=request.user, now=timezone.now())
                except reviews.Undecidable as error:
                    self.add_error(error.field if error.field in self.fields else None, error.message)
            return said

        return type(form.__name__, (form,), {"clean": clean})

    def save_model(self, request: HttpRequest, obj: Review, form: Any, change: bool) -> None:
        """The decision was stored with its event: nothing is left to save."""

    @admin.display(description=_("泊位"))
    def where(self, review: Review) -> str:
        """The berth's code."""
        return review.session.berth.code

    @admin.display(description=_("号牌号码"))
    def masked_plate(self, review: Review) -> str:
        """鄂L1**45."""
        return masking.plate(review.session.plate)

    @admin.display(description=_("时段"))
    def period(self, review: Review) -> str:
        """From when to when."""
        arrived, left = review.session.arrived_at, review.session.left_at
        end = f"{timezone.localtime(left):%m-%d %H:%M}" if left else "…"
        return f"{timezone.localtime(arrived):%m-%d %H:%M} – {end}"

    @admin.display(description=_("待核实原因"))
    def why(self, review: Review) -> str:
        """Each reason in words."""
        return "；".join(words.hold(hold) for hold in review.holds)

    @admin.display(description=_("建议"))
    def proposed(self, review: Review) -> str:
        """The plate that the fold would take, if any."""
        return str(review.proposal.get("plate") or review.session.plate or "—")

    @admin.display(description=_("各方所见"))
    def story(self, review: Review) -> SafeString:
        """What each witness said, in order of time."""
        rows = (
            (
                f"{timezone.localtime(event.observed_at):%m-%d %H:%M:%S}",
                words.witness(event.witness),
                words.kind(event.kind),
                event.plate or "—",
                event.device,
            )
            for event in session_story.seen(review.session)
        )
        return format_html_join("", "<p>{}　{}　{}　{}　{}</p>", rows)
