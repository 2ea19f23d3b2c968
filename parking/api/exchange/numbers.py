"""What the city's exchange platform asks of us, as JSON."""

from dataclasses import asdict

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking.api.exchange import shapes
from parking.api.exchange.data import days
from parking.api.permissions import right
from parking.exchange import numbers


class ExchangeNumbers(APIView):
    """Departments, catalogues, applications, grants and calls."""

    permission_classes = [right("see_exchange")]

    @extend_schema(
        parameters=[OpenApiParameter("from", OpenApiTypes.DATE), OpenApiParameter("to", OpenApiTypes.DATE)],
        responses={200: shapes.NUMBERS, 400: shapes.WRONG, 401: shapes.NO_KEY, 403: shapes.NO_RIGHT},
    )
    def get(self, request: Request) -> Response:
        """The numbers of a period of days; a month up to today without dates."""
        first, last = days(request)
        told = asdict(numbers.read(first=first, last=last, now=timezone.now()))
        told["by_day"] = [{"day": day.isoformat(), "calls": calls} for day, calls in told["by_day"]]
        return Response({"from": first.isoformat(), "to": last.isoformat(), **told})
