"""Appeals: an objection to an order, with pictures, and its answer."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from parking import appeals, holders
from parking.api.driver import shapes
from parking.api.driver.base import DriverView, answers, driver_of
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.models import Appeal
from parking.uploads import Unusable

MOST_LISTED = 100


class AppealForm(serializers.Serializer[Any]):
    """An objection. As multipart it may bring up to three pictures (JPG, PNG, WebP, 10 MB each)."""

    order = serializers.RegexField(r"^[A-Za-z0-9]{1,32}$")
    reason = serializers.ChoiceField(Appeal.Reason.values)
    words = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    picture = serializers.ListField(child=serializers.FileField(), required=False, max_length=appeals.MOST_PICTURES)


class Appeals(DriverView):
    """All appeals."""

    parser_classes = [JSONParser, MultiPartParser]

    @extend_schema(
        operation_id="driver_appeals",
        responses=answers(inline_serializer("Appeals", {"results": many(shapes.APPEAL)}), 401),
    )
    def get(self, request: Request) -> Response:
        """Newest first, the last hundred."""
        rows = appeals.of_user(driver_of(request))[:MOST_LISTED]
        return Response({"results": [shapes.appeal(row) for row in rows]})

    @extend_schema(
        operation_id="driver_appeal",
        request={"multipart/form-data": AppealForm, "application/json": AppealForm},
        responses=answers(
            shapes.APPEAL,
            400,
            401,
            404,
            413,
            422,
            status=201,
            codes={413: ("too_large",), 422: ("already_open", "void", "too_many", "not_a_picture")},
        ),
    )
    def post(self, request: Request) -> Response:
        """Object to an order of one's own. Nobody urges while it is open."""
        user = driver_of(request)
        form = AppealForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        session = holders.find(user, said["order"])
        if session is None:
            raise Http404
        try:
            opened = appeals.appeal(
                user=user,
                session=session,
                reason=said["reason"],
                words=said["words"],
                files=said.get("picture", []),
                now=timezone.now(),
            )
        except (appeals.Refused, Unusable) as error:
            raise Refusal(error.code, error.message, status=413 if error.code == "too_large" else 422) from error
        return Response(shapes.appeal(opened), status=201)


class OneAppeal(DriverView):
    """One appeal."""

    @extend_schema(operation_id="driver_appeal_detail", responses=answers(shapes.APPEAL, 401, 404))
    def get(self, request: Request, number: str) -> Response:
        """Its clock, its state, its reasoned answer."""
        return Response(shapes.appeal(self._own(request, number)))

    @extend_schema(
        operation_id="driver_withdraw_appeal",
        responses=answers(None, 401, 404, 422, status=204, codes={422: ("decided",)}),
    )
    def delete(self, request: Request, number: str) -> Response:
        """Take it back while it is open."""
        if not appeals.withdraw(self._own(request, number), now=timezone.now()):
            raise Refusal("decided", _("这一条已经有人处理。"), status=422)
        return Response(status=204)

    def _own(self, request: Request, number: str) -> Appeal:
        found = appeals.of_user(driver_of(request)).filter(number=number).first()
        if found is None:
            raise Http404
        return found
