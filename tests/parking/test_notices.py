"""Emergency notices: they free time, close roads, are told at once, and touch nothing that was billed."""

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError

from parking import notices, quotes, roles
from parking.figures import rolling
from parking.models import BerthCount, Discrepancy, ParkingSession, RoadNotice, User
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db


@pytest.fixture
def road():
    return street.build()


@pytest.fixture
def duty(db):
    return User.objects.create(username="duty")


@pytest.fixture
def give(road, duty):
    def make(kind="free", start="14:00", end="16:00", *, everywhere=False, reason="防汛应急"):
        notice = RoadNotice.objects.create(
            kind=kind,
            everywhere=everywhere,
            from_at=at(start),
            to_at=at(end) if end else None,
            reason=reason,
            reason_en="flood relief",
            made_by=duty,
            made_at=at("13:50"),
        )
        if not everywhere:
            notice.roads.add(road)
        return notice

    return make


def billed(arrived, left):
    say(event(arrived, "arrival", plate=PLATE), event(left, "departure", plate=PLATE))
    fold(now=at("23:00"), later=600)
    return ParkingSession.objects.get()


@pytest.mark.parametrize("end", ["13:59", "14:00"])
def test_one_that_ends_before_it_begins_is_refused(give, end):
    with pytest.raises(IntegrityError):
        give(end=end)


def test_one_without_a_reason_is_refused(give):
    with pytest.raises(IntegrityError):
        give(reason="")


def test_free_time_is_a_line_of_the_fee(give):
    give()
    session = billed("13:00", "17:00")
    # An hour before and an hour after, at one yuan a begun half hour.
    assert session.fee_fen == 400
    (free,) = [line for line in session.lines if line["amount_fen"] == 0]
    assert (free["rule"], free["rule_en"]) == ("应急免费（防汛应急）", "emergency: free of charge (flood relief)")
    assert (free["from"], free["to"]) == (at("14:00").isoformat(), at("16:00").isoformat())


def test_a_closed_road_costs_nothing_while_it_is_closed(give):
    give("closed", "13:00", None)
    assert billed("13:30", "17:00").fee_fen == 0


def test_other_roads_go_on_as_ever(give, road):
    notice = give()
    notice.roads.clear()
    assert billed("13:00", "17:00").fee_fen == 800


def test_everywhere_means_every_road(give):
    give(everywhere=True)
    assert billed("14:00", "15:00").fee_fen == 0


def test_ended_early_it_frees_only_until_then(give, duty):
    notice = give()
    assert notices.end(notice.pk, by=duty, now=at("15:00"))
    assert not notices.end(notice.pk, by=duty, now=at("15:30"))
    assert billed("14:00", "16:00").fee_fen == 200


def test_ended_before_it_began_it_never_holds(give, duty):
    notice = give()
    notices.end(notice.pk, by=duty, now=at("13:55"))
    assert notices.standing(now=at("14:30")) == {}
    assert billed("14:00", "16:00").fee_fen == 400


def test_what_was_billed_before_goes_to_a_person_and_stays_as_it_is(give):
    session = billed("13:00", "17:00")
    notice = give()
    assert notices.freed_late(notice, now=at("23:30")) == 1
    assert notices.freed_late(notice, now=at("23:31")) == 0
    assert Discrepancy.objects.get().session == session
    session.refresh_from_db()
    assert session.fee_fen == 800


def test_a_quote_for_the_road_knows_it(give):
    give()
    told = quotes.quote(
        road="A", tariff="", arrived_at=at("13:00"), left_at=at("17:00"), plate_color="blue", vehicle_class=""
    )
    assert told["amount_fen"] == 400


def test_a_closure_is_told_before_free_parking(give, road):
    give()
    give("closed")
    assert notices.standing(now=at("15:00"))[road.pk].closed
    assert notices.standing(now=at("16:00")) == {}


def test_a_closed_road_offers_no_berths_to_the_figures(give):
    give("closed")
    rolling.sweep(now=at("14:01"))
    rolling.sweep(now=at("16:01"))
    assert list(BerthCount.objects.order_by("from_at").values_list("berths", flat=True)) == [0, 4]


def test_reading_them_takes_two_queries_however_many(give, django_assert_num_queries):
    for _ in range(5):
        give()
    with django_assert_num_queries(2):
        notices.standing(now=at("15:00"), road_ids=[1])


@pytest.fixture
def desk(client, road):
    roles.grant()
    user = User.objects.create(username="operator", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    client.force_login(user)
    return client


def form(**more):
    return {
        "kind": "free",
        "from_at_0": "2026-11-23",
        "from_at_1": "14:00",
        "to_at_0": "",
        "to_at_1": "",
        "reason": "防汛应急",
        "reason_en": "",
    } | more


def test_the_desk_refuses_a_notice_without_roads(desk):
    answer = desk.post("/admin/parking/roadnotice/add/", form())
    assert "请选择路段" in answer.content.decode()
    assert not RoadNotice.objects.exists()


def test_an_operator_makes_one_and_ends_it(desk, road):
    assert desk.post("/admin/parking/roadnotice/add/", form(roads=[road.pk])).status_code == 302
    notice = RoadNotice.objects.get()
    assert (notice.made_by.username, list(notice.roads.all())) == ("operator", [road])
    desk.post("/admin/parking/roadnotice/", {"action": "end_now", "_selected_action": [notice.pk]})
    notice.refresh_from_db()
    assert notice.ended_by == notice.made_by


def test_a_reviewer_may_not_close_a_road(client, road):
    roles.grant()
    user = User.objects.create(username="reviewer", is_staff=True)
    user.groups.add(Group.objects.get(name="reviewer"))
    client.force_login(user)
    assert client.post("/admin/parking/roadnotice/add/", form(roads=[road.pk])).status_code == 403


def test_the_roads_page_says_closed(client, give, time_machine):
    give("closed")
    time_machine.move_to(at("15:00"))
    page = client.get("/roads/A/").content.decode()
    assert "道路封闭，请勿停放" in page
    assert "防汛应急" in page
    assert "封闭" in client.get("/roads/").content.decode()
