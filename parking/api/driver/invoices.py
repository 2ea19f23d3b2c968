"""Invoices: what can be invoiced, asking once, following, opening the documents, sending on."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from parking import invoices, masking, orders
from parking.api.city import text
from parking.api.driver.base import ONCE, DriverView, answered_once, answers, driver_of
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.invoices import WHY_WORDS, owner_of
from payments import invoicing
from payments.invoicing import InvoiceView, Why

PAGE = 50

_SHORT: dict[str, Any] = {
    "serial": serializers.CharField(help_text="ours; names the invoice here"),
    "red": serializers.BooleanField(help_text="a red invoice reverses the one that `blue` names"),
    "blue": serializers.CharField(help_text="empty for a blue one"),
    "reversed_by": serializers.CharField(help_text="the red invoice that reversed it, empty when none"),
    "replaces": serializers.CharField(help_text="the invoice in whose place this one was made, empty when none"),
    "status": serializers.ChoiceField(
        ["requested", "submitted", "waiting_login", "issued", "red_required", "red_pending", "reversed", "failed"]
    ),
    "waits_for": serializers.CharField(
        help_text="us, login, retry or staff: it goes on without the person; empty: it rests"
    ),
    "moving": serializers.BooleanField(help_text="worth asking again in some seconds"),
    "regime": serializers.ChoiceField(["vat", "fiscal"]),
    "buyer": serializers.CharField(),
    "gross_fen": serializers.IntegerField(help_text="negative for a red one"),
    "number": serializers.CharField(help_text="of the issued document"),
    "requested_at": serializers.DateTimeField(),
    "issued_at": serializers.DateTimeField(allow_null=True),
    "charges": serializers.ListField(child=serializers.CharField()),
}
_INVOICE = inline_serializer("DriverInvoice", dict(_SHORT))
_FILE = inline_serializer(
    "DriverInvoiceFile",
    {
        "kind": serializers.ChoiceField(list(invoicing.MEDIA_TYPES)),
        "url": serializers.CharField(help_text="asked for with the same token"),
    },
)
_DELIVERY = inline_serializer(
    "DriverInvoiceDelivery",
    {
        "channel": serializers.ChoiceField(["mail", "link"]),
        "status": serializers.ChoiceField(["waiting", "sending", "sent", "failed"]),
        "email": serializers.CharField(help_text="masked; empty for a link"),
        "at": serializers.DateTimeField(),
    },
)
_DETAIL = inline_serializer(
    "DriverInvoiceDetail",
    {
        **_SHORT,
        "reason": serializers.CharField(help_text="what the issuer said when it failed"),
        "buyer_tax_number": serializers.CharField(),
        "seller": serializers.CharField(),
        "net_fen": serializers.IntegerField(),
        "tax_fen": serializers.IntegerField(),
        "rate_percent": serializers.CharField(),
        "code": serializers.CharField(help_text="of a fiscal receipt"),
        "check_code": serializers.CharField(help_text="of a fiscal receipt"),
        "place": serializers.CharField(),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(),
        "files": many(_FILE),
        "deliveries": many(_DELIVERY),
    },
)
_OFFER = inline_serializer(
    "InvoiceOffer",
    {
        "charge": serializers.CharField(),
        "amount_fen": serializers.IntegerField(help_text="what was paid and not given back"),
        "regime": serializers.ChoiceField(["vat", "fiscal"]),
        "place": serializers.CharField(),
        "plate": serializers.CharField(),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(),
    },
)


class AskForm(Strict):
    """Which charges, to which title, mailed where."""

    charges = serializers.ListField(
        child=serializers.RegexField(r"^[A-Za-z0-9]{1,32}$"), min_length=1, max_length=invoicing.MOST_AT_ONCE
    )
    title = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    email = serializers.EmailField(
        max_length=100, required=False, allow_blank=True, default="", help_text="empty: the title's mailbox"
    )


class SendForm(Strict):
    """Where to mail it."""

    email = serializers.EmailField(max_length=100)


def _short(view: InvoiceView) -> dict[str, Any]:
    return {
        "serial": view.serial,
        "red": view.red,
        "blue": view.blue_serial,
        "reversed_by": view.red_serial,
        "replaces": view.replaces_serial,
        "status": view.status,
        "waits_for": view.waits_for,
        "moving": view.moving,
        "regime": view.regime,
        "buyer": view.buyer_name,
        "gross_fen": view.gross_fen,
        "number": view.number,
        "requested_at": orders.local(view.requested_at),
        "issued_at": orders.local(view.issued_at),
        "charges": list(view.charges),
    }


def _detail(view: InvoiceView) -> dict[str, Any]:
    return {
        **_short(view),
        "reason": view.reason if view.status == "failed" else "",
        "buyer_tax_number": view.buyer_tax_number,
        "seller": view.seller_name,
        "net_fen": view.net_fen,
        "tax_fen": view.tax_fen,
        "rate_percent": view.rate,
        "code": view.code,
        "check_code": view.check_code,
        "place": view.place,
        "from": orders.local(view.from_at),
        "to": orders.local(view.to_at),
        "files": [
            {"kind": kind, "url": reverse("driver-invoice-file", kwargs={"serial": view.serial, "kind": kind})}
            for kind in view.files
        ],
        "deliveries": [
            {
                "channel": each.channel,
                "status": each.status,
                "email": masking.email(each.email),
                "at": orders.local(each.sent_at or each.made_at),
            }
            for each in reversed(view.deliveries)
        ],
    }


def _find(request: Request, serial: str) -> InvoiceView:
    view = invoicing.invoice_of(owner_of(driver_of(request)), serial)
    if view is None:
        raise Http404
    return view


class Invoices(DriverView):
    """The person's invoices."""

    @extend_schema(
        operation_id="driver_invoices",
        parameters=[OpenApiParameter("cursor", str)],
        responses=answers(
            inline_serializer(
                "DriverInvoices", {"results": many(_INVOICE), "next": serializers.CharField(allow_null=True)}
            ),
            400,
            401,
        ),
    )
    def get(self, request: Request) -> Response:
        """Newest first, red ones among them, 50 a page; `next` is the cursor of the next page, null on the last."""
        cursor = text(request, "cursor", 20)
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Refusal("invalid", _("查询条件不正确。"), fields={"cursor": cursor})
        found, following = invoicing.invoices_of(
            owner_of(driver_of(request)), before=int(cursor) if cursor else None, limit=PAGE
        )
        return Response(
            {"results": [_short(each) for each in found], "next": None if following is None else str(following)}
        )

    @extend_schema(
        operation_id="driver_ask_invoice",
        parameters=[ONCE],
        request=AskForm,
        responses=answers(
            inline_serializer(
                "InvoicesAsked",
                {
                    "invoices": serializers.ListField(
                        child=serializers.CharField(), help_text="serials; several when seller, regime or rate differ"
                    ),
                    "refused": serializers.DictField(
                        child=serializers.CharField(), help_text="the code of the reason by charge left out"
                    ),
                },
            ),
            400,
            401,
            409,
            422,
            status=201,
            codes={
                400: ("key_missing", "invalid"),
                409: ("key_reused", "in_progress"),
                422: ("no_title", *(str(why) for why in Why)),
            },
        ),
        examples=[
            OpenApiExample(
                "two stays in one invoice",
                value={"charges": ["P2611230000001", "P2611230000002"], "title": 7, "email": "lisi@example.com"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Ask for as few invoices as the rules allow. What can't be invoiced is left out with its reason; when
        nothing can, 422 with the first reason's code and the reasons by charge."""
        user = driver_of(request)
        form = AskForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data

        def work() -> Response:
            mine = invoices.own(user, said["charges"])
            refused = {number: Why.UNKNOWN for number in said["charges"] if number not in mine}
            try:
                asked = invoicing.ask(
                    [number for number in said["charges"] if number in mine],
                    owner=owner_of(user),
                    title_id=said["title"],
                    email=said["email"],
                    language=get_language() or "zh-hans",
                    now=timezone.now(),
                )
            except invoicing.NoSuchTitle as error:
                reason = _("这个抬头已经删除，请选择另一个。")
                raise Refusal("no_title", reason, status=422, fields={"title": reason}) from error
            refused |= asked.refused
            if not asked.serials:
                first = refused[said["charges"][0]]
                words = {number: str(WHY_WORDS[why]) for number, why in refused.items()}
                raise Refusal(str(first), str(WHY_WORDS[first]), status=422, fields=words)
            return Response(
                {"invoices": list(asked.serials), "refused": {number: str(why) for number, why in refused.items()}},
                status=201,
            )

        return answered_once(request, caller=f"user:{user.pk}", work=work)


class Offers(DriverView):
    """What can be invoiced."""

    @extend_schema(
        operation_id="driver_invoice_offers",
        responses=answers(
            inline_serializer("InvoiceOffers", {"total_fen": serializers.IntegerField(), "results": many(_OFFER)}),
            401,
        ),
    )
    def get(self, request: Request) -> Response:
        """The paid stays of the person's proved cars that are in no living invoice, newest first, 200 at most."""
        found = invoices.offers(driver_of(request), now=timezone.now())
        return Response(
            {
                "total_fen": sum(each.amount_fen for each in found),
                "results": [
                    {
                        "charge": each.number,
                        "amount_fen": each.amount_fen,
                        "regime": each.kind,
                        "place": each.place,
                        "plate": each.plate,
                        "from": orders.local(each.from_at),
                        "to": orders.local(each.to_at),
                    }
                    for each in found
                ],
            }
        )


class OneInvoice(DriverView):
    """One invoice."""

    @extend_schema(operation_id="driver_invoice", responses=answers(_DETAIL, 401, 404))
    def get(self, request: Request, serial: str) -> Response:
        """How it stands, its amounts, its documents, where it was sent. Another person's is not found."""
        return Response(_detail(_find(request, serial)))


class InvoiceFile(DriverView):
    """A document of an invoice."""

    @extend_schema(
        operation_id="driver_invoice_file",
        responses={
            **{(200, kind): OpenApiTypes.BINARY for kind in invoicing.MEDIA_TYPES.values()},
            401: OpenApiResponse(description="`not_authenticated`"),
            404: OpenApiResponse(description="`not_found`"),
        },
    )
    def get(self, request: Request, serial: str, kind: str) -> HttpResponse:
        """The bytes as the issuer made them, their SHA-256 in `X-Content-SHA256`."""
        document = invoicing.document(serial, kind, owner=owner_of(driver_of(request)))
        if document is None:
            raise Http404
        response = HttpResponse(bytes(document.body), content_type=invoicing.MEDIA_TYPES[document.kind])
        response["Content-Disposition"] = f'attachment; filename="{serial}.{document.kind}"'
        response["X-Content-SHA256"] = document.sha256
        return response


class SendInvoice(DriverView):
    """Sending it again."""

    @extend_schema(
        operation_id="driver_send_invoice",
        parameters=[ONCE],
        request=SendForm,
        responses=answers(
            inline_serializer("InvoiceSent", {"email": serializers.CharField(help_text="masked")}),
            400,
            401,
            404,
            409,
            422,
            status=202,
            codes={400: ("key_missing", "invalid"), 409: ("key_reused", "in_progress"), 422: ("not_now",)},
        ),
    )
    def post(self, request: Request, serial: str) -> Response:
        """Mail an issued invoice once more, to this address; ten times a day at most."""
        view = _find(request, serial)
        form = SendForm(data=request.data)
        form.is_valid(raise_exception=True)
        email = form.validated_data["email"]

        def work() -> Response:
            try:
                invoicing.send_again(view.serial, email=email, now=timezone.now())
            except invoicing.NotDelivered as error:
                words = _("现在不能发送：发票还没有开好，或今天已经发送太多次。")
                raise Refusal("not_now", words, status=422) from error
            return Response({"email": masking.email(email)}, status=202)

        return answered_once(request, caller=owner_of(driver_of(request)), work=work)
