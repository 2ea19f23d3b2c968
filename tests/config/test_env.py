"""What the tests themselves stand on."""

import socket

import pytest
import redis
from django.conf import settings
from pytest_socket import SocketConnectBlockedError


def test_a_test_can_not_reach_a_foreign_host():
    with pytest.raises(SocketConnectBlockedError), socket.socket() as door:
        door.connect(("192.0.2.1", 80))


@pytest.mark.django_db
def test_a_test_with_the_database_starts_with_an_empty_redis():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


@pytest.mark.django_db
def test_another_test_does_not_see_what_the_one_before_left():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")
