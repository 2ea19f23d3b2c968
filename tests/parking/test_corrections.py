"""Acts on orders that stand: refused where they must be, shown before they are done, kept by every later fold."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from parking import corrections, invariants, roles
from parking.corrections import Part, Undecidable, Wish
from parking.models import Berth, InvariantBreak, ParkingSession, SessionAct, StaleBerth, TariffVersion, User
from payments import charges
from payments.models import Attempt
from payments.models import Part as PaidPart
from tests import street
from tests.parking.test_discrepancies import pay
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say, story

pytestmark = pytest.mark.django_db

NOW = at("20:00")


@pytest.fixture
def clerk():
    roles.grant()
    user = User.objects.create(username="clerk", is_staff=True)
    user.groups.add(Group.objects.get(name="operator"))
    return user


@pytest.fixture
def boss():
    roles.grant()
    return User.objects.create(username="boss", is_staff=True, is_superuser=True)


@pytest.fixture
def order():
    """One order of 70 minutes at A01, billed at 3 yuan."""
    street.build()
    say(event("08:00", "arrival", plate=PLATE), event("09:10", "departure", plate=PLATE))
    fold(now=at("12:00"))
    return ParkingSession.objects.get()


def part(start="08:00", end="09:10", plate=PLATE, berth="A01"):
    return Part(berth=berth, arrived_at=at(start), left_at=at(end), plate=plate)


def wish(*parts, numbers, kind="correct", reason="照片显示如此"):
    return Wish(kind=kind, numbers=tuple(numbers), into=parts, reason=reason)


def act(asked, by, *, limit_fen=100_000, now=NOW):
    effect = corrections.preview(asked, by=by, roads=None, now=now)
    return corrections.carry_out(asked, by=by, roads=None, limit_fen=limit_fen, agreed=effect.mark, now=now)


def view(session):
    return charges.views([session.number])[session.number]


def heard_again(berth="A01"):
    """Everything of the berth is folded anew from its very beginning."""
    StaleBerth.objects.create(
        berth=Berth.objects.get(code=berth), since_at=at("00:00", day="2026-11-01"), due_at=at("00:00")
    )
    fold(now=NOW + timedelta(hours=1))


def unbroken():
    invariants.check(now=NOW + timedelta(minutes=5))
    assert list(InvariantBreak.objects.values_list("name", "words")) == []


@pytest.mark.parametrize(
    ("parts", "reason", "field"),
    [
        ([part(end="08:30")], " ", "reason"),
        ([part()], "why", ""),
        ([part(plate="X")], "why", "plate"),
        ([part(start="09:00", end="08:00")], "why", "left_at"),
        ([part(end="23:00")], "why", "left_at"),
        ([part(berth="Z99")], "why", "berth"),
        ([part(end="08:40"), part(start="08:30")], "why", "left_at"),
    ],
)
def test_a_wish_that_cannot_be_names_its_field_and_changes_nothing(order, clerk, parts, reason, field):
    with pytest.raises(Undecidable) as told:
        corrections.preview(wish(*parts, numbers=[order.number], reason=reason), by=clerk, roads=None, now=NOW)
    assert told.value.field == field
    assert told.value.message
    assert story() == [("08:00", "09:10", PLATE, "billed")]


def test_a_car_that_still_stands_and_an_order_that_is_void_are_refused(order, clerk):
    say(event("10:00", "arrival", plate=OTHER_PLATE))
    fold(now=at("12:00"))
    parked = ParkingSession.objects.get(status="parked")
    with pytest.raises(Undecidable, match="没有驶离"):
        corrections.preview(wish(part(), numbers=[parked.number]), by=clerk, roads=None, now=NOW)
    act(wish(part(end="08:30"), numbers=[order.number]), clerk)
    with pytest.raises(Undecidable, match="已经作废"):
        corrections.preview(wish(part(end="08:50"), numbers=[order.number]), by=clerk, roads=None, now=NOW)


def test_what_would_lie_over_another_order_is_refused_by_its_number(order, clerk):
    say(event("10:00", "arrival", plate=OTHER_PLATE), event("11:00", "departure", plate=OTHER_PLATE))
    fold(now=at("12:00"))
    other = ParkingSession.objects.get(plate=OTHER_PLATE)
    with pytest.raises(Undecidable, match=other.number):
        corrections.preview(wish(part(end="10:30"), numbers=[order.number]), by=clerk, roads=None, now=NOW)


def test_a_berth_of_a_foreign_road_is_refused(order, clerk):
    with pytest.raises(Undecidable, match="不在您负责"):
        corrections.preview(wish(part(end="08:30"), numbers=[order.number]), by=clerk, roads=frozenset({"B"}), now=NOW)


def test_the_preview_tells_the_effect_and_changes_nothing(order, clerk):
    asked = wish(part(end="08:30"), numbers=[order.number])
    effect = corrections.preview(asked, by=clerk, roads=None, now=NOW)
    assert (effect.was_fen, effect.off_fen, effect.back_fen, effect.new_fen) == (300, 300, 0, 100)
    assert [each.fee_fen for each in effect.made] == [100]
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert (view(order).status, view(order).due_fen) == ("open", 300)
    assert not SessionAct.objects.exists()


def test_an_effect_that_has_changed_since_it_was_shown_is_not_carried_out(order, clerk):
    with pytest.raises(Undecidable, match="再看一次"):
        corrections.carry_out(
            wish(part(end="08:30"), numbers=[order.number]), by=clerk, roads=None, limit_fen=9_999, agreed="", now=NOW
        )
    assert story() == [("08:00", "09:10", PLATE, "billed")]


@pytest.mark.parametrize(
    ("change", "fee_fen"),
    [
        ({"end": "08:30"}, 100),
        ({"end": "10:00"}, 400),
        ({"start": "08:20", "end": "08:40"}, 100),
        ({"start": "07:30"}, 400),
        ({"plate": OTHER_PLATE}, 300),
    ],
)
def test_a_corrected_order_stands_in_place_of_the_old_one_whatever_is_folded_later(order, clerk, change, fee_fen):
    done = act(wish(part(**change), numbers=[order.number]), clerk)
    assert done.status == "done"
    asked = part(**change)
    after = [
        (each.status, each.arrived_at, each.left_at, each.plate, each.fee_fen)
        for each in ParkingSession.objects.exclude(pk=order.pk)
    ]
    assert after == [("billed", asked.arrived_at, asked.left_at, asked.plate, fee_fen)]
    order.refresh_from_db()
    assert (order.status, view(order).status) == ("void", "void")
    for _again in range(2):
        heard_again()
        now_after = ParkingSession.objects.exclude(pk=order.pk).values_list("number", "status", "fee_fen")
        assert [(status, fee) for _number, status, fee in now_after] == [("billed", fee_fen)]
    unbroken()


def test_an_order_moved_to_another_berth_leaves_the_first_one_empty(order, clerk):
    act(wish(part(berth="A02"), numbers=[order.number]), clerk)
    heard_again("A01")
    heard_again("A02")
    assert story("A01") == [("08:00", "09:10", PLATE, "void")]
    assert story("A02") == [("08:00", "09:10", PLATE, "billed")]
    unbroken()


def test_a_split_order_becomes_two_with_a_bill_each(order, clerk):
    asked = wish(part(end="08:25"), part(start="08:40", plate=OTHER_PLATE), numbers=[order.number], kind="split")
    act(asked, clerk)
    heard_again()
    living = ParkingSession.objects.exclude(pk=order.pk).order_by("arrived_at")
    assert [(each.plate, each.status, each.fee_fen) for each in living] == [
        (PLATE, "billed", 100),
        (OTHER_PLATE, "billed", 100),
    ]
    unbroken()


def test_two_merged_orders_become_one_over_both(order, clerk):
    say(event("09:20", "arrival", plate=PLATE), event("09:40", "departure", plate=PLATE))
    fold(now=at("12:00"))
    numbers = list(ParkingSession.objects.order_by("arrived_at").values_list("number", flat=True))
    assert len(numbers) == 2
    act(wish(part(end="09:40"), numbers=numbers, kind="merge"), clerk)
    heard_again()
    assert story() == [
        ("08:00", "09:10", PLATE, "void"),
        ("08:00", "09:40", PLATE, "billed"),
        ("09:20", "09:40", PLATE, "void"),
    ]
    assert ParkingSession.objects.get(status="billed").fee_fen == 400
    unbroken()


def test_a_held_order_keeps_its_number_when_it_is_corrected(clerk):
    street.build()
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold(now=at("12:00"))
    held = ParkingSession.objects.get()
    assert held.status == "held"
    act(wish(part(), numbers=[held.number]), clerk)
    heard_again()
    held.refresh_from_db()
    assert (held.status, held.plate, held.fee_fen) == ("billed", PLATE, 300)
    assert not held.reviews.filter(closed_at=None).exists()
    unbroken()


def test_a_corrected_order_can_be_corrected_again(order, clerk):
    first = act(wish(part(end="08:30"), numbers=[order.number]), clerk)
    (number,) = [each for each in first.numbers if each != order.number]
    act(wish(part(end="08:50", plate=OTHER_PLATE), numbers=[number]), clerk, now=NOW + timedelta(minutes=1))
    heard_again()
    living = ParkingSession.objects.filter(status="billed").get()
    assert (living.plate, living.left_at, living.fee_fen) == (OTHER_PLATE, at("08:50"), 200)
    unbroken()


def test_what_is_heard_later_of_a_ruled_time_opens_a_discrepancy_and_changes_no_bill(order, clerk):
    act(wish(part(end="08:30"), numbers=[order.number]), clerk)
    say(event("08:10", "departure", plate=PLATE, received_at=NOW + timedelta(minutes=1)))
    fold(now=NOW + timedelta(minutes=2))
    living = ParkingSession.objects.get(status="billed")
    assert (living.left_at, living.fee_fen) == (at("08:30"), 100)
    assert [each.reason for each in living.discrepancies.all()] == ["late_departure_inside"]


def test_above_the_limit_nothing_happens_until_another_person_agrees(order, clerk, boss):
    asked = act(wish(part(end="08:30"), numbers=[order.number]), clerk, limit_fen=299)
    assert asked.status == "requested"
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    with pytest.raises(Undecidable, match="等复核"):
        act(wish(part(end="08:50"), numbers=[order.number]), clerk)
    told = {"agree": True, "answer": "", "roads": None, "limit_fen": 1_000, "now": NOW, "agreed": "300:0:100:1:0"}
    with pytest.raises(Undecidable, match="另一个人"):
        corrections.decide(asked.pk, by=clerk, **told)
    done = corrections.decide(asked.pk, by=boss, **told)
    assert (done.status, done.decided_by) == ("done", boss)
    assert ParkingSession.objects.get(status="billed").fee_fen == 100
    with pytest.raises(Undecidable, match="已经有人"):
        corrections.decide(asked.pk, by=boss, **told)


def test_a_refused_wish_needs_an_answer_and_frees_the_order(order, clerk, boss):
    asked = act(wish(part(end="08:30"), numbers=[order.number]), clerk, limit_fen=0)
    told = {"agree": False, "by": boss, "roads": None, "limit_fen": 0, "agreed": "", "now": NOW}
    with pytest.raises(Undecidable) as error:
        corrections.decide(asked.pk, answer=" ", **told)
    assert error.value.field == "answer"
    assert corrections.decide(asked.pk, answer="照片看不清", **told).status == "refused"
    assert act(wish(part(end="08:50"), numbers=[order.number]), clerk).status == "done"


def test_an_order_whose_fee_would_be_the_same_is_not_rated_again(order, clerk):
    with pytest.raises(Undecidable, match="费用不变"):
        corrections.preview(wish(part(), numbers=[order.number], kind="rerate"), by=clerk, roads=None, now=NOW)


def test_a_paid_order_that_is_corrected_is_refunded_and_billed_anew(order, clerk):
    pay(order)
    effect = corrections.preview(wish(part(end="08:30"), numbers=[order.number]), by=clerk, roads=None, now=NOW)
    assert (effect.off_fen, effect.back_fen, effect.new_fen) == (0, 300, 100)
    act(wish(part(end="08:30"), numbers=[order.number]), clerk)
    (refund,) = charges.refunds_of([order.number])[order.number]
    assert (refund.amount_fen, refund.status, refund.waits_for_second) == (300, "approved", False)
    order.refresh_from_db()
    assert order.status == "void"
    living = ParkingSession.objects.get(status="billed")
    with pytest.raises(Undecidable, match="已经作废"):
        act(wish(part(end="08:50"), numbers=[order.number]), clerk)
    assert view(living).due_fen == 100
    unbroken()


def test_a_paid_order_rated_again_for_less_is_refunded_the_difference_only(order, clerk):
    pay(order)
    _mend(street.FLAT | {"bands": [{**street.FLAT["bands"][0], "steps": [{"unit_min": 60, "price": 1}]}]})
    act(wish(part(), numbers=[order.number], kind="rerate"), clerk)
    (refund,) = charges.refunds_of([order.number])[order.number]
    assert refund.amount_fen == 100
    with pytest.raises(Undecidable, match="退款还没办完"):
        act(wish(part(end="08:50"), numbers=[order.number]), clerk)


def test_an_order_being_paid_or_written_off_is_refused(order, clerk):
    attempt = Attempt.objects.create(
        number="T9", gateway="wechat", kind="native", amount_fen=300, status="unknown", created_at=NOW
    )
    paying = PaidPart.objects.create(attempt=attempt, charge=order.charge, amount_fen=300, in_flight=True)
    with pytest.raises(Undecidable, match="正在支付"):
        act(wish(part(end="08:50"), numbers=[order.number]), clerk)
    paying.delete()
    attempt.delete()
    charges.ask_write_off(order.number, reason="too old", by="clerk", now=NOW)
    charges.decide_adjustment(order.number, agreed=True, by="boss", now=NOW)
    with pytest.raises(Undecidable, match="已核销"):
        act(wish(part(end="08:50"), numbers=[order.number]), clerk)


def test_an_order_rated_again_after_the_tariff_was_mended_follows_it(order, clerk):
    document = street.FLAT | {"bands": [{**street.FLAT["bands"][0], "steps": [{"unit_min": 60, "price": 1}]}]}
    _mend(document)
    asked = wish(part(), numbers=[order.number], kind="rerate")
    effect = corrections.preview(asked, by=clerk, roads=None, now=NOW)
    assert (effect.off_fen, effect.back_fen, effect.new_fen, effect.made) == (100, 0, 0, ())
    act(asked, clerk)
    order.refresh_from_db()
    assert (order.status, view(order).due_fen) == ("billed", 200)
    heard_again()
    assert view(order).due_fen == 200
    unbroken()


def test_an_order_rated_again_for_more_is_billed_anew(order, clerk):
    _mend(street.FLAT | {"bands": [{**street.FLAT["bands"][0], "steps": [{"unit_min": 30, "price": 2}]}]})
    act(wish(part(), numbers=[order.number], kind="rerate"), clerk)
    heard_again()
    assert [each.fee_fen for each in ParkingSession.objects.filter(status="billed")] == [600]
    unbroken()


def _mend(document):
    TariffVersion.objects.update(document=document)
