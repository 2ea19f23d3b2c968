"""What drivers type. Every refusal names the field, what is wrong and how to mend it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parking import codes
from parking.domain import plate

_AUTO = ""
COLOR_WORDS = (
    ("blue", _("蓝牌")),
    ("green", _("绿牌（新能源）")),
    ("yellow", _("黄牌")),
    ("yellow_green", _("黄绿牌（新能源大型车）")),
    ("white", _("白牌")),
    ("black", _("黑牌")),
)


class PlateForm(forms.Form):
    """A number plate, with its colour where the form of the plate does not tell it."""

    plate = forms.CharField(
        label=_("车牌号"),
        help_text=_("例如 鄂L12345，新能源车多一位。"),
        max_length=32,
        error_messages={
            "required": _("请填写车牌号，例如 鄂L12345。"),
            "max_length": _("车牌号太长，请检查后重新填写，例如 鄂L12345。"),
        },
        widget=forms.TextInput(
            attrs={"class": "plate-input", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )
    color = forms.ChoiceField(
        label=_("车牌颜色"),
        required=False,
        choices=[(_AUTO, _("按车牌自动判断")), *COLOR_WORDS],
        error_messages={"invalid_choice": _("没有这种车牌颜色，请从列表里选择。")},
    )

    def clean_plate(self) -> str:
        """The one spelling of the plate."""
        number = plate.normalise(self.cleaned_data["plate"])
        if not plate.valid(number):
            raise forms.ValidationError(_("这不像一个车牌号。请从省份简称开始完整填写，例如 鄂L12345。"))
        return number

    def clean(self) -> dict[str, Any]:
        """The colour, taken from the plate's form where none was chosen."""
        data = super().clean() or {}
        if data.get("plate") and not data.get("color"):
            data["color"] = plate.usual_color(data["plate"])
        return data


class PhoneForm(forms.Form):
    """The phone a code is sent to."""

    phone = forms.CharField(
        label=_("手机号"),
        help_text=_("11 位手机号。没有账号会自动开通。"),
        max_length=32,
        error_messages={"required": _("请填写手机号。"), "max_length": _("手机号太长，请填写 11 位手机号。")},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )

    def clean_phone(self) -> str:
        """The phone as 11 digits."""
        phone = codes.tidy(self.cleaned_data["phone"])
        if not phone:
            raise forms.ValidationError(_("这不是手机号。请填写以 1 开头的 11 位数字。"))
        return phone


class CodeForm(forms.Form):
    """The one-time code."""

    code = forms.CharField(
        label=_("验证码"),
        help_text=_("6 位数字，5 分钟内有效。"),
        max_length=16,
        error_messages={"required": _("请填写短信里的 6 位验证码。"), "max_length": _("验证码是 6 位数字。")},
        widget=forms.TextInput(
            attrs={"class": "code", "inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6"}
        ),
    )

    def clean_code(self) -> str:
        """Six digits."""
        code = "".join(str(int(sign)) for sign in self.cleaned_data["code"] if sign.isdecimal())
        if len(code) != 6:
            raise forms.ValidationError(_("验证码是 6 位数字，请检查后重新填写。"))
        return code
