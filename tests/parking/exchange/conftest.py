"""A department, the two people an application needs, and a key in its program's hands."""

import pytest
from django.core.cache import cache

from parking import tokens
from parking.exchange import granting, keys
from parking.models import Department, User
from tests import street

NOW = street.at("10:00")


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


@pytest.fixture
def road(db):
    return street.build()


@pytest.fixture
def clerk(db):
    return User.objects.create(username="clerk")


@pytest.fixture
def officer(db):
    return User.objects.create(username="officer")


@pytest.fixture
def department(clerk):
    made = Department.objects.create(code="police", name="交警支队", name_en="Traffic police", created_at=NOW)
    made.members.add(clerk)
    return made


@pytest.fixture
def applied(department, clerk):
    def make(*datasets, now=NOW, **more):
        asked = {"purpose": "交通组织", "basis": "文件一号", "daily_calls": 2_000, "days": 365} | more
        return granting.apply(department=department, datasets=datasets or ("stay", "road"), by=clerk, now=now, **asked)

    return make


@pytest.fixture
def granted(applied, officer):
    def make(*datasets, now=NOW, **more):
        return granting.approve(applied(*datasets, now=now, **more).pk, by=officer, reason="同意", now=now)

    return make


@pytest.fixture
def key_of(clerk):
    return lambda grant, now=NOW: keys.issue(grant_id=grant.pk, by=clerk, now=now)


@pytest.fixture
def token():
    return lambda username, role: tokens.create_token(username=username, role=role, now=NOW)
