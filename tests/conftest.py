"""The servers the tests stand on: a database and a Redis number for each xdist worker."""

import os
import shutil

import pytest
import redis
from django.conf import settings
from django.db import connection

from config import catalogues, env


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
