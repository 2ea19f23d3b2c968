import pytest
from django.contrib.auth.models import Group

from parking import reviews, roles
from parking.models import ParkingSession, Review, RoleGrant, User
from payments import charges
from payments.models import Adjustment, Authority, Refund
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    street.build()
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold()
    return ParkingSession.objects.get()


@pytest.fixture
def clerk(client):
    roles.grant()
    user = User.objects.create(username="clerk", is_staff=True)
    user.groups.add(Group.objects.get(name="service"))
    client.force_login(user)
    return user


def path(session, what=""):
    return f"/admin/parking/parkingsession/{session.pk}/" + (f"act/{what}/" if what else "change/")


def do(client, session, what, **given):
    return client.post(path(session, what), {"reason": "申诉成立", "sure": "1", **given})


def due(session):
    return charges.views([session.number])[session.number].due_fen


def test_nobody_without_the_right_takes_money_off(client, session):
    roles.grant()
    reviewer = User.objects.create(username="reviewer", is_staff=True)
    reviewer.groups.add(Group.objects.get(name="reviewer"))
    client.force_login(reviewer)
    assert do(client, session, "waive").status_code == 403
    assert b"act/waive" not in client.get(path(session)).content
    assert due(session) == session.fee_fen


def test_an_order_of_a_foreign_road_does_not_exist(client, session, clerk, django_user_model):
    clerk.groups.clear()
    road = session.road
    other = type(road).objects.create(code="other", name="别的路", zone=road.zone)
    grant = RoleGrant.objects.create(
        user=clerk, group=Group.objects.get(name="service"), valid_from=at("00:00"), reason="cover"
    )
    grant.roads.add(other)
    assert do(client, session, "waive").status_code == 404
    assert due(session) == session.fee_fen


@pytest.mark.parametrize(
    "given", [{"reason": ""}, {"amount": "0"}, {"amount": "-1"}, {"amount": "3.01"}, {"amount": "lots"}]
)
def test_a_wrong_wish_names_its_field_and_changes_nothing(client, session, clerk, given):
    answer = do(client, session, "reduce", **{"amount": "1.00", **given})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(given)
    assert due(session) == session.fee_fen


def test_the_effect_is_shown_before_anything_happens(client, session, clerk):
    Authority.objects.update_or_create(role="service", defaults={"refund_fen": 1_000})
    page = client.post(path(session, "reduce"), {"amount": "1.00", "reason": "迟报"})
    effect = page.context["effect"]
    assert (effect.due_fen, effect.due_after_fen, effect.alone) == (300, 200, True)
    assert due(session) == 300
    assert do(client, session, "reduce", amount="1.00").status_code == 302
    assert due(session) == 200


@pytest.mark.parametrize("what", ["waive", "void"])
def test_above_ones_authority_a_second_person_must_agree(client, session, clerk, what):
    assert do(client, session, what).status_code == 302
    assert due(session) == 300
    waiting = Adjustment.objects.get()
    assert (waiting.status, waiting.requested_by) == ("requested", "clerk")
    decide = {"agreed": True, "now": at("12:00")}
    assert charges.decide_adjustment(session.number, by="clerk", **decide) is charges.Closed.SAME_PERSON
    assert charges.decide_adjustment(session.number, by="boss", **decide) is charges.Closed.DONE
    assert charges.views([session.number])[session.number].status == {"waive": "waived", "void": "void"}[what]


def test_a_second_wish_while_one_waits_adds_none(client, session, clerk):
    do(client, session, "waive")
    do(client, session, "reduce", amount="2.00")
    assert Adjustment.objects.count() == 1


def test_an_agreed_reduction_takes_off_its_amount_only(client, session, clerk):
    do(client, session, "reduce", amount="2.00")
    charges.decide_adjustment(session.number, agreed=True, by="boss", now=at("12:00"))
    assert due(session) == 100


def test_nothing_is_refunded_that_was_not_paid(client, session, clerk):
    assert do(client, session, "refund", amount="1.00").status_code == 302
    assert not Refund.objects.exists()


def test_the_story_tells_all_in_order_with_masked_plates(client, session, clerk, django_assert_max_num_queries):
    do(client, session, "waive")
    with django_assert_max_num_queries(40):
        page = client.get(path(session))
    told = page.context["moments"]
    assert [each.at for each in told] == sorted(each.at for each in told)
    (waived,) = [each for each in told if each.what == "减免 · 待复核"]
    assert (waived.detail, waived.by, waived.amount_fen) == ("申诉成立", "clerk", 300)
    rest = [each.what for each in told if each is not waived]
    assert rest == ["驶入", "判定驶入", "驶离", "判定驶离", "出账", "生成应收"]
    assert PLATE not in page.content.decode()
    assert "鄂L1**45" in page.content.decode()


def test_the_story_tells_who_decided(client, clerk):
    street.build()
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold()
    review = Review.objects.get()
    decision = reviews.Decision(verdict="void", reason="只是临停")
    reviews.decide(review.pk, decision, by=clerk, now=at("12:00"))
    fold()
    told = client.get(path(ParkingSession.objects.get())).context["moments"]
    (closed,) = [each for each in told if each.what == "不收费"]
    assert (closed.by, closed.detail) == ("clerk", "只是临停")
