"""A gateway that doesn't answer is left in peace, each by itself, and never for long."""

from datetime import timedelta

import pytest

from payments import breaker, charges, collection, gateways
from payments.models import Channel
from tests.payments.books import attempts

pytestmark = pytest.mark.django_db


def failed(now, times, gateway="wechat"):
    breaker.note(gateway=gateway, answered=0, failed=times, detail="connection refused", now=now)


def rest(gateway="wechat"):
    channel = Channel.objects.get(gateway=gateway)
    return channel.open_until and channel.open_until - channel.told_at


def test_a_round_without_calls_says_nothing(now):
    breaker.note(gateway="wechat", answered=0, failed=0, detail="", now=now)
    assert not Channel.objects.exists()


def test_four_failures_are_borne(now):
    failed(now, 4)
    assert breaker.resting(now=now) == set()


def test_it_rests_longer_each_time_and_at_most_ten_minutes(now):
    rests = []
    for _ in range(8):
        failed(now, breaker.TRIPS_AFTER)
        rests.append(rest().total_seconds())
    assert rests == [15, 30, 60, 120, 240, 480, 600, 600]
    assert breaker.resting(now=now + timedelta(seconds=599)) == {"wechat"}
    assert breaker.resting(now=now + timedelta(seconds=600)) == set()


def test_any_answer_ends_the_rest(now):
    failed(now, 50)
    breaker.note(gateway="wechat", answered=1, failed=9, detail="", now=now)
    assert breaker.resting(now=now) == set()
    failed(now, 4)
    assert breaker.resting(now=now) == set()


def test_one_gateway_rests_and_the_other_goes_on(sandbox, bill, now):
    first, second = gateways.codes()[:2]
    failed(now, breaker.TRIPS_AFTER, gateway=first)
    assert breaker.resting(now=now) == {first}
    charges.open_charge(bill(number="S1"), now=now)
    collection.collect(now=now)
    assert {gateway for gateway, _, _ in attempts("S1")} == {second}
