"""One person applies, another decides, and what was given ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from parking.exchange import granting, keys
from parking.exchange.granting import NotGranted
from parking.models import DataApplication, DataKey
from tests.parking.exchange.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("datasets", "more", "field"),
    [
        ((), {}, "datasets"),
        (("nothing",), {}, "datasets"),
        (("vehicle",), {}, "datasets"),
        (("road", "picture"), {}, "datasets"),
        (("stay",), {"basis": " "}, "basis"),
        (("road",), {"purpose": " "}, "purpose"),
        (("road",), {"daily_calls": 0}, "daily_calls"),
        (("road",), {"daily_calls": 10**9}, "daily_calls"),
        (("road",), {"days": 0}, "days"),
        (("road",), {"days": 5_000}, "days"),
    ],
    ids=["none", "unknown", "plates", "pictures", "no-basis", "no-purpose", "no-calls", "all-calls", "no-days", "ever"],
)
def test_what_can_not_be_asked_for_is_refused_by_field(department, clerk, datasets, more, field):
    asked = {"purpose": "用", "basis": "文", "daily_calls": 10, "days": 10} | more
    with pytest.raises(NotGranted) as refused:
        granting.apply(department=department, datasets=datasets, by=clerk, now=NOW, **asked)
    assert refused.value.field == field
    assert not DataApplication.objects.exists()


def test_a_department_out_of_use_may_not_apply(department, applied):
    department.active = False
    with pytest.raises(NotGranted):
        applied("road")


def test_nobody_decides_their_own_application(applied, clerk):
    application = applied()
    for decide in (granting.approve, granting.refuse):
        with pytest.raises(NotGranted):
            decide(application.pk, by=clerk, reason="好", now=NOW)
    application.refresh_from_db()
    assert application.status == "applied"


def test_not_even_the_tables_take_one_person_for_two(applied, clerk):
    application = applied()
    with pytest.raises(IntegrityError), transaction.atomic():
        DataApplication.objects.filter(pk=application.pk).update(
            status="approved", decided_by=clerk, decided_at=NOW, reason="好"
        )


def test_a_decision_has_a_reason_and_is_made_once(applied, officer):
    application = applied()
    with pytest.raises(NotGranted) as refused:
        granting.approve(application.pk, by=officer, reason=" ", now=NOW)
    assert refused.value.field == "reason"
    granting.refuse(application.pk, by=officer, reason="用途不明", now=NOW)
    with pytest.raises(NotGranted):
        granting.approve(application.pk, by=officer, reason="还是好", now=NOW)


def test_approval_gives_what_was_asked_for_and_no_longer(granted):
    grant = granted("stay", "road", "stay", daily_calls=7, days=30)
    assert (grant.datasets, grant.daily_calls, grant.to_at - grant.from_at) == (["stay", "road"], 7, timedelta(days=30))


def test_a_key_is_known_by_its_digest_only(granted, key_of):
    key = key_of(granted())
    assert key not in str(DataKey.objects.values())
    assert keys.holder(key, now=NOW).department == "police"
    assert keys.holder(key + "x", now=NOW) is None


def test_the_two_newest_keys_live(granted, key_of):
    grant = granted()
    first, second, third = (key_of(grant, NOW + timedelta(minutes=index)) for index in range(3))
    later = NOW + timedelta(hours=1)
    assert [keys.holder(key, now=later) is not None for key in (first, second, third)] == [False, True, True]


def test_a_key_ends_with_its_grant_its_department_or_its_own_revocation(granted, key_of, department, officer):
    grant = granted(days=30)
    key = key_of(grant)
    assert keys.holder(key, now=grant.to_at - timedelta(seconds=1)) is not None
    assert keys.holder(key, now=grant.to_at) is None
    department.active = False
    department.save()
    assert keys.holder(key, now=NOW) is None
    department.active = True
    department.save()
    assert keys.revoke([DataKey.objects.get().pk], now=NOW) == 1
    assert keys.holder(key, now=NOW) is None


def test_revoking_a_grant_ends_its_keys_and_lets_nobody_take_new_ones(granted, key_of, officer):
    grant = granted()
    key = key_of(grant)
    with pytest.raises(NotGranted):
        granting.revoke(grant.pk, by=officer, reason="", now=NOW)
    granting.revoke(grant.pk, by=officer, reason="不再需要", now=NOW)
    assert keys.holder(key, now=NOW) is None
    with pytest.raises(NotGranted):
        key_of(grant)
    with pytest.raises(NotGranted):
        granting.revoke(grant.pk, by=officer, reason="再撤", now=NOW)
