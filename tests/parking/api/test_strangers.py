"""Whatever a stranger sends that the schema allows, or nearly allows, the answer is one that the schema tells.

schemathesis makes the requests. STRANGERS_CASES says how many for an operation: a few in CI, 200 and more by
`STRANGERS_CASES=200 pytest tests/parking/api/test_strangers.py`.
"""

import os

import pytest
import schemathesis
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi import checks as openapi

from parking import tokens
from parking.models import PermitProduct, User, Vehicle
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

CASES = int(os.environ.get("STRANGERS_CASES", "2"))
CHECKS = [
    openapi.status_code_conformance,
    openapi.content_type_conformance,
    openapi.response_schema_conformance,
]
schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
schema.app, schema.location = get_wsgi_application(), "/api/schema/"


@pytest.fixture
def bearer():
    """A token for whoever may do everything the API knows, and owns a car that has parked."""
    street.build()
    user = User.objects.create(username="everything", is_superuser=True, is_staff=True, phone="13800000000")
    Vehicle.objects.create(user=user, plate=PLATE, plate_color="blue", bound_at=at("00:00"), verified_at=at("00:00"))
    PermitProduct.objects.create(code="night", kind="night", name="夜间证", price_fen=10_000)
    say(event(at("08:00"), "arrival", plate=PLATE), event(at("09:10"), "departure", plate=PLATE))
    fold()
    return tokens.issue(user=user, now=timezone.now())


@pytest.fixture(autouse=True)
def _one_connection():
    """As Django's own test client: the end of a request doesn't end the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_house_or_its_word(case, bearer):
    cache.clear()  # the limits are tried elsewhere
    answer = case.call(headers={"Authorization": f"Bearer {bearer}"})
    assert answer.status_code != 500
    case.validate_response(answer, checks=CHECKS)
