from datetime import timedelta

import pytest

from parking.figures import appeals
from parking.models import Appeal, ParkingSession, User
from tests.parking.figures.conftest import stay
from tests.street import at

pytestmark = pytest.mark.django_db


def test_each_is_counted_by_the_moment_it_was_made(road):
    stay("08:10", "09:40")
    session = ParkingSession.objects.get()
    for number, status in enumerate(["upheld", "partly", "refused", "withdrawn"]):
        opened = at("10:00") + timedelta(minutes=number)
        Appeal.objects.create(
            number=f"AP{number}",
            session=session,
            reason="not_mine",
            status=status,
            opened_at=opened,
            due_at=opened,
            answer="看过照片",
            decided_by=User.objects.get_or_create(username="clerk")[0],
            decided_at=opened,
        )
    day = {"from_at": at("00:00"), "to_at": at("00:00", day="2026-11-21")}
    assert appeals.count([road.pk], **day) == appeals.Appeals(made=4, decided=3, overturned=2)
    assert appeals.count([road.pk], from_at=at("10:02"), to_at=at("10:03")).made == 1
    assert appeals.count([], **day).made == 0
