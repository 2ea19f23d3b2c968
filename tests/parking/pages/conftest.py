"""The street, its driver and a car whose holder is proved."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from parking.models import User, Vehicle
from tests import street
from tests.street import PLATE, event, fold, say

PHONE = "13800000000"


@pytest.fixture
def road(db):
    return street.build()


@pytest.fixture
def driver(db):
    return User.objects.create(username="driver", phone=PHONE)


@pytest.fixture
def car(driver):
    return Vehicle.objects.create(
        user=driver, plate=PLATE, plate_color="blue", bound_at=street.at("00:00"), verified_at=street.at("00:00")
    )


@pytest.fixture
def browser(driver) -> Client:
    """A browser in which the driver is signed in."""
    client = Client()
    client.force_login(driver)
    return client


@pytest.fixture
def park(road):
    """Let a car stand; without an end it still stands. Gives nothing: the sessions are in the tables."""

    def stay(arrived: datetime, left: datetime | None = None, *, plate=PLATE, berth="A01", color="blue"):
        told = [event(arrived, "arrival", plate=plate, berth=berth, plate_color=color)]
        if left is not None:
            told.append(event(left, "departure", plate=plate, berth=berth, plate_color=color))
        say(*told, now=timezone.now())
        fold(later=600)

    return stay


@pytest.fixture
def hours_ago():
    def moment(hours: float) -> datetime:
        return timezone.now().replace(microsecond=0) - timedelta(hours=hours)

    return moment
