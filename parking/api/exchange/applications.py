"""Applications of departments, by their people's tokens; the key of an approved one is taken here, once."""

from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking.api.errors import Refusal
from parking.api.exchange import shapes
from parking.api.permissions import right
from parking.api.public import Strict
from parking.exchange import granting, keys
from parking.exchange.granting import NotGranted
from parking.models import DataApplication, Department, User
from parking.orders import local

_MOST = 200


class ApplicationForm(Strict):
    """What a department asks for."""

    department = serializers.CharField(max_length=32, required=False, help_text="needed by who speaks for several")
    datasets = serializers.ListField(child=serializers.CharField(max_length=32), max_length=32)
    purpose = serializers.CharField(max_length=300)
    basis = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    daily_calls = serializers.IntegerField(required=False, default=2_000)
    days = serializers.IntegerField(required=False, default=365)


class Applications(APIView):
    """A department's applications."""

    permission_classes = [right("apply_for_data")]

    @extend_schema(
        operation_id="v1_exchange_applications_list",
        responses={200: shapes.APPLICATIONS, 401: shapes.NO_KEY, 403: shapes.NO_RIGHT},
    )
    def get(self, request: Request) -> Response:
        """Those of the caller's departments, newest first."""
        found = _of(request).order_by("-applied_at", "-id")[:_MOST]
        return Response({"results": [_told(application) for application in found]})

    @extend_schema(
        request=ApplicationForm,
        responses={201: shapes.APPLICATION, 400: shapes.WRONG, 401: shapes.NO_KEY, 403: shapes.NO_RIGHT},
        examples=[
            OpenApiExample(
                "stays for traffic planning",
                value={
                    "datasets": ["stay", "road"],
                    "purpose": "交通规划年度评估",
                    "basis": "咸政办发〔2026〕1 号",
                    "daily_calls": 2000,
                    "days": 365,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Apply; a person decides."""
        form = ApplicationForm(data=request.data)
        form.is_valid(raise_exception=True)
        asked: dict[str, Any] = dict(form.validated_data)
        department = _department(request, asked.pop("department", ""))
        try:
            made = granting.apply(department=department, by=cast(User, request.user), now=timezone.now(), **asked)
        except NotGranted as error:
            raise Refusal("invalid", _("有字段不正确。"), fields={error.field: error.message}) from error
        return Response(_told(made), status=201)


class Application(APIView):
    """One application."""

    permission_classes = [right("apply_for_data")]

    @extend_schema(responses={200: shapes.APPLICATION, 401: shapes.NO_KEY, 403: shapes.NO_RIGHT, 404: shapes.NOT_THERE})
    def get(self, request: Request, number: str) -> Response:
        """How it stands."""
        return Response(_told(_one(request, number)))


class ApplicationKey(APIView):
    """The key of an approved application."""

    permission_classes = [right("apply_for_data")]

    @extend_schema(
        request=None,
        responses={
            201: shapes.KEY,
            401: shapes.NO_KEY,
            403: shapes.NO_RIGHT,
            404: shapes.NOT_THERE,
            409: shapes.TAKEN,
        },
    )
    def post(self, request: Request, number: str) -> Response:
        """A new key, told this once. All but the two newest of the grant end, so that one can be changed in peace."""
        application = _one(request, number)
        grant = getattr(application, "grant", None)
        if grant is None:
            raise Refusal("not_approved", _("该申请尚未批准，没有密钥可领。"), status=409)
        try:
            key = keys.issue(grant_id=grant.pk, by=cast(User, request.user), now=timezone.now())
        except NotGranted as error:
            raise Refusal("grant_ended", error.message, status=409) from error
        return Response({"key": key, "hint": key[:8]}, status=201, headers={"Cache-Control": "no-store"})


def _of(request: Request) -> Any:
    mine = Department.objects.filter(members=cast(User, request.user), active=True)
    return DataApplication.objects.filter(department__in=mine).select_related("department", "grant")


def _one(request: Request, number: str) -> DataApplication:
    found = _of(request).filter(number=number[:32]).first()
    if found is None:
        raise Refusal("unknown_application", _("没有这份申请。"), status=404)
    return cast(DataApplication, found)


def _department(request: Request, code: str) -> Department:
    mine = list(Department.objects.filter(members=cast(User, request.user), active=True)[:2])
    if code:
        mine = list(Department.objects.filter(members=cast(User, request.user), active=True, code=code))
    if not mine:
        reason = _("您的账号未登记为该部门的申请人。")
        raise Refusal("no_department", reason, status=403, fields={"department": reason})
    if len(mine) > 1:
        raise Refusal("invalid", _("有字段不正确。"), fields={"department": _("您代表多个部门，请写明部门代码")})
    return mine[0]


def _told(application: DataApplication) -> dict[str, Any]:
    grant = getattr(application, "grant", None)
    return {
        "number": application.number,
        "department": application.department.code,
        "datasets": application.datasets,
        "purpose": application.purpose,
        "basis": application.basis,
        "daily_calls": application.daily_calls,
        "days": application.days,
        "status": application.status,
        "applied_at": local(application.applied_at),
        "decided_at": local(application.decided_at),
        "reason": application.reason,
        "grant": grant
        and {
            "from": local(grant.from_at),
            "to": local(grant.to_at),
            "revoked_at": local(grant.revoked_at),
            "daily_calls": grant.daily_calls,
            "minute_calls": grant.minute_calls,
        },
    }
