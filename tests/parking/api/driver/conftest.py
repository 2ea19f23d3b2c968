"""A driver with a token, and the ways to ask the API."""

import pytest
from django.test import Client
from django.utils import timezone

from parking import tokens
from tests.parking.pages.conftest import car, driver, hours_ago, park, road  # noqa: F401

API = "/api/v1/driver/"


class Caller:
    """Asks as somebody, or as nobody."""

    def __init__(self, token: str = "") -> None:
        self.headers = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, path, **query):
        return Client().get(API + path, query, headers=self.headers)

    def post(self, path, body=None, *, key=""):
        headers = self.headers | ({"idempotency-key": key} if key else {})
        return Client().post(API + path, body or {}, content_type="application/json", headers=headers)

    def put(self, path, body):
        return Client().put(API + path, body, content_type="application/json", headers=self.headers)

    def send(self, path, **files):
        return Client().post(API + path, files, headers=self.headers)

    def delete(self, path):
        return Client().delete(API + path, headers=self.headers)


def token_of(user) -> str:
    return tokens.issue(user=user, now=timezone.now())


@pytest.fixture
def api(driver):  # noqa: F811
    return Caller(token_of(driver))


@pytest.fixture
def nobody():
    return Caller()
