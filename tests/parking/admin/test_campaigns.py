"""Campaigns at the desk: what was given, used and is left, and stopping one."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone

from parking import permits, roles
from parking.models import Campaign, Coupon, User
from tests import street
from tests.street import OTHER_PLATE, PLATE, event, fold, say

pytestmark = pytest.mark.django_db

LIST = "/admin/parking/campaign/"


@pytest.fixture
def campaign():
    street.build()
    now = timezone.now()
    return Campaign.objects.create(
        code="autumn", name="秋日", name_en="Autumn", kind="amount", value=100, most=5,
        from_at=now - timedelta(days=1), to_at=now + timedelta(days=9),
    )  # fmt: skip


def sign_in(client, role):
    roles.grant()
    user = User.objects.create(username=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


def stop(client, campaign):
    return client.post(LIST, {"action": "stop", "_selected_action": [campaign.pk]})


def test_who_may_only_look_cannot_stop_one(client, campaign):
    sign_in(client, "operator")
    stop(client, campaign)
    campaign.refresh_from_db()
    assert campaign.to_at > timezone.now()


def test_the_list_tells_given_used_and_left(client, campaign):
    now = timezone.now()
    permits.give_coupons("autumn", plates=[PLATE, OTHER_PLATE], now=now - timedelta(hours=3))
    start, end = now - timedelta(hours=2), now - timedelta(minutes=50)
    say(event(start, "arrival", plate=PLATE), event(end, "departure", plate=PLATE), now=now)
    fold()
    sign_in(client, "manager")
    (row,) = client.get(LIST).context["cl"].result_list
    desk = client.get(LIST).context["cl"].model_admin
    assert (desk.given(row), desk.used(row), desk.left(row)) == (2, 1, 3)


def test_a_stopped_campaign_gives_no_more_and_its_coupons_hold(client, campaign):
    permits.give_coupons("autumn", plates=[PLATE], now=timezone.now())
    sign_in(client, "manager")
    stop(client, campaign)
    campaign.refresh_from_db()
    assert campaign.to_at <= timezone.now()
    assert permits.give_coupons("autumn", plates=[OTHER_PLATE], now=timezone.now()) == []
    assert Coupon.objects.get().expires_at > timezone.now()
