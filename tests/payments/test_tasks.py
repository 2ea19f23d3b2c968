import pytest
from django.db import connections

from payments import charges, tasks
from tests.payments.books import attempts

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_second_worker_leaves_the_first_alone(sandbox, bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('payments.collect'))")
        tasks.collect()
        assert attempts(told.number) == []
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('payments.collect'))")
    finally:
        other.close()
    tasks.collect()
    assert len(attempts(told.number)) == 1


def test_every_task_finds_nothing_to_do_and_says_nothing(sandbox):
    for task in (tasks.collect, tasks.chase_unknown, tasks.settle_inbox, tasks.plan_urgings):
        assert task() is None


def test_every_task_of_the_timetable_exists(settings):
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"].startswith("payments")}
    assert named <= set(tasks.collect.app.tasks)
