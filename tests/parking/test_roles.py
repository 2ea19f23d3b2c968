import pytest
from django.contrib.auth.models import Group, Permission

from parking import roles
from parking.models import User

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
    asked = {name for names in roles.DESK.values() for name in names if name != "payments.*"}
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
