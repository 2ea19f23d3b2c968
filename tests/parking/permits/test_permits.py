"""Permits: ordered, paid, renewed, given back; and what they do to a fee."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from parking import permits, tariffs
from parking.models import Campaign, Coupon, Exemption, ParkingSession, Permit, PermitProduct, Road, Zone
from parking.permits import NotRefunded, NotSold
from payments import charges
from payments.models import Charge
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

NOW = at("07:00")
CAR = [(PLATE, "blue")]


@pytest.fixture
def road():
    return street.build()


def product(**fields):
    return PermitProduct.objects.create(
        **{"code": "month", "kind": "monthly", "name": "包月", "price_fen": 12_000, "most_plates": 2} | fields
    )


def pay(number, *, at=NOW):
    """As if money had come: the sandbox's way is tried elsewhere."""
    Charge.objects.filter(number=number).update(status="settled", settled_at=at)


def park(arrived="08:00", left="10:00", *, plate=PLATE, berth="A01", day="2026-11-20"):
    for kind, clock in (("arrival", arrived), ("departure", left)):
        say(
            event(at(clock, day=day), kind, plate=plate, plate_color="blue", berth=berth, received_at=at(left, day=day))
        )
    fold(now=at(left, day=day))
    return ParkingSession.objects.get(plate=plate, arrived_at=at(arrived, day=day))


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"product": "none"}, NotSold.NOT_ON_SALE),
        ({"plates": []}, NotSold.NO_PLATE),
        ({"plates": [("", "blue")]}, NotSold.NO_PLATE),
        ({"plates": [(f"鄂L1234{n}", "blue") for n in range(3)]}, NotSold.TOO_MANY_PLATES),
        ({"from_at": NOW - timedelta(days=1)}, NotSold.BEGINS_TOO_EARLY),
        ({"from_at": NOW + timedelta(days=100)}, NotSold.BEGINS_TOO_LATE),
    ],
)
def test_what_can_not_be_sold_is_refused_with_its_reason(order, reason):
    product()
    asked = {"product": "month", "plates": CAR, "from_at": None} | order
    told = permits.buy(asked["product"], plates=asked["plates"], holder=None, now=NOW, from_at=asked["from_at"])
    assert told is reason
    assert not Charge.objects.exists()


def test_a_permit_on_a_road_and_in_a_zone_at_once_is_refused_by_the_database(road):
    with pytest.raises(IntegrityError), transaction.atomic():
        product(road=road, zone=road.zone)


def test_an_order_is_a_charge_that_nobody_collects_or_urges():
    product()
    held = permits.buy("month", plates=CAR, holder=None, now=NOW)
    charge = Charge.objects.get()
    assert (held.state, held.charge_number, charge.amount_fen) == ("ordered", charge.number, 12_000)
    assert (charge.collect_at, charge.urge_at) == (None, None)
    assert held.to_at == at("07:00", day="2026-12-20")


def test_the_same_order_twice_is_one_order():
    product()
    first = permits.buy("month", plates=CAR, holder=None, now=NOW)
    assert permits.buy("month", plates=CAR, holder=None, now=NOW + timedelta(minutes=3)) == first
    assert Permit.objects.count() == 1


def test_who_holds_a_permit_gets_no_second_for_the_same_time_but_the_next():
    product()
    first = permits.buy("month", plates=CAR, holder=None, now=NOW)
    pay(first.number)
    assert permits.buy("month", plates=CAR, holder=None, now=NOW) is NotSold.HELD_ALREADY
    (offer,) = permits.offers(plate=PLATE, now=NOW)
    assert offer.from_at == first.to_at
    following = permits.renew(first.number, holder=None, now=NOW)
    assert (following.from_at, following.state) == (first.to_at, "ordered")
    assert permits.renew(first.number, holder=None, now=NOW).number == following.number
    pay(following.number)
    assert permits.renew(first.number, holder=None, now=NOW) is NotSold.RENEWED_ALREADY


def test_an_order_nobody_paid_is_void_after_half_an_hour_and_can_be_ordered_again():
    product()
    first = permits.buy("month", plates=CAR, holder=None, now=NOW)
    assert permits.expire_orders(now=NOW + timedelta(minutes=29)) == 0
    assert permits.expire_orders(now=NOW + timedelta(minutes=31)) == 1
    assert Charge.objects.get().status == "void"
    assert permits.held(plates=[PLATE], now=NOW) == []
    again = permits.buy("month", plates=CAR, holder=None, now=NOW + timedelta(hours=1))
    assert again.number != first.number


def test_an_unpaid_permit_covers_nothing_and_a_paid_one_the_time_it_holds(road):
    product()
    held = permits.buy("month", plates=CAR, holder=None, now=NOW)
    assert park("08:00", "09:00").fee_fen == 200
    pay(held.number)
    covered = park("10:00", "12:00")
    assert covered.fee_fen == 0
    assert [line["kind"] for line in covered.lines] == ["permit"]
    assert park("10:00", "12:00", plate=OTHER_PLATE, berth="A02").fee_fen == 400


def test_a_permit_of_another_road_or_zone_covers_nothing_here(road):
    other = Road.objects.create(code="B", name="乙路", zone=Zone.objects.create(code="B", name="乙区"))
    product(code="there", road=other)
    product(code="zone", zone=other.zone)
    product(code="here", road=road)
    for code in ("there", "zone"):
        permits.give(code, plates=CAR, by="clerk", from_at=NOW, now=NOW)
    assert park("08:00", "09:00").fee_fen == 200
    permits.give("here", plates=CAR, by="clerk", from_at=NOW, now=NOW)
    assert park("10:00", "11:00").fee_fen == 0


