import time
from datetime import timedelta

import pytest
from django.db import connections

from payments import charges, collection, retention, tasks
from payments.models import Attempt
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
    from config.celery import app

    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert named <= set(app.tasks)


def test_raw_answers_are_emptied_after_two_years_and_amounts_stay(sandbox, bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    assert Attempt.objects.get().evidence
    assert retention.shred(now=now + timedelta(days=700)) == 0
    assert retention.shred(now=now + timedelta(days=731)) == 1
    attempt = Attempt.objects.get()
    assert (attempt.evidence, attempt.amount_fen, attempt.status) == ({}, 500, "succeeded")
    assert retention.shred(now=now + timedelta(days=731)) == 0


def test_what_waits_is_counted(sandbox, bill, now):
    charges.open_charge(bill(), now=now)
    told = charges.backlog(now=now)
    assert (told.due_to_collect, told.in_flight, told.unknown, told.resting_gateways) == (1, 0, 0, ())
    sandbox.world.faults.set([{"fault": "lose_answer", "operation": "debit"}])
    collection.collect(now=now)
    told = charges.backlog(now=now)
    assert (told.due_to_collect, told.in_flight, told.unknown) == (0, 1, 1)
    assert told.oldest_unknown_at == now
