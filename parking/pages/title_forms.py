"""The form of a title, and the asking for an invoice."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from parking.invoices import FAULT_WORDS
from payments.invoicing import TitleData

KINDS = (("person", _("个人")), ("company", _("单位")))


class MailField(forms.EmailField):
    """A mailbox, if any."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False,
            max_length=100,
            error_messages={
                "invalid": _("这不像一个邮箱地址。例如 name@example.com，也可以不填。"),
                "max_length": _("邮箱地址太长。"),
            },
            widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
            **options,
        )


class TitleForm(forms.Form):
    """Person or company; what is wrong is said by the rules that keep titles."""

    kind = forms.ChoiceField(label=_("抬头类型"), choices=KINDS, widget=forms.RadioSelect, initial="person")
    name = forms.CharField(
        label=_("抬头名称"),
        help_text=_("个人写姓名，单位写营业执照上的全称。"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    tax_number = forms.CharField(
        label=_("税号（单位必填）"),
        help_text=_("统一社会信用代码，18 位。个人不填。"),
        required=False,
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "inputmode": "text"}
        ),
    )
    email = MailField(label=_("接收邮箱（选填）"), help_text=_("开好后自动发到这里，也可以在网页下载。"))
    address = forms.CharField(label=_("单位地址（选填）"), required=False, max_length=80)
    phone = forms.CharField(label=_("单位电话（选填）"), required=False, max_length=20)
    bank = forms.CharField(label=_("开户行（选填）"), required=False, max_length=60)
    account = forms.CharField(label=_("银行账号（选填）"), required=False, max_length=40)
    special = forms.BooleanField(
        label=_("开增值税专用发票"), help_text=_("只给需要抵扣的一般纳税人单位。"), required=False
    )
    default = forms.BooleanField(label=_("设为默认抬头"), required=False)

    def clean(self) -> dict[str, Any]:
        """As the rules of titles have it."""
        data = super().clean() or {}
        if not self.errors:
            for name, fault in self.title().faults().items():
                self.add_error(name, forms.ValidationError(FAULT_WORDS[fault]))
        return data

    def title(self) -> TitleData:
        """What was typed, tidied."""
        names = ("kind", "name", "tax_number", "email", "address", "phone", "bank", "account", "special")
        return TitleData(**{name: self.cleaned_data.get(name, "") for name in names}).tidied()


class SendForm(forms.Form):
    """Where to mail an invoice once more."""

    email = MailField(label=_("邮箱"))

    def clean_email(self) -> str:
        """Here it is needed."""
        email = str(self.cleaned_data["email"])
        if not email:
            raise forms.ValidationError(_("请填写要发送到的邮箱。"))
        return email


class WishForm(forms.Form):
    """To whom and where to: a title that is kept, and a mailbox."""

    title = forms.IntegerField(error_messages={"required": _("请选择一个抬头。"), "invalid": _("请选择一个抬头。")})
    email = MailField(label=_("接收邮箱（选填）"), help_text=_("不填时发到抬头里的邮箱。"))
