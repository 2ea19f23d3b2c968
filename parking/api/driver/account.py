"""A driver's account: what is kept, what was agreed to, what is told and how, and the end of it."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking import accounts, consents, masking, messages, orders
from parking.api.city import text
from parking.api.driver.base import DriverView, answers, driver_of
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.models import Consent, Message, MessageChoice
from parking.models.drivers import Topic

PAGE = 50

_ACCOUNT = inline_serializer(
    "DriverAccount",
    {
        "phone": serializers.CharField(help_text="masked"),
        "wechat": serializers.BooleanField(),
        "consents": serializers.ListField(child=serializers.ChoiceField(Consent.Purpose.values)),
        "choices": serializers.DictField(child=serializers.ChoiceField(MessageChoice.Channel.values)),
        "unread": serializers.IntegerField(),
        "owed_fen": serializers.IntegerField(),
    },
)
_MESSAGE = inline_serializer(
    "DriverMessage",
    {
        "id": serializers.IntegerField(),
        "topic": serializers.ChoiceField(Topic.values),
        "title": serializers.CharField(),
        "text": serializers.CharField(),
        "order": serializers.CharField(help_text="the order it is about, empty when none"),
        "at": serializers.DateTimeField(),
        "read": serializers.BooleanField(),
    },
)


class ChoiceForm(Strict):
    """How to hear of a topic."""

    topic = serializers.ChoiceField(Topic.values)
    channel = serializers.ChoiceField(MessageChoice.Channel.values)


class ConsentForm(Strict):
    """An agreement given or taken back."""

    purpose = serializers.ChoiceField([str(Consent.Purpose.WHEREABOUTS)])
    given = serializers.BooleanField()


class EndForm(Strict):
    """The end of an account, meant."""

    confirm = serializers.BooleanField(help_text="must be true")


class ReadForm(Strict):
    """Which messages were read; all without `ids`."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), required=False, max_length=500)


class Account(DriverView):
    """The account."""

    @extend_schema(operation_id="driver_account", responses=answers(_ACCOUNT, 401))
    def get(self, request: Request) -> Response:
        """Whose it is, what was agreed to, what is chosen."""
        user = driver_of(request)
        return Response(
            {
                "phone": masking.phone(user.phone or ""),
                "wechat": user.wechat_openid is not None,
                "consents": sorted(consents.standing(user)),
                "choices": messages.choices(user),
                "unread": Message.objects.filter(user=user, read_at=None).count(),
                "owed_fen": accounts.owed_fen(user),
            }
        )


class Export(DriverView):
    """All that is kept."""

    @extend_schema(
        operation_id="driver_export",
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            401: OpenApiResponse(description="`not_authenticated`"),
        },
    )
    def get(self, request: Request) -> HttpResponse:
        """A zip with `account.json` and the person's own pictures."""
        response = HttpResponse(accounts.export(driver_of(request), now=timezone.now()), content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="openberth-account.zip"'
        return response


class End(DriverView):
    """The end of the account."""

    @extend_schema(
        operation_id="driver_end_account",
        request=EndForm,
        responses=answers(
            inline_serializer(
                "AccountEnded",
                {
                    "kept": serializers.ListField(
                        child=serializers.CharField(), help_text="kept by law, without a name"
                    ),
                    "owed_fen": serializers.IntegerField(help_text="still owed for the plates; the end doesn't end it"),
                },
            ),
            400,
            401,
            422,
            codes={422: ("staff",)},
        ),
    )
    def post(self, request: Request) -> Response:
        """Delete phone, WeChat, cars, pictures, messages and tokens. What the law keeps is named in the answer."""
        form = EndForm(data=request.data)
        form.is_valid(raise_exception=True)
        user = driver_of(request)
        if not form.validated_data["confirm"]:
            raise Refusal("invalid", "confirm", fields={"confirm": "true"})
        owed = accounts.owed_fen(user)
        try:
            accounts.end(user, now=timezone.now())
        except ValueError as error:
            raise Refusal("staff", str(error), status=422) from error
        return Response({"kept": list(accounts.KEPT_BY_LAW), "owed_fen": owed})


class Consents(DriverView):
    """What was agreed to."""

    @extend_schema(operation_id="driver_consent", request=ConsentForm, responses=answers(None, 400, 401, status=204))
    def post(self, request: Request) -> Response:
        """Give or take back an agreement. Without `whereabouts` an account shows amounts only."""
        form = ConsentForm(data=request.data)
        form.is_valid(raise_exception=True)
        act = consents.give if form.validated_data["given"] else consents.withdraw
        act(user=driver_of(request), purpose=form.validated_data["purpose"], now=timezone.now())
        return Response(status=204)


class Messages(DriverView):
    """What the driver was told."""

    @extend_schema(
        operation_id="driver_messages",
        parameters=[OpenApiParameter("cursor", str)],
        responses=answers(
            inline_serializer(
                "DriverMessages",
                {"results": many(_MESSAGE), "next": serializers.CharField(allow_null=True)},
            ),
            400,
            401,
        ),
    )
    def get(self, request: Request) -> Response:
        """Newest first, 50 a page."""
        rows = Message.objects.filter(user=driver_of(request)).order_by("-id")
        cursor = text(request, "cursor", 20)
        if cursor:
            if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
                raise Refusal("invalid", "cursor", fields={"cursor": cursor})
            rows = rows.filter(id__lt=int(cursor))
        found = list(rows[: PAGE + 1])
        english = (get_language() or "").startswith("en")
        results = [
            {
                "id": each.pk,
                "topic": each.topic,
                "title": messages.title(each),
                "text": messages.body(each, english=english),
                "order": messages.order_of(each),
                "at": orders.local(each.made_at),
                "read": each.read_at is not None,
            }
            for each in found[:PAGE]
        ]
        return Response({"results": results, "next": str(found[PAGE - 1].pk) if len(found) > PAGE else None})

    @extend_schema(operation_id="driver_messages_read", request=ReadForm, responses=answers(None, 400, 401, status=204))
    def post(self, request: Request) -> Response:
        """Mark messages as read."""
        form = ReadForm(data=request.data)
        form.is_valid(raise_exception=True)
        messages.read(user=driver_of(request), ids=form.validated_data.get("ids"), now=timezone.now())
        return Response(status=204)


class Choices(DriverView):
    """How to hear of what."""

    @extend_schema(
        operation_id="driver_message_choice",
        request=ChoiceForm,
        responses=answers(None, 400, 401, 422, status=204, codes={422: ("no_phone",)}),
    )
    def post(self, request: Request) -> Response:
        """Choose the way for a topic: page, sms or off."""
        form = ChoiceForm(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            messages.choose(user=driver_of(request), **form.validated_data)
        except ValueError as error:
            raise Refusal("no_phone", str(error), status=422) from error
        return Response(status=204)
