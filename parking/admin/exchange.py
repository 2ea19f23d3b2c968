"""The data exchange's desk: departments, applications that a second person decides, grants, keys, counts."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from parking.admin.readonly import ReadOnlyAdmin
from parking.exchange import granting, keys
from parking.exchange.catalogue import SHARED, Sharing
from parking.exchange.granting import NotGranted
from parking.models import DataApplication, DataCall, DataGrant, DataKey, DataSubscription, Department, User
from parking.wording import english

_DECIDE = "parking.decide_dataapplication"


def _datasets() -> list[tuple[str, str]]:
    kinds = {Sharing.UNCONDITIONAL: gettext("无条件共享"), Sharing.CONDITIONAL: gettext("有条件共享")}
    return [(each.code, f"{each.name_en if english() else each.name} · {kinds[each.sharing]}") for each in SHARED]


@admin.register(Department)
class DepartmentAdmin(ModelAdmin):
    """Who we exchange data with."""

    list_display = ["code", "name", "name_en", "active", "created_at"]
    list_filter = ["active"]
    search_fields = ["code", "name", "name_en"]
    filter_horizontal = ["members"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only accounts made for departments: the list must not name drivers."""
        kwargs["queryset"] = User.objects.filter(groups__name="department").order_by("username")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Department | None = None) -> bool:
        """Never: what it was told stays told. It is put out of use."""
        return False

    def save_model(self, request: HttpRequest, obj: Department, form: Any, change: bool) -> None:
        """Registered now."""
        if not change:
            obj.created_at = timezone.now()
        obj.save()


class ApplyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An application that came on paper."""

    datasets = forms.MultipleChoiceField(
        label=_("数据集"), choices=_datasets, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = DataApplication
        fields = ("department", "datasets", "purpose", "basis", "daily_calls", "days")

    def clean(self) -> dict[str, Any]:
        """What the API asks of an application, too."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            asked = {name: said[name] for name in ("datasets", "purpose", "basis", "daily_calls", "days")}
            try:
                granting.check(**asked)
            except NotGranted as error:
                self.add_error(error.field, error.message)
        return said


class DecideForm(forms.ModelForm):  # type: ignore[type-arg]
    """The decision of the second person."""

    verdict = forms.ChoiceField(
        label=_("结论"),
        choices=[("", "—"), ("approve", _("批准")), ("refuse", _("不批准"))],
        widget=UnfoldAdminSelectWidget,
    )
    why = forms.CharField(label=_("审批意见"), max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))

    class Meta:
        model = DataApplication
        fields = ()


_TOLD = [
    "number",
    "department",
    "names",
    "purpose",
    "basis",
    "daily_calls",
    "days",
    "status",
    "applied_by",
    "applied_at",
]
_OUTCOME = ["decided_by", "decided_at", "reason"]


