"""The servers the tests stand on: a database and a Redis number for each xdist worker."""

import logging
import os
import shutil
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.db import connection

from config import catalogues, env
from tests.spoken import Listener


def pytest_configure(config):
    """Compile the message catalogues, for those who call pytest without make."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        catalogues.compile_stale()


@pytest.fixture(scope="session", autouse=True)
def _clean_media():
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture(autouse=True)
def _empty_redis(request):
    """A test that may touch the database starts with an empty queue, cache and set of throttle counters."""
    if {"db", "transactional_db", "live_server"} & set(request.fixturenames) or request.node.get_closest_marker(
        "django_db"
    ):
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.flushdb()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Added for each test anew: what runs in one (a Celery worker, say) may empty the root logger's handlers."""
    listener = Listener(secrets=_secrets())
    logging.getLogger().addHandler(listener)
    yield listener
    logging.getLogger().removeHandler(listener)


def _secrets() -> frozenset[str]:
    """The secret words of every gateway, issuer and messenger as they are set; file names are no secrets."""
    sets = (settings.PAYMENT_GATEWAYS, settings.INVOICE_ISSUERS)
    options = [one["OPTIONS"].items() for each in sets for one in each.values()]
    told = {str(value) for each in options for name, value in each if name.endswith(("_key", "_secret", "password"))}
    return frozenset(value for value in told | {settings.SECRET_KEY} if len(value) >= 8)


@pytest.fixture(autouse=True)
def _nothing_secret_in_any_log(listener) -> Iterator[None]:
    """Fails the test during which a plate, a mobile number or a key was written to any log."""
    yield
    assert listener.leaks == []


@pytest.fixture
def process_env(transactional_db):
    """The environment for a process of ours that must see this test's database and Redis."""
    address, question, options = env.database_url().partition("?")
    database = f"{address.rpartition('/')[0]}/{connection.settings_dict['NAME']}{question}{options}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "PYTHONUNBUFFERED": "1",
    }
