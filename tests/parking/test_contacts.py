"""Reminders reach the driver of the plate, and nobody else."""

from datetime import datetime, timedelta

import pytest

from parking import contacts
from parking.models import User, Vehicle
from payments import charges, messengers
from payments.domain.bill import Bill, BillLine
from tests import street

pytestmark = pytest.mark.django_db

OPENED = street.at("10:00", day="2026-10-01")


def bound(name, *, phone="13800001234", plate=street.PLATE, verified=False, active=True):
    user, _ = User.objects.get_or_create(username=name, defaults={"phone": phone, "is_active": active})
    Vehicle.objects.create(user=user, plate=plate, bound_at=OPENED, verified_at=OPENED if verified else None)


def phones(*plates):
    return {plate: contact and contact.phone for plate, contact in contacts.contacts(plates).items()}


def test_a_plate_nobody_bound_has_no_contact():
    assert phones(street.PLATE) == {street.PLATE: None}


def test_of_two_unverified_claims_neither_is_told():
    bound("a", phone="13800000001")
    bound("b", phone="13800000002")
    assert phones(street.PLATE) == {street.PLATE: None}


def test_the_verified_holder_is_told_and_not_the_other():
    bound("a", phone="13800000001", verified=True)
    bound("b", phone="13800000002")
    assert phones(street.PLATE) == {street.PLATE: "13800000001"}


def test_one_who_left_or_has_no_phone_is_not_told():
    bound("a", phone="13800000001", active=False)
    bound("b", phone=None, plate=street.OTHER_PLATE)
    assert phones(street.PLATE, street.OTHER_PLATE) == {street.PLATE: None, street.OTHER_PLATE: None}


def test_many_plates_take_one_query(django_assert_num_queries):
    for index in range(5):
        bound(f"u{index}", phone=f"1380000000{index}", plate=f"鄂L0000{index}")
    with django_assert_num_queries(1):
        assert len(phones(*(f"鄂L0000{index}" for index in range(5)))) == 5


def owed(number, plate):
    line = BillLine(from_at=OPENED, to_at=OPENED, rule="计时", rule_en="By time", amount_fen=500)
    return Bill(
        number=number, scope="A", spot="A01", place="甲路 A01", plate=plate, plate_color="blue", from_at=OPENED,
        to_at=OPENED, amount_fen=500, currency="CNY", lines=(line,), tariff_code="flat", tariff_version=1,
    )  # fmt: skip


def test_what_payments_planned_is_sent_to_the_bound_driver_and_not_while_an_appeal_is_open(settings, caplog):
    settings.SMS_PROVIDER = {"BACKEND": "payments.messengers.console.ConsoleSms", "OPTIONS": {}}
    messengers.forget()
    bound("a")
    charges.open_charges([owed("S1", street.PLATE), owed("S2", street.OTHER_PLATE)], now=OPENED)
    due: datetime = OPENED + timedelta(days=30)
    assert charges.pause_urging(numbers=["S1"], paused=True) == 1
    charges.plan_urgings(now=due)
    assert contacts.remind(now=due) == 0
    charges.pause_urging(numbers=["S1"], paused=False)
    charges.plan_urgings(now=due)
    assert contacts.remind(now=due) == 1
    assert contacts.remind(now=due) == 0
    assert "13800001234" not in caplog.text
    assert street.PLATE not in caplog.text
    messengers.forget()
