"""Permits and coupons by the API: ordered, paid through the sandbox, renewed, taken back, given back."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from parking.models import Campaign, Permit, PermitProduct, User, Vehicle
from parking.permits import give_coupons
from payments import charges, collection, ledger
from payments.models import Attempt, Charge
from sandbox.gateway import wechat_orders
from tests.parking.api.driver.conftest import Caller, token_of
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.street import OTHER_PLATE, PLATE

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product(db):
    return PermitProduct.objects.create(
        code="month", kind="monthly", name="包月", name_en="Monthly", price_fen=12_000, most_plates=2
    )


@pytest.fixture
def bound(driver):
    """A car that was proved today."""
    now = timezone.now()
    return Vehicle.objects.create(user=driver, plate=PLATE, plate_color="blue", bound_at=now, verified_at=now)


@pytest.fixture
def stranger(db):
    return User.objects.create(username="other", phone="13900000000")


def order(api, *cars, key="order-0001", **more):
    return api.post("permits/", {"product": "month", "vehicles": list(cars), **more}, key=key)


def settle(sandbox, number):  # noqa: F811
    """The driver taps at the payer's page; our side asks until it knows."""
    wechat_orders.pay(sandbox.wechat, Attempt.objects.get(parts__charge__number=number).number)
    chase_until(lambda: charges.views([number])[number].status == "settled")


def chase_until(done):
    """The sandbox's world runs a thousand times faster than ours, and our questions are put ever later."""
    for minutes in range(1, 200):
        if done():
            return
        collection.chase(now=timezone.now() + timedelta(minutes=minutes))
        time.sleep(0.01)
    pytest.fail("the gateway never told")


@pytest.mark.parametrize("path", ["permits/", "permits/offers/", "permits/M1/", "coupons/"])
def test_without_a_token_nothing_is_told(nobody, path):
    assert nobody.get(path).status_code == 401


