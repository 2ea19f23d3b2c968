"""Titles (抬头) that invoices are made out to, and the switch that invoices each payment."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking.api.driver.base import DriverView, answers, driver_of
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.invoices import FAULT_WORDS, owner_of, title_as_dict
from payments import invoicing
from payments.invoicing import TitleData

_LONGEST_ID = 2**63 - 1


class TitleForm(Strict):
    """A title as its owner writes it; a company needs its tax number, 18 signs with a check digit (GB 32100)."""

    kind = serializers.ChoiceField(["person", "company"])
    # Longer than a title may be: tidying shortens, and its own rule then says what is wrong.
    name = serializers.CharField(max_length=200, allow_blank=True)
    tax_number = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    address = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    bank = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    account = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    email = serializers.EmailField(max_length=100, required=False, allow_blank=True, default="")
    special = serializers.BooleanField(required=False, default=False, help_text="a special VAT invoice; companies only")


class NewTitleForm(TitleForm):
    """A title, and whether to use it unless told otherwise."""

    default = serializers.BooleanField(required=False, default=False)


class AutoForm(Strict):
    """To which title each payment is invoiced from now on; null switches it off."""

    title = serializers.IntegerField(min_value=1, max_value=_LONGEST_ID, allow_null=True)


_TITLE = inline_serializer(
    "DriverTitle",
    {
        "id": serializers.IntegerField(),
        "kind": serializers.ChoiceField(["person", "company"]),
        **{
            name: serializers.CharField()
            for name in ("name", "tax_number", "address", "phone", "bank", "account", "email")
        },
        "special": serializers.BooleanField(),
        "default": serializers.BooleanField(),
    },
)
_AUTO = inline_serializer("AutoInvoice", {"title": serializers.IntegerField(allow_null=True, help_text="null: off")})
_COMPANY = OpenApiExample(
    "a company",
    value={"kind": "company", "name": "某某公司", "tax_number": "91350100M000100Y43", "default": True},
    request_only=True,
)


def _keep(request: Request, said: dict[str, Any], *, title_id: int | None = None) -> Response:
    default = said.pop("default", False)
    try:
        title = invoicing.keep(
            TitleData(**said),
            owner=owner_of(driver_of(request)),
            title_id=title_id,
            default=default,
            now=timezone.now(),
        )
    except invoicing.WrongTitle as error:
        fields = {name: str(FAULT_WORDS[fault]) for name, fault in error.faults.items()}
        raise Refusal("invalid", _("有字段不正确。"), fields=fields) from error
    except invoicing.TooMany as error:
        words = _("最多保存 %(n)d 个抬头。请先删除不用的。") % {"n": invoicing.MOST_TITLES}
        raise Refusal("too_many", words, status=422) from error
    return Response(title_as_dict(title), status=201 if title_id is None else 200)


class Titles(DriverView):
    """The person's titles."""

    @extend_schema(
        operation_id="driver_titles",
        responses=answers(inline_serializer("DriverTitles", {"results": many(_TITLE)}), 401),
    )
    def get(self, request: Request) -> Response:
        """The default first; twenty at most."""
        found = invoicing.titles_of(owner_of(driver_of(request)))
        return Response({"results": [title_as_dict(each) for each in found]})

    @extend_schema(
        operation_id="driver_keep_title",
        request=NewTitleForm,
        responses=answers(_TITLE, 400, 401, 422, status=201, codes={422: ("too_many",)}),
        examples=[_COMPANY],
    )
    def post(self, request: Request) -> Response:
        """Keep a title; the first is the default."""
        form = NewTitleForm(data=request.data)
        form.is_valid(raise_exception=True)
        return _keep(request, form.validated_data)


class OneTitle(DriverView):
    """One title."""

    @extend_schema(operation_id="driver_change_title", request=TitleForm, responses=answers(_TITLE, 400, 401, 404))
    def put(self, request: Request, pk: int) -> Response:
        """Change it. Invoices asked for before keep what they were asked with."""
        form = TitleForm(data=request.data)
        form.is_valid(raise_exception=True)
        if all(title.pk != pk for title in invoicing.titles_of(owner_of(driver_of(request)))):
            raise Http404
        return _keep(request, form.validated_data, title_id=pk)

    @extend_schema(operation_id="driver_remove_title", responses=answers(None, 401, 404, status=204))
    def delete(self, request: Request, pk: int) -> Response:
        """Take it off the list; a switch that used it goes off."""
        if not invoicing.remove(pk, owner=owner_of(driver_of(request)), now=timezone.now()):
            raise Http404
        return Response(status=204)


class DefaultTitle(DriverView):
    """The title that is used unless told otherwise."""

    @extend_schema(operation_id="driver_default_title", request=None, responses=answers(None, 401, 404, status=204))
    def post(self, request: Request, pk: int) -> Response:
        """Make this one the default."""
        if not invoicing.make_default(pk, owner=owner_of(driver_of(request))):
            raise Http404
        return Response(status=204)


class AutoSwitch(DriverView):
    """Each payment invoiced without asking."""

    @extend_schema(operation_id="driver_auto_invoice", responses=answers(_AUTO, 401))
    def get(self, request: Request) -> Response:
        """To which title, or null while it is off."""
        found = invoicing.auto_of(owner_of(driver_of(request)))
        return Response({"title": found.title_id if found else None})

    @extend_schema(
        operation_id="driver_switch_auto_invoice",
        request=AutoForm,
        responses=answers(_AUTO, 400, 401, 422, codes={422: ("no_title",)}),
    )
    def put(self, request: Request) -> Response:
        """Invoice each payment from now on, or stop it."""
        form = AutoForm(data=request.data)
        form.is_valid(raise_exception=True)
        title_id = form.validated_data["title"]
        told = invoicing.switch_auto(
            owner=owner_of(driver_of(request)),
            title_id=title_id,
            language=get_language() or "zh-hans",
            now=timezone.now(),
        )
        if not told:
            reason = _("这个抬头已经删除，请选择另一个。")
            raise Refusal("no_title", reason, status=422, fields={"title": reason})
        return Response({"title": title_id})
