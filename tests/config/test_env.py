"""What the tests themselves stand on."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings
from pytest_socket import SocketConnectBlockedError

from config import env


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


def test_a_secret_made_up_by_many_at_once_is_one_secret(tmp_path, monkeypatch):
    monkeypatch.setattr(env.embedded, "home", lambda: tmp_path)
    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(lambda _: env.secret("A_TEST_SECRET"), range(200)))
    assert len(made) == 1
    assert len(made.pop()) > 40
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["A_TEST_SECRET"]
    assert (tmp_path / "secrets" / "A_TEST_SECRET").stat().st_mode & 0o077 == 0
