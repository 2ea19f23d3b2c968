"""The rules of a road, field by field: each explained, its default beside it, each change with its reason."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.functional import lazy
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from parking import policies
from parking.admin.readonly import ReadOnlyAdmin, RoadScoped
from parking.domain.policy import DEFAULT, FIELDS, Explained, Policy, PolicyError
from parking.models import PolicyChange, Road

PREFIX = "policy_"
_TYPES = {field.name: type(field.default) for field in fields_of(Policy)}


def _english() -> bool:
    return (get_language() or "").startswith("en")


def _label(name: str) -> str:
    field = FIELDS[name]
    label = field.label_en if _english() else field.label
    return f"{label} ({field.unit})" if field.unit else label


def _help(name: str) -> str:
    field = FIELDS[name]
    text = field.text_en if _english() else field.text
    default = getattr(DEFAULT, name)
    if isinstance(default, bool):
        return text + gettext(" 默认：%(default)s。") % {"default": gettext("是") if default else gettext("否")}
    told = {"default": f"{default:g}", "least": f"{field.least:g}", "most": f"{field.most:g}"}
    return text + gettext(" 默认 %(default)s，可取 %(least)s 至 %(most)s。") % told


_lazy_label, _lazy_help = lazy(_label, str), lazy(_help, str)


def _field(explained: Explained) -> forms.Field:
    name = explained.name
    told: dict[str, Any] = {"label": _lazy_label(name), "help_text": _lazy_help(name), "required": False}
    if _TYPES[name] is bool:
        choices = [("", _("默认")), ("yes", _("是")), ("no", _("否"))]
        return forms.ChoiceField(choices=choices, widget=UnfoldAdminSelectWidget, **told)
    told |= {"min_value": explained.least, "max_value": explained.most}
    if _TYPES[name] is int:
        return forms.IntegerField(widget=UnfoldAdminIntegerFieldWidget, **told)
    return forms.FloatField(widget=UnfoldAdminDecimalFieldWidget, **told)


class _RoadForm(forms.ModelForm):  # type: ignore[type-arg]
    """A road with its rules; an empty rule keeps the default of the road's mix of devices."""

    policy_reason = forms.CharField(
        label=_("修改理由"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextareaWidget,
        help_text=_("改动判定规则时必填；改动从现在起生效，已出账的不变"),
    )

    class Meta:
        model = Road
        exclude = ("policy",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (self.instance.policy or {}).items():
            if PREFIX + name in self.fields:
                self.fields[PREFIX + name].initial = (
                    {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
                )

    def rules(self) -> dict[str, object]:
        """What the road changes of the defaults."""
        told: dict[str, object] = {}
        for name, kind in _TYPES.items():
            value = self.cleaned_data.get(PREFIX + name)
            if value not in (None, ""):
                told[name] = value == "yes" if kind is bool else value
        return told

    def clean(self) -> dict[str, Any]:
        """A change of rules has a reason, and the rules fit each other."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            policies.policy_of(said.get("mix", ""), self.rules())
        except PolicyError as error:
            self.add_error(PREFIX + error.field if PREFIX + error.field in self.fields else None, error.message)
        if self.changes_rules() and not said.get("policy_reason", "").strip():
            self.add_error("policy_reason", gettext("改动了判定规则，请写明理由。"))
        return said

    def changes_rules(self) -> bool:
        """Whether mix or rules differ from what the road has."""
        before = Road.objects.filter(pk=self.instance.pk).values_list("mix", "policy").first()
        return before is not None and before != (self.cleaned_data.get("mix"), self.rules())


RoadForm = type("RoadForm", (_RoadForm,), {PREFIX + name: _field(field) for name, field in FIELDS.items()})
RULES: Mapping[str, Any] = {"fields": ["mix", *(PREFIX + name for name in FIELDS), "policy_reason"], "classes": ["tab"]}


@admin.register(PolicyChange)
class PolicyChangeAdmin(ReadOnlyAdmin, RoadScoped):
    """Who changed which road's rules, when and why."""

    list_display = ["at", "road", "mix", "policy", "by", "reason"]
    list_filter = ["road"]
    list_select_related = ["road", "by"]
    ordering = ["-at"]
