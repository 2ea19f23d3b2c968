"""Who speaks to us, and the keys: given once, rotated, revoked."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from unfold.admin import ModelAdmin

from parking.admin.readonly import ReadOnlyAdmin
from sensors import keys
from sensors.models import Source, SourceKey


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    """Who speaks to us. A new key is shown once and ends the oldest of three."""

    list_display = ["name", "codec", "witness", "events_per_second", "live_keys", "addresses", "active"]
    list_filter = ["codec", "active"]
    search_fields = ["name"]
    fields = ["name", "codec", "witness", "events_per_second", "max_age_days", "addresses", "active"]
    actions = ["give_key", "give_signing_key"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Source]":
        """With their keys."""
        found: QuerySet[Source] = super().get_queryset(request)
        return found.prefetch_related("keys")

    def save_model(self, request: HttpRequest, obj: Source, form: object, change: bool) -> None:
        """A new source begins now; what processes remember of its keys is read anew."""
        if not change:
            obj.created_at = timezone.now()
        obj.save()
        keys.forget()

    @admin.display(description=_("有效密钥"))
    def live_keys(self, source: Source) -> int:
        """How many keys live."""
        return sum(key.revoked_at is None for key in source.keys.all())

    @admin.action(description=_("发放新密钥（轮换）"), permissions=["change"])
    def give_key(self, request: HttpRequest, sources: "QuerySet[Source]") -> HttpResponse | None:
        """A bearer key for the one source that is chosen."""
        return self._give(request, sources, signed=False)

    @admin.action(description=_("发放新签名密钥（轮换）"), permissions=["change"])
    def give_signing_key(self, request: HttpRequest, sources: "QuerySet[Source]") -> HttpResponse | None:
        """A signing key for the one source that is chosen."""
        return self._give(request, sources, signed=True)

    @sensitive_variables()
    def _give(self, request: HttpRequest, sources: "QuerySet[Source]", *, signed: bool) -> HttpResponse | None:
        chosen = list(sources[:2])
        if len(chosen) != 1:
            messages.error(request, _("请只选择一个来源。"))
            return None
        source = chosen[0]
        name, secret = "", ""
        if signed:
            key = keys.add_signing_key(source=source, now=timezone.now())
            name, secret = key.name, key.secret
        else:
            secret = keys.add_key(source=source, now=timezone.now())
        self.log_change(request, source, "new signing key" if signed else "new key")
        return TemplateResponse(
            request,
            "admin/sensors/new_key.html",
            {
                **self.admin_site.each_context(request),
                "title": now_("%s 的新密钥") % source.name,
                "opts": self.model._meta,
                "name": name,
                "secret": secret,
                "back": reverse("admin:sensors_source_changelist"),
            },
        )


@admin.register(SourceKey)
class SourceKeyAdmin(ReadOnlyAdmin):
    """Which keys live; a lost one is revoked here."""

    list_display = ["source", "name", "created_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "source"]
    list_select_related = ["source"]
    fields = ["source", "name", "created_at", "revoked_at"]
    actions = ["revoke"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may give keys may take them."""
        return bool(request.user.has_perm("sensors.change_source"))

    @admin.action(description=_("吊销所选密钥"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: "QuerySet[SourceKey]") -> None:
        """End the keys; every process notices within a second or so."""
        ended = keys.revoke(list(chosen.values_list("id", flat=True)), now=timezone.now())
        messages.info(request, _("已吊销 %d 个密钥。") % ended)
