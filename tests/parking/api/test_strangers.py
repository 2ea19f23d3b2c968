"""Whatever a stranger sends that the schema allows, or nearly allows, the answer is one that the schema tells.

schemathesis makes the requests. STRANGERS_CASES says how many for an operation: a few in CI, 200 and more by
`STRANGERS_CASES=200 pytest tests/parking/api/test_strangers.py`.
"""

import os

import pytest
import schemathesis
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks

from parking import tokens
from parking.models import User
from tests import street

pytestmark = pytest.mark.django_db

CASES = int(os.environ.get("STRANGERS_CASES", "2"))
CHECKS = [
    checks.CHECKS.get_one(name)
    for name in (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    )
]


@pytest.fixture
def api(db):
    return schemathesis.openapi.from_wsgi("/api/schema/?format=json", get_wsgi_application())


@pytest.fixture
def bearer(db):
    """A token for whoever may do everything the API knows."""
    street.build()
    user = User.objects.create(username="everything", is_superuser=True, is_staff=True, phone="13800000000")
    user.user_permissions.set(Permission.objects.all())
    return tokens.issue(user=user, now=timezone.now())


schema = schemathesis.pytest.from_fixture("api")


@schema.parametrize()
@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_house_or_its_word(case, bearer):
    cache.clear()  # the limits are tried elsewhere
    answer = case.call(headers={"Authorization": f"Bearer {bearer}"})
    case.validate_response(answer, checks=CHECKS)
