from datetime import timedelta

import pytest
from django.utils import timezone

from parking import consents, messages
from parking.models import Message, User, Vehicle
from tests.parking.pages.conftest import car, driver, hours_ago, park, road  # noqa: F401
from tests.street import PLATE, at

pytestmark = pytest.mark.django_db


def swept():
    messages.sweep(now=timezone.now() + timedelta(minutes=20))
    return list(Message.objects.order_by("id").values_list("word", flat=True))


@pytest.mark.parametrize("spoil", ["unproved", "withdrawn", "off"])
def test_nobody_is_told_who_should_not_be(driver, car, park, hours_ago, spoil):  # noqa: F811
    park(hours_ago(1))
    if spoil == "unproved":
        Vehicle.objects.update(verified_at=None)
    elif spoil == "withdrawn":
        consents.withdraw(user=driver, purpose="whereabouts", now=timezone.now())
    else:
        messages.choose(user=driver, topic="arrival", channel="off")
    assert swept() == []


def test_sms_needs_a_phone(db):
    with pytest.raises(ValueError, match="手机号"):
        messages.choose(user=User.objects.create(username="wx"), topic="bill", channel="sms")


def test_a_car_that_parks_and_leaves_makes_two_messages_and_no_third(driver, car, park, hours_ago):  # noqa: F811
    park(hours_ago(1))
    assert swept() == ["arrived"]
    park(at("08:00"), at("09:10"), berth="A02")
    assert swept() == swept() == ["arrived", "billed"]
    said = messages.body(Message.objects.get(word="billed"), english=True)
    assert "A Street A02" in said
    assert "3.00" in said


def test_a_sweep_takes_two_queries_however_many_drivers(driver, car, park, hours_ago, django_assert_num_queries):  # noqa: F811
    park(hours_ago(1))
    for index in range(5):
        other = User.objects.create(username=f"u{index}")
        Vehicle.objects.create(
            user=other, plate=PLATE, plate_color="blue", bound_at=at("00:00"), verified_at=at("00:00"), shared_by=car
        )
    with django_assert_num_queries(2):
        messages.sweep(now=timezone.now())
    assert Message.objects.count() == 6


def test_a_chosen_sms_goes_out_once(driver, car, park, hours_ago):  # noqa: F811
    messages.choose(user=driver, topic="arrival", channel="sms")
    park(hours_ago(1))
    swept()
    assert messages.send(now=timezone.now()) == 1
    assert messages.send(now=timezone.now()) == 0
    assert Message.objects.get().delivery == "sent"
