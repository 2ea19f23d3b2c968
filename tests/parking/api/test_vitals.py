from datetime import timedelta

import pytest
from django.utils import timezone

from parking import pulse
from tests import street

pytestmark = pytest.mark.django_db


def test_the_process_answers_without_looking_at_anything(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json()["status"] == "ok"


def test_without_a_worker_the_platform_is_not_ready(client):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json()["worker"], answer.json()["database"]) == (False, True)


def test_with_a_worker_and_no_backlog_it_is_ready(client):
    pulse.beat(now=timezone.now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["payments"] == {
        "due_to_collect": 0, "in_flight": 0, "unknown": 0, "oldest_unknown_s": None, "notifications": 0,
        "refunds_for_people": 0, "suspense": 0, "differences": 0, "resting_gateways": [], "drifting_gateways": [],
    }  # fmt: skip


def test_an_event_that_waits_too_long_shows(client):
    street.build()
    now = timezone.now()
    pulse.beat(now=now)
    street.say(street.event(now, "arrival"), now=now - timedelta(minutes=6))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["oldest_unprocessed_s"] > 300


def test_the_metrics_are_prometheus_text(client):
    text = client.get("/metrics").content.decode()
    assert "openberth_stale_berths 0" in text
    assert "openberth_payments_unknown 0" in text
