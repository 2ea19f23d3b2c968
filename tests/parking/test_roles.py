from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from parking import roles, tokens
from parking.models import RoleGrant, User
from tests import street
from tests.street import event, fold, say

pytestmark = pytest.mark.django_db


def staff(client, role):
    roles.grant()
    user = User.objects.create(username=role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)


def statuses(client, *models):
    return [client.get(f"/admin/{model}/").status_code for model in models]


def test_every_permission_of_the_table_exists():
    known = set(Permission.objects.values_list("codename", flat=True))
    asked = {name for names in roles.DESK.values() for name in names if name not in ("payments.*", "*")}
    assert asked <= known


@pytest.mark.parametrize("role", ["driver", "inspector", "city", "system"])
def test_a_role_without_a_desk_sees_nothing_there(client, role):
    staff(client, role)
    assert set(statuses(client, "parking/parkingsession", "payments/charge", "parking/user")) == {403}


def test_a_reviewer_decides_reviews_and_sees_no_money(client):
    staff(client, "reviewer")
    assert statuses(client, "parking/review", "parking/parkingsession", "payments/charge", "parking/user") == [
        200,
        200,
        403,
        403,
    ]


def test_an_operator_runs_the_city_but_not_its_people(client):
    staff(client, "operator")
    pages = ("parking/parkingsession", "parking/review", "sensors/frame", "payments/charge", "parking/user")
    assert statuses(client, *pages) == [200, 200, 200, 200, 403]


def test_granting_again_takes_away_what_the_table_no_longer_gives():
    roles.grant()
    group = Group.objects.get(name="reviewer")
    group.permissions.add(Permission.objects.get(codename="delete_parkingsession"))
    roles.grant()
    assert not group.permissions.filter(codename="delete_parkingsession").exists()


def granted(client, role, *, roads=(), from_day=-1, to_day=1):
    roles.grant()
    user = User.objects.create(username="clerk", is_staff=True)
    now = timezone.now()
    grant = RoleGrant.objects.create(
        user=user,
        group=Group.objects.get(name=role),
        valid_from=now + timedelta(days=from_day),
        valid_to=now + timedelta(days=to_day),
        reason="holiday cover",
    )
    grant.roads.set(roads)
    client.force_login(user)
    return user


@pytest.mark.parametrize(("from_day", "to_day"), [(1, 2), (-2, -1)])
def test_a_grant_outside_its_period_gives_nothing(client, from_day, to_day):
    user = granted(client, "operator", from_day=from_day, to_day=to_day)
    assert statuses(client, "parking/review") == [403]
    assert tokens.rights(user) == frozenset()
    assert tokens.roads(user, "see_sessions") == frozenset()


def test_a_grant_for_other_roads_shows_none_of_this_one(client):
    road = street.build()
    other = type(road).objects.create(code="other", name="别的路", zone=road.zone)
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold()
    user = granted(client, "operator", roads=[other])
    for model in ("parkingsession", "review", "eventrecord", "berth"):
        page = client.get(f"/admin/parking/{model}/")
        assert page.context["cl"].result_count == 0
    assert [row.code for row in client.get("/admin/parking/road/").context["cl"].result_list] == ["other"]
    assert user.road_codes("parking.view_review") == tokens.roads(user, "see_sessions") == {"other"}


def test_a_grant_for_this_road_shows_it_and_one_without_roads_shows_all(client):
    road = street.build()
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold()
    user = granted(client, "reviewer", roads=[road])
    assert client.get("/admin/parking/review/").context["cl"].result_count == 1
    assert client.get("/admin/parking/review/desk/").context["item"] is not None
    RoleGrant.objects.get().roads.clear()
    assert user.road_codes("parking.view_review") is None


def test_the_three_administrators_are_three_people(client):
    pages = ("parking/user", "parking/rolegrant", "otp_totp/totpdevice", "axes/accessattempt", "parking/platetrace")
    expected = {
        "user_admin": [200, 200, 403, 403, 403],
        "security_admin": [200, 403, 200, 200, 403],
        "auditor": [200, 200, 200, 200, 200],
    }
    for role, wanted in expected.items():
        staff(client, role)
        assert statuses(client, *pages) == wanted, role
    names = set(Permission.objects.filter(group__name="auditor").values_list("codename", flat=True))
    assert all(name.startswith("view_") for name in names)


def test_a_user_administrator_can_not_rise(client):
    staff(client, "user_admin")
    me = User.objects.get(username="user_admin")
    boss = User.objects.create_superuser("boss", password="x")
    assert client.post(f"/admin/parking/user/{boss.pk}/change/", {"username": "boss2"}).status_code == 403
    page = client.get(f"/admin/parking/user/{me.pk}/change/")
    assert {"is_superuser", "user_permissions", "groups"} <= set(page.context["adminform"].readonly_fields)
    group = Group.objects.get(name="manager")
    given = {"user": me.pk, "group": group.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00", "reason": "x"}
    assert "不能给自己授权" in client.post("/admin/parking/rolegrant/add/", given).content.decode()
    assert not RoleGrant.objects.exists()
