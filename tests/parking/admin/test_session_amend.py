"""The desk's pages for correcting, splitting, merging orders and rating them again."""

import pytest
from django.contrib.auth.models import Group

from parking import roles
from parking.models import ParkingSession, RoleGrant, SessionAct, User
from payments.models import Authority
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    street.build()
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold(now=at("12:00"))
    return ParkingSession.objects.get()


def person(name, role):
    roles.grant()
    user = User.objects.create(username=name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def clerk(client):
    user = person("clerk", "operator")
    Authority.objects.update_or_create(role="operator", defaults={"refund_fen": 500})
    Authority.objects.update_or_create(role="manager", defaults={"refund_fen": 500})
    client.force_login(user)
    return user


def path(session, what="correct"):
    return f"/admin/parking/parkingsession/{session.pk}/amend/{what}/"


def correction(**changed):
    said = {"plate": "", "plate_color": "", "berth": "A01", "reason": "照片显示如此"}
    return said | {"arrived_at": "2026-11-20T08:00:00", "left_at": "2026-11-20T08:30:00"} | changed


@pytest.mark.parametrize("role", ["reviewer", "finance", "maintenance", "auditor"])
def test_who_has_not_the_right_neither_sees_nor_does_it(client, session, role):
    client.force_login(person("other", role))
    assert client.post(path(session), correction()).status_code == 403
    page = client.get(f"/admin/parking/parkingsession/{session.pk}/change/")
    assert b"/amend/" not in page.content


def test_an_order_of_a_foreign_road_does_not_exist(client, session, clerk):
    clerk.groups.clear()
    other = type(session.road).objects.create(code="other", name="别的路", zone=session.road.zone)
    grant = RoleGrant.objects.create(
        user=clerk, group=Group.objects.get(name="operator"), valid_from=at("00:00"), reason="cover"
    )
    grant.roads.add(other)
    assert client.post(path(session), correction()).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"plate": "nonsense"}, "plate"),
        ({"left_at": "soon"}, "left_at"),
        ({"left_at": "2026-11-20T07:00:00"}, "left_at"),
        ({"berth": "Z1"}, "berth"),
    ],
)
def test_a_wrong_field_is_named_and_what_was_typed_is_kept(client, session, clerk, changed, field):
    page = client.post(path(session), correction(**changed))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert page.context["form"].data["berth"] == correction(**changed)["berth"]
    assert not SessionAct.objects.exists()


def test_the_effect_is_shown_first_and_the_plate_stays_masked(client, session, clerk):
    page = client.post(path(session), correction())
    assert page.context["effect"].off_fen == 300
    assert PLATE not in page.content.decode()
    assert ParkingSession.objects.get().status == "billed"
    done = client.post(path(session), correction(sure=page.context["effect"].mark))
    made = ParkingSession.objects.get(status="billed")
    assert done.url == f"/admin/parking/parkingsession/{made.pk}/change/"
    assert made.fee_fen == 100


def test_a_stale_mark_shows_the_effect_again_instead_of_doing_it(client, session, clerk):
    page = client.post(path(session), correction(sure="0:0:0:0:0"))
    assert page.context["changed"]
    assert ParkingSession.objects.get().status == "billed"


def test_an_order_is_split_and_merged_again_from_its_page(client, session, clerk):
    split = {
        "left_at": "2026-11-20T08:25:00",
        "arrived_at": "2026-11-20T08:40:00",
        "plate_before": "",
        "plate_after": OTHER_PLATE,
        "reason": "中间换了车",
    }
    page = client.post(path(session, "split"), split)
    client.post(path(session, "split"), split | {"sure": page.context["effect"].mark})
    first, second = ParkingSession.objects.filter(status="billed").order_by("arrived_at")
    assert (first.plate, second.plate) == (PLATE, OTHER_PLATE)
    merge = {"other": second.number, "plate": "", "reason": "其实是一辆车"}
    page = client.post(path(first, "merge"), merge)
    client.post(path(first, "merge"), merge | {"sure": page.context["effect"].mark})
    whole = ParkingSession.objects.get(status="billed")
    assert (whole.plate, whole.arrived_at, whole.left_at) == (PLATE, at("08:00"), at("09:10"))


def test_above_the_limit_a_second_person_decides_on_the_page_of_the_act(client, session, clerk):
    Authority.objects.filter(role="operator").update(refund_fen=10)
    page = client.post(path(session), correction())
    client.post(path(session), correction(sure=page.context["effect"].mark))
    act = SessionAct.objects.get()
    address = f"/admin/parking/sessionact/{act.pk}/change/"
    own = client.get(address)
    assert own.context["own"]
    assert not own.context["may"]
    assert client.post(address, {"answer": "agree", "mark": own.context["mark"]}).status_code == 422
    client.force_login(person("boss", "manager"))
    page = client.get(address)
    assert page.context["may"]
    assert "100" not in page.context["parts"][0]["plate"]
    assert client.post(address, {"answer": "refuse", "words": ""}).status_code == 422
    assert client.post(address, {"answer": "agree", "mark": page.context["mark"]}).status_code == 302
    assert ParkingSession.objects.get(status="billed").fee_fen == 100
    act.refresh_from_db()
    assert (act.status, act.decided_by.username) == ("done", "boss")


def test_what_was_done_stands_in_the_story_of_the_old_and_the_new_order(client, session, clerk):
    page = client.post(path(session), correction(plate=OTHER_PLATE))
    client.post(path(session), correction(plate=OTHER_PLATE, sure=page.context["effect"].mark))
    for each in ParkingSession.objects.all():
        story = client.get(f"/admin/parking/parkingsession/{each.pk}/change/")
        told = [moment for moment in story.context["moments"] if moment.what.startswith("更正")]
        assert [moment.by for moment in told] == ["clerk"]
        assert OTHER_PLATE not in story.content.decode()
        assert PLATE not in story.content.decode()