@admin.register(DataApplication)
class DataApplicationAdmin(ModelAdmin):
    """What departments asked for. One person enters it, another decides; neither edits it."""

    list_display = ["number", "department", "names", "status", "applied_by", "applied_at", "decided_by", "decided_at"]
    list_filter = ["status", "department"]
    search_fields = ["=number", "purpose"]
    list_select_related = ["department", "applied_by", "decided_by"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Applying, deciding, or only looking."""
        kwargs["form"] = DecideForm if obj is not None else ApplyForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: DataApplication | None = None) -> list[str]:
        """What was asked for; what may be decided, or was."""
        if obj is None:
            return list(ApplyForm.Meta.fields)
        return [*_TOLD, *(["verdict", "why"] if self._open_to(request, obj) else _OUTCOME)]

    def get_readonly_fields(self, request: HttpRequest, obj: DataApplication | None = None) -> list[str]:
        """An application is not edited."""
        return [] if obj is None else [*_TOLD, *_OUTCOME]

    def has_change_permission(self, request: HttpRequest, obj: DataApplication | None = None) -> bool:
        """Those who decide, while there is something to decide, and not on their own."""
        return bool(request.user.has_perm(_DECIDE)) if obj is None else self._open_to(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: DataApplication | None = None) -> bool:
        """Never."""
        return False

    def _open_to(self, request: HttpRequest, obj: DataApplication) -> bool:
        waits = obj.status == DataApplication.Status.APPLIED and obj.applied_by_id != request.user.pk
        return waits and bool(request.user.has_perm(_DECIDE))

    def save_model(self, request: HttpRequest, obj: DataApplication, form: Any, change: bool) -> None:
        """Store an application, or decide one."""
        assert isinstance(request.user, User)
        if not change:
            obj.applied_by, obj.applied_at = request.user, timezone.now()
            obj.number = granting.new_number(now=obj.applied_at)
            obj.save()
            return
        decide = granting.approve if form.cleaned_data["verdict"] == "approve" else granting.refuse
        try:
            decide(obj.pk, by=request.user, reason=form.cleaned_data["why"], now=timezone.now())
        except NotGranted as error:
            messages.error(request, error.message)

    def response_change(self, request: HttpRequest, obj: DataApplication) -> HttpResponse:
        """Back to the list, where the outcome stands."""
        return HttpResponseRedirect(reverse("admin:parking_dataapplication_changelist"))

    @admin.display(description=_("数据集"))
    def names(self, application: DataApplication) -> str:
        """The data sets by their names."""
        return _named(application.datasets)


def _named(codes: list[str]) -> str:
    names = {each.code: each.name_en if english() else each.name for each in SHARED}
    return ("; " if english() else "、").join(names.get(code, code) for code in codes)


class RevokeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Why a grant ends before its time."""

    class Meta:
        model = DataGrant
        fields = ("revoke_reason",)

    def clean_revoke_reason(self) -> str:
        """A reason."""
        said: str = self.cleaned_data["revoke_reason"].strip()
        if not said:
            raise forms.ValidationError(gettext("请写明撤销理由。"))
        return said


@admin.register(DataGrant)
class DataGrantAdmin(ModelAdmin):
    """What departments hold. A key is given once, here or by the API; a grant is ended with a reason."""

    form = RevokeForm
    list_display = ["department", "names", "daily_calls", "from_at", "to_at", "revoked_at", "live_keys"]
    list_filter = ["department", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["department", "application"]
    fields = [
        "application",
        "department",
        "names",
        "daily_calls",
        "minute_calls",
        "from_at",
        "to_at",
        "revoked_at",
        "revoked_by",
        "revoke_reason",
    ]
    readonly_fields = [*fields[:-1]]
    actions = ["give_key"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[DataGrant]":
        """With their keys."""
        found: QuerySet[DataGrant] = super().get_queryset(request)
        return found.prefetch_related("keys")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An approval makes it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: DataGrant | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: DataGrant | None = None) -> bool:
        """What has ended is only looked at."""
        return bool(super().has_change_permission(request, obj)) and (obj is None or obj.revoked_at is None)

    def has_give_permission(self, request: HttpRequest) -> bool:
        """Whoever may enter applications hands out their keys."""
        return bool(request.user.has_perm("parking.add_datakey"))

    def save_model(self, request: HttpRequest, obj: DataGrant, form: Any, change: bool) -> None:
        """Revoke."""
        assert isinstance(request.user, User)
        try:
            granting.revoke(obj.pk, by=request.user, reason=obj.revoke_reason, now=timezone.now())
        except NotGranted as error:
            messages.error(request, error.message)

    @admin.display(description=_("数据集"))
    def names(self, grant: DataGrant) -> str:
        """The data sets by their names."""
        return _named(grant.datasets)

    @admin.display(description=_("有效密钥"))
    def live_keys(self, grant: DataGrant) -> int:
        """How many keys live."""
        return sum(key.revoked_at is None for key in grant.keys.all())

    @sensitive_variables()
    @admin.action(description=_("发放新密钥（轮换）"), permissions=["give"])
    def give_key(self, request: HttpRequest, grants: "QuerySet[DataGrant]") -> HttpResponse | None:
        """A key of the one grant that is chosen, shown on the next page and never again."""
        assert isinstance(request.user, User)
        chosen = list(grants[:2])
        if len(chosen) != 1:
            messages.error(request, gettext("请只选择一个授权。"))
            return None
        try:
            secret = keys.issue(grant_id=chosen[0].pk, by=request.user, now=timezone.now())
        except NotGranted as error:
            messages.error(request, error.message)
            return None
        self.log_change(request, chosen[0], "new key")
        return TemplateResponse(
            request,
            "admin/sensors/new_key.html",
            {
                **self.admin_site.each_context(request),
                "title": gettext("%s 的新密钥") % chosen[0].department,
                "opts": self.model._meta,
                "name": "",
                "secret": secret,
                "back": reverse("admin:parking_datagrant_changelist"),
            },
        )


@admin.register(DataKey)
class DataKeyAdmin(ReadOnlyAdmin):
    """Which keys live; a lost one is revoked here."""

    list_display = ["hint", "department", "created_by", "created_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "grant__department"]
    list_select_related = ["grant__department", "created_by"]
    fields = ["hint", "grant", "created_by", "created_at", "revoked_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may give keys may take them."""
        return bool(request.user.has_perm("parking.add_datakey"))

    @admin.display(description=_("部门"))
    def department(self, key: DataKey) -> str:
        """Whose it is."""
        return str(key.grant.department)

    @admin.action(description=_("吊销所选密钥"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: "QuerySet[DataKey]") -> None:
        """End the keys at once."""
        ended = keys.revoke(list(chosen.values_list("id", flat=True)), now=timezone.now())
        messages.info(request, gettext("已吊销 %d 个密钥。") % ended)


@admin.register(DataCall)
class DataCallAdmin(ReadOnlyAdmin):
    """What was called, by day, data set and key."""

    list_display = ["day", "dataset", "department", "key", "calls", "rows", "refused"]
    list_filter = ["dataset", "key__grant__department"]
    date_hierarchy = "day"
    list_select_related = ["key__grant__department"]

    @admin.display(description=_("部门"))
    def department(self, call: DataCall) -> str:
        """Who called."""
        return str(call.key.grant.department)


@admin.register(DataSubscription)
class DataSubscriptionAdmin(ReadOnlyAdmin):
    """Who follows what, and how far they have read."""

    list_display = ["number", "department", "dataset", "position", "created_at", "acknowledged_at", "ended_at"]
    list_filter = ["dataset", ("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["grant__department"]

    @admin.display(description=_("部门"))
    def department(self, subscription: DataSubscription) -> str:
        """Who follows."""
        return str(subscription.grant.department)