def test_an_order_without_a_key_is_refused(api, product, bound):
    assert order(api, bound.pk, key="").json()["code"] == "key_missing"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"product": "none"}, "not_on_sale"),
        ({"vehicles": [999_999]}, "no_plate"),
        ({"from_at": "2020-01-01T00:00:00Z"}, "begins_too_early"),
        ({"from_at": "2999-01-01T00:00:00Z"}, "begins_too_late"),
    ],
)
def test_what_can_not_be_ordered_is_refused_with_its_code(api, product, bound, asked, code):
    answer = order(api, bound.pk, **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Charge.objects.exists()


@pytest.mark.parametrize("cars", [[], "x", ["\x00"], [0], [1.5]])
def test_what_are_no_cars_is_refused(api, product, cars):
    answer = api.post("permits/", {"product": "month", "vehicles": cars}, key="order-0001")
    assert answer.status_code == 400
    assert any(name.startswith("vehicles") for name in answer.json()["fields"])


def test_a_car_that_is_only_bound_gets_no_permit(api, product, driver):
    payer = Vehicle.objects.create(user=driver, plate=PLATE, plate_color="blue", bound_at=timezone.now())
    assert order(api, payer.pk).json()["code"] == "no_plate"


def test_a_tap_too_many_orders_once(api, product, bound):
    first, again = order(api, bound.pk), order(api, bound.pk)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert order(api, bound.pk, key="order-0002").json()["number"] == first.json()["number"]
    assert Permit.objects.count() == Charge.objects.count() == 1


def test_another_persons_order_is_neither_shown_nor_paid_nor_ended(api, product, bound, stranger):
    number = order(api, bound.pk).json()["number"]
    other = Caller(token_of(stranger))
    assert other.get(f"permits/{number}/").status_code == 404
    assert other.delete(f"permits/{number}/").status_code == 404
    assert other.post(f"permits/{number}/renew/", key="renew-0001").json()["code"] == "unknown_permit"
    assert other.post(f"permits/{number}/refund/", key="refund-0001").json()["code"] == "unknown_permit"
    assert other.get("permits/").json() == {"results": []}


def test_an_order_is_no_arrears_of_its_plate(api, nobody, product, bound):
    order(api, bound.pk)
    assert api.get("charges/").json()["total_fen"] == 0
    assert nobody.post("guest/due/", {"plate": PLATE}).json()["due_fen"] == 0


def test_an_order_is_taken_back_and_its_charge_void(api, product, bound):
    number = order(api, bound.pk).json()["number"]
    assert api.delete(f"permits/{number}/").status_code == 204
    assert charges.views([number])[number].status == "void"
    assert api.delete(f"permits/{number}/").json()["code"] == "not_cancelled"
    assert order(api, bound.pk, key="order-0002").json()["number"] != number


def test_a_permit_is_paid_renewed_and_given_back_through_the_gateway(api, product, bound, sandbox):  # noqa: F811
    told = order(api, bound.pk).json()
    assert (told["state"], told["own"], told["refundable_fen"]) == ("ordered", True, 0)
    assert -ledger.balance(account="permit_revenue") == 12_000
    started = api.post("payments/", {"charges": [told["charge"]], "kind": "wap"}, key="pay-00000001")
    assert started.json()["amount_fen"] == 12_000
    assert api.delete(f"permits/{told['number']}/").json()["code"] == "not_cancelled"  # its payment is under way

    settle(sandbox, told["charge"])
    paid = api.get(f"permits/{told['number']}/").json()
    assert (paid["state"], paid["renewable"]) == ("active", True)

    following = api.post(f"permits/{told['number']}/renew/", key="renew-0001").json()
    assert (following["state"], following["from"]) == ("ordered", told["to"])

    given = api.post(f"permits/{told['number']}/refund/", key="refund-0001")
    assert given.status_code == 201
    assert given.json()["waits_for_second"] is False
    assert 0 < given.json()["amount_fen"] < 12_000  # the day that has begun is used
    chase_until(lambda: charges.refunds_of([told["charge"]])[told["charge"]][0].succeeded_at)
    after = api.get(f"permits/{told['number']}/").json()
    assert (after["state"], [each["status"] for each in after["refunds"]]) == ("revoked", ["succeeded"])
    kept = 12_000 - given.json()["amount_fen"]
    assert -ledger.balance(account="permit_revenue") == kept + 12_000  # the renewal stands ordered
    assert -ledger.balance(account="revenue") == 0


def test_a_large_refund_waits_for_a_second_person(api, product, bound, sandbox, settings):  # noqa: F811
    settings.PERMIT_REFUND_LIMIT_FEN = 100
    told = order(api, bound.pk).json()
    api.post("payments/", {"charges": [told["charge"]], "kind": "wap"}, key="pay-00000001")
    settle(sandbox, told["charge"])
    assert api.post(f"permits/{told['number']}/refund/", key="refund-0001").json()["waits_for_second"] is True


def test_coupons_tell_what_they_took_off(api, car, park, hours_ago, nobody):
    now = timezone.now()
    Campaign.objects.create(
        code="autumn", name="秋", kind="amount", value=100, each=2,
        from_at=now - timedelta(days=2), to_at=now + timedelta(days=9),
    )  # fmt: skip
    give_coupons("autumn", plates=[PLATE, OTHER_PLATE], now=hours_ago(5))
    give_coupons("autumn", plates=[PLATE], now=now)
    park(hours_ago(4), hours_ago(3))
    told = api.get("coupons/").json()
    assert [each["plate"] for each in told["usable"]] == [PLATE]
    assert [(each["off_fen"], bool(each["order"])) for each in told["used"]] == [(100, True)]


def test_lists_ask_the_database_the_same_number_of_times(api, bound, product, django_assert_max_num_queries):
    for number in range(6):
        other = Vehicle.objects.create(
            user=bound.user, plate=f"鄂L1234{number}", plate_color="green", bound_at=bound.bound_at,
            verified_at=bound.bound_at,
        )  # fmt: skip
        order(api, other.pk, key=f"order-{number:04d}")
    with django_assert_max_num_queries(14):
        assert len(api.get("permits/").json()["results"]) == 6
