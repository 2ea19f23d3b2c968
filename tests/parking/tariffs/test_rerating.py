"""A guessed calendar marks what it prices; the real one lists what it changes, and bills nothing anew."""

import pytest
from django.urls import reverse

from parking import discrepancies, tariffs
from parking.discrepancies import ALL, Verdict
from parking.models import CalendarDay, CalendarYear, Discrepancy, ParkingSession, User
from tests import street
from tests.street import PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

DAYS = {
    **street.FLAT,
    "zone": "",
    "in_force_from": "2016-01-01",
    "bands": [
        {"id": "workday", "days": "workday", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 30, "price": 1}]},
        {"id": "off", "days": "nonworkday", "from": "00:00", "to": "24:00", "free": True},
    ],
}


@pytest.fixture(autouse=True)
def _street():
    street.build(tariff=False)
    (loaded,) = tariffs.load([DAYS], now=at("00:00", day="2016-01-01"))
    assert loaded.state == "created"
    tariffs.seed_calendar()


def park(day, berth="A01"):
    for kind, clock in (("arrival", "08:00"), ("departure", "09:00")):
        say(event(at(clock, day=day), kind, plate=PLATE, berth=berth))
    fold(now=at("10:00", day=day))
    return ParkingSession.objects.get(arrived_at=at("08:00", day=day))


def test_billing_never_fails_for_want_of_a_calendar():
    CalendarDay.objects.all().delete()
    CalendarYear.objects.all().delete()
    session = park("2027-03-03")
    assert (session.status, session.fee_fen, session.provisional_calendar) == ("billed", 200, True)


def test_an_announced_year_is_not_provisional():
    assert not park("2026-11-20").provisional_calendar


def test_the_year_nobody_announced_is_asked_for():
    assert CalendarYear.objects.get(year=2027).announced_at is None
    assert tariffs.guessed_years(now=at("08:00", day="2026-10-01")) == ()
    assert tariffs.guessed_years(now=at("08:00", day="2026-11-20")) == (2027,)
    assert tariffs.ask_for_years(now=at("08:00", day="2027-11-20")) == (2027, 2028)
    assert CalendarYear.objects.filter(year=2028).exists()


def test_only_what_the_real_calendar_changes_is_listed_and_nothing_is_billed_anew():
    plain, bridged, already = park("2027-03-03"), park("2027-02-10", "A02"), park("2026-11-20", "A03")
    CalendarDay.objects.create(date="2027-02-10", kind="holiday", name="spring_festival")
    tariffs.announce(2027, source="国办发明电", now=at("09:00", day="2027-04-01"))
    done = tariffs.rerate_announced(now=at("09:00", day="2027-04-01"))
    assert {year: (each.compared, each.differing) for year, each in done.items()} == {2027: (2, 1)}
    found = Discrepancy.objects.get()
    assert (found.session, found.reason) == (bridged, "calendar_announced")
    assert found.detail == {"was_fen": 200, "would_be_fen": 0}
    for each in (plain, bridged, already):
        each.refresh_from_db()
    assert [each.fee_fen for each in (plain, bridged, already)] == [200, 200, 200]
    assert [each.provisional_calendar for each in (plain, bridged, already)] == [False, True, False]
    assert tariffs.rerate_announced(now=at("09:00", day="2027-04-02")) == {}


def test_a_person_closes_what_the_real_calendar_changed_and_the_driver_owes_what_it_says(client):
    bridged = park("2027-02-10")
    CalendarDay.objects.create(date="2027-02-10", kind="holiday", name="spring_festival")
    tariffs.announce(2027, source="国办发明电", now=at("09:00", day="2027-04-01"))
    tariffs.rerate_announced(now=at("09:00", day="2027-04-01"))
    found = Discrepancy.objects.get()
    chief = User.objects.create_superuser(username="chief", phone="13800000001", password="x")
    client.force_login(chief)
    shown = client.get(reverse("admin:parking_discrepancy_change", args=[found.pk])).content.decode()
    assert "出账后公布了放假安排" in shown
    assert "出账 2.00 元，按公布的放假安排为 0.00 元" in shown
    discrepancies.decide(
        found.pk, Verdict(verdict=ALL, why="春节免费"), by=chief, limit_fen=1000, now=at("10:00", day="2027-04-01")
    )
    found.refresh_from_db()
    bridged.charge.refresh_from_db()
    assert (found.verdict, found.amount_fen, found.closed_by) == ("all", 200, chief)
    assert bridged.charge.status != "open"
    assert tariffs.rerate_year(2027, now=at("09:00", day="2027-04-02")).differing == 1
    assert Discrepancy.objects.count() == 1
