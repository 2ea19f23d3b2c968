"""Reminders reach the driver of the plate, and nobody else."""

from datetime import timedelta

import pytest

from parking import messages
from parking.models import User, Vehicle
from payments import charges, messengers
from payments.domain.bill import Bill, BillLine
from tests import street

pytestmark = pytest.mark.django_db

OPENED = street.at("10:00", day="2026-10-01")


def bound(name, *, phone="13800001234", plate=street.PLATE, verified=True):
    user = User.objects.create(username=name, phone=phone)
    Vehicle.objects.create(user=user, plate=plate, bound_at=OPENED, verified_at=OPENED if verified else None)


def owed(number, plate):
    line = BillLine(from_at=OPENED, to_at=OPENED, rule="计时", rule_en="By time", amount_fen=500)
    return Bill(
        number=number, scope="A", spot="A01", place="甲路 A01", plate=plate, plate_color="blue", from_at=OPENED,
        to_at=OPENED, amount_fen=500, currency="CNY", lines=(line,), tariff_code="flat", tariff_version=1,
    )  # fmt: skip


@pytest.fixture
def planned(settings):
    """Two charges that fall due; gives the moment."""
    settings.SMS_PROVIDER = {"BACKEND": "payments.messengers.console.ConsoleSms", "OPTIONS": {}}
    messengers.forget()
    charges.open_charges([owed("S1", street.PLATE), owed("S2", street.OTHER_PLATE)], now=OPENED)
    yield OPENED + timedelta(days=30)
    messengers.forget()


def test_a_driver_who_only_says_the_plate_is_theirs_is_not_told(planned):
    bound("a", verified=False)
    charges.plan_urgings(now=planned)
    assert messages.urge(now=planned) == 0


def test_what_payments_planned_is_sent_to_the_proved_holder_and_not_while_an_appeal_is_open(planned, caplog):
    bound("a")
    assert charges.pause_urging(numbers=["S1"], paused=True) == 1
    charges.plan_urgings(now=planned)
    assert messages.urge(now=planned) == 0
    charges.pause_urging(numbers=["S1"], paused=False)
    charges.plan_urgings(now=planned)
    assert messages.urge(now=planned) == 1
    assert messages.urge(now=planned) == 0
    assert "13800001234" not in caplog.text
    assert street.PLATE not in caplog.text