def test_a_night_permit_covers_only_its_hours(road):
    product(code="night", kind="night", start="20:00", end="08:00")
    permits.give("night", plates=CAR, by="clerk", from_at=NOW, now=NOW)
    assert park("07:00", "09:00").fee_fen == 200


def test_what_is_given_back_is_the_price_of_the_unused_whole_days():
    product(price_fen=3_000)
    permits.buy("month", plates=CAR, holder=None, now=NOW)
    permit = Permit.objects.get()
    assert permits.refundable_fen(permit, now=NOW - timedelta(days=1)) == 3_000
    assert permits.refundable_fen(permit, now=NOW + timedelta(days=10, hours=1)) == 3_000 * 19 // 30
    assert permits.refundable_fen(permit, now=permit.to_at - timedelta(hours=5)) == 0


def test_an_unpaid_or_unknown_permit_gives_nothing_back():
    product()
    held = permits.buy("month", plates=CAR, holder=None, now=NOW)
    ask = {"by": "clerk", "reason": "搬家", "limit_fen": 10**9, "now": NOW}
    assert permits.refund("M0", **ask) is NotRefunded.UNKNOWN_PERMIT
    assert permits.refund(held.number, **ask) is NotRefunded.NOT_PAID
    pay(held.number)
    assert permits.refund(held.number, **ask | {"now": held.to_at}) is NotRefunded.ENDED
    # no payment stands behind it here, so payments refuses and the permit goes on
    assert permits.refund(held.number, **ask) is charges.NotRefunded.NOTHING_PAID
    assert permits.held(plates=[PLATE], now=NOW)[0].state == "active"


@pytest.mark.parametrize(("kind", "fee"), [("police", 0), ("resident", 200), ("disabled", 100), ("other", 400)])
def test_a_registered_vehicle_is_priced_by_its_kind_while_it_is_registered(kind, fee):
    street.build(tariff=False)
    document = {
        **street.FLAT,
        "zone": "",
        "in_force_from": "2016-01-01",
        "exempt": {"kinds": {"police": {"zh": "警车", "en": "police"}}},
        "concessions": [
            {"id": "resident", "who": {"tags": ["resident"]}, "percent_off": 50},
            {"id": "disabled", "who": {"disabled": True}, "percent_off": 75},
        ],
    }
    tariffs.load([document], now=NOW)
    Exemption.objects.create(
        plate=PLATE, kind=kind, from_at=NOW, to_at=at("11:00"), proof="鄂公交函 3 号", noted_at=NOW
    )
    assert park("08:00", "10:00").fee_fen == fee
    assert park("12:00", "14:00").fee_fen == 400


def test_an_exemption_needs_a_proof():
    with pytest.raises(IntegrityError), transaction.atomic():
        Exemption.objects.create(plate=PLATE, kind="police", from_at=NOW, noted_at=NOW)


def campaign(**fields):
    return Campaign.objects.create(
        **{
            "code": "autumn", "name": "秋", "kind": "amount", "value": 150, "from_at": NOW, "to_at": at("23:00"),
            "each": 2, "most": 3,
        }
        | fields
    )  # fmt: skip


def test_a_campaign_gives_no_more_than_its_limits():
    campaign()
    assert len(permits.give_coupons("autumn", plates=[PLATE, OTHER_PLATE], now=NOW)) == 2
    assert len(permits.give_coupons("autumn", plates=[PLATE, OTHER_PLATE], now=NOW)) == 1
    assert permits.give_coupons("autumn", plates=[PLATE], now=NOW) == []
    assert permits.give_coupons("none", plates=[PLATE], now=NOW) == []
    assert permits.give_coupons("autumn", plates=[OTHER_PLATE], now=at("23:30")) == []


def test_a_coupon_is_used_by_one_stay_and_shows_as_a_line(road):
    campaign(each=1)
    permits.give_coupons("autumn", plates=[PLATE], now=NOW)
    first = park("08:30", "10:00")
    assert first.fee_fen == 150
    assert first.lines[-1]["kind"] == "coupon"
    assert Coupon.objects.get().session == first
    assert park("11:00", "12:00").fee_fen == 200


def test_two_stays_in_one_batch_use_two_coupons(road):
    campaign()
    permits.give_coupons("autumn", plates=[PLATE], now=NOW)
    permits.give_coupons("autumn", plates=[PLATE], now=NOW)
    say(
        *(
            event(clock, kind, plate=PLATE, berth=berth)
            for berth, arrived, left in (
                ("A01", "08:00", "09:00"),
                ("A02", "10:00", "11:00"),
                ("A03", "12:00", "13:00"),
            )
            for kind, clock in (("arrival", arrived), ("departure", left))
        )
    )
    fold()
    assert [each.fee_fen for each in ParkingSession.objects.order_by("arrived_at")] == [50, 50, 200]
    assert Coupon.objects.filter(session__isnull=False).count() == 2


def test_a_used_coupon_is_never_used_again(road):
    campaign()
    permits.give_coupons("autumn", plates=[PLATE], now=NOW)
    first = park("08:00", "09:00")
    other = park("10:00", "11:00", plate=OTHER_PLATE, berth="A02")
    coupon = Coupon.objects.get()
    assert coupon.session == first
    assert tariffs.spend_coupons([(coupon.code, other.id)], now=NOW) == 0
    with pytest.raises(IntegrityError, match="coupon"), transaction.atomic():
        Coupon.objects.update(session=other)


def test_lists_of_permits_cost_the_same_queries_however_long():
    product()
    counts = []
    for number in range(3):
        permits.buy("month", plates=[(f"鄂L1234{number}", "blue")], holder=None, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert len(permits.held(plates=[f"鄂L1234{n}" for n in range(3)], now=NOW)) == number + 1
        counts.append(len(queries))
    assert counts[0] == counts[-1]
