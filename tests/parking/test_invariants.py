"""Each invariant broken on purpose and found; where PostgreSQL refuses the break, its refusal is shown."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.urls import reverse

from parking import gauges, invariants
from parking.domain import fusion
from parking.domain.invariants import WORDS
from parking.models import (
    Berth,
    InvariantBreak,
    InvariantCheck,
    ParkingSession,
    Review,
    Road,
    StaleBerth,
    TariffVersion,
    User,
)
from payments.models import Attempt, Charge, Entry, Leg, Part, Refund
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

NOW = at("12:00")


@pytest.fixture(autouse=True)
def _street():
    street.build()


def bill(plate=PLATE, berth="A01"):
    say(event("08:00", "arrival", plate=plate, berth=berth), event("09:10", "departure", plate=plate, berth=berth))
    fold(now=at("09:20"))
    return ParkingSession.objects.get(berth__code=berth)


def broken(now=NOW):
    invariants.check(now=now)
    return {each.name: each for each in InvariantBreak.objects.filter(gone_at__isnull=True)}


def made(number, *, berth="A01", arrived="08:00", left=None, plate=PLATE, status="parked"):
    found = Berth.objects.get(code=berth)
    return ParkingSession.objects.create(
        number=number, berth=found, road=found.road, plate=plate, arrived_at=at(arrived), left_at=left and at(left),
        status=status, created_at=NOW, updated_at=NOW,
    )  # fmt: skip


@contextmanager
def at_once():
    """What is promised for the commit is asked for at the end of the block."""
    yield
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def book_one_side():
    entry = Entry.objects.create(cause="fee", cause_key="odd", at=NOW, booked_at=NOW)
    Leg.objects.create(entry=entry, account="revenue", amount_fen=5)


def paid(session):
    attempt = Attempt.objects.create(
        number="T1", gateway="wechat", kind="native", amount_fen=300, status="succeeded", created_at=NOW,
        succeeded_at=NOW,
    )  # fmt: skip
    return attempt, session.charge


def test_a_day_as_it_should_be_breaks_nothing():
    bill()
    say(event("09:30", "arrival", plate=PLATE))
    fold(now=at("09:40"))
    assert broken() == {}
    assert set(InvariantCheck.objects.values_list("name", flat=True)) == set(WORDS)
    assert not InvariantCheck.objects.exclude(error="").exists()


def test_i1_one_plate_parked_on_two_berths_is_found_and_a_second_open_session_on_a_berth_is_refused():
    made("1")
    made("2", berth="A03")
    assert "A01 and A03" in broken()["I1"].words
    with pytest.raises(IntegrityError, match="session_one_open_a_berth"), transaction.atomic():
        made("3", plate=OTHER_PLATE)


def test_i2_an_overlap_is_refused_and_found_where_the_guard_was_taken_away():
    made("1", left="09:00", status="held")
    with pytest.raises(IntegrityError, match="session_no_overlap_on_a_berth"), transaction.atomic(), at_once():
        made("2", arrived="08:30", left="09:30", status="held")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE parking_parkingsession DROP CONSTRAINT session_no_overlap_on_a_berth")
    made("3", arrived="08:30", left="09:30", status="held")
    found = broken()
    assert "1 and 3 overlap" in found["I2"].words
    assert "session_no_overlap_on_a_berth" in found["I8"].words


def test_i3_a_fee_that_is_not_its_charge_or_not_its_lines_is_found():
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(fee_fen=session.fee_fen + 1)
    assert broken()["I3"].object_id == str(session.id)


def test_i4_a_bill_without_proof_of_both_ends_is_found():
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(departure_event="")
    assert broken()["I4"].key == f"session:{session.id}"


def test_i5_an_entry_out_of_balance_is_refused_and_a_payment_not_booked_is_found():
    session = bill()
    with pytest.raises(ProgrammingError, match="out of balance"), transaction.atomic(), at_once():
        book_one_side()
    attempt, charge = paid(session)
    Part.objects.create(attempt=attempt, charge=charge, amount_fen=300, in_flight=False)
    found = broken()
    assert "booked as 0" in found["I5"].words
    assert "I6" not in found


def test_i6_a_payment_that_pays_nothing_is_found():
    attempt, _ = paid(bill())
    assert broken()["I6"].object_id == str(attempt.id)


def test_i7_refunds_above_what_was_paid_are_refused():
    attempt, charge = paid(bill())
    with pytest.raises(IntegrityError, match="would exceed"), transaction.atomic():
        Refund.objects.create(
            number="R1", attempt=attempt, charge=charge, gateway="wechat", amount_fen=301, status="approved",
            source="person", cause_key="r1", reason="x", requested_at=NOW, requested_by="a",
        )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_refund DISABLE TRIGGER USER")
        Refund.objects.create(
            number="R1", attempt=attempt, charge=charge, gateway="wechat", amount_fen=301, status="approved",
            source="person", cause_key="r1", reason="x", requested_at=NOW, requested_by="a",
        )  # fmt: skip
    assert "refunds of 301" in broken()["I7"].words


def test_i8_a_guard_that_is_missing_is_found():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE parking_eventkey DROP CONSTRAINT event_identity")
    assert "event_identity" in broken()["I8"].words


def test_i9_a_fold_that_heeds_the_order_of_its_events_is_found(monkeypatch):
    bill()
    honest = fusion.replay

    def heedful(events, *args, **kwargs):
        kept = list(events)
        return honest(kept if kept == sorted(kept, key=lambda each: each.observed_at) else kept[:1], *args, **kwargs)

    monkeypatch.setattr(fusion, "replay", heedful)
    assert broken()["I9"].object_id == str(Berth.objects.get(code="A01").id)


def test_i10_a_tariff_under_which_a_longer_stay_costs_less_is_found():
    document = {
        "code": "falling",
        "name": {"zh": "跌价", "en": "Falling"},
        "currency": "CNY",
        "bands": [
            {"id": "day", "from": "00:00", "to": "12:40", "steps": [{"unit_min": 60, "price": 10}]},
            {"id": "night", "from": "12:40", "to": "24:00", "steps": [{"unit_min": 60, "price": 1}]},
        ],
        "crossing": {"within_min": 120, "use": "longer", "tie": "earlier"},
    }
    TariffVersion.objects.create(
        code="falling", version=1, status="approved", in_force_from=at("00:00"), document=document
    )
    assert "costs less" in broken()["I10"].words


def test_i11_a_decision_that_nobody_took_is_found():
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold(now=at("09:20"))
    review = Review.objects.get()
    Review.objects.filter(id=review.id).update(closed_at=at("10:00"), verdict="void")
    assert broken()["I11"].object_id == str(review.id)


def test_i12_a_session_on_another_road_than_its_berth_is_found():
    session = bill()
    other = Road.objects.create(code="B", name="乙路", zone=Road.objects.get(code="A").zone)
    ParkingSession.objects.filter(id=session.id).update(road=other)
    assert broken()["I12"].object_id == str(session.id)


def test_i13_a_fold_that_waits_too_long_is_found():
    berth = Berth.objects.get(code="A01")
    StaleBerth.objects.create(berth=berth, since_at=at("08:00"), due_at=NOW - timedelta(minutes=4))
    assert "I13" not in broken()
    StaleBerth.objects.update(due_at=NOW - timedelta(minutes=6))
    assert broken()["I13"].key == "folds"


@pytest.mark.parametrize(
    "change", [{"reasons": []}, {"holds": ["no_plate"]}, {"plate": ""}], ids=lambda c: next(iter(c))
)
def test_i14_a_bill_whose_plate_was_not_proved_is_found(change):
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(**change)
    assert broken()["I14"].object_id == str(session.id)


def test_a_break_is_one_row_from_when_it_is_first_seen_until_it_is_gone():
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(departure_event="")
    broken()
    broken(now=at("12:05"))
    found = InvariantBreak.objects.get()
    assert (found.first_seen_at, found.last_seen_at, found.gone_at) == (NOW, at("12:05"), None)
    assert "openberth_invariant_breaks 1\n" in gauges.text(now=at("12:06"))
    ParkingSession.objects.filter(id=session.id).update(departure_event=session.departure_event)
    broken(now=at("12:10"))
    found.refresh_from_db()
    assert found.gone_at == at("12:10")
    assert "openberth_invariants_age_seconds 60" in gauges.text(now=at("12:11"))


def test_a_check_that_fails_says_so_and_stops_no_other():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE parking_review RENAME COLUMN reason TO was_reason")
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(departure_event="")
    assert set(broken()) == {"I4"}
    assert "ProgrammingError" in InvariantCheck.objects.get(name="I11").error


def test_the_desk_shows_each_invariant_in_words_and_leads_to_what_breaks_it(client):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    session = bill()
    ParkingSession.objects.filter(id=session.id).update(departure_event="")
    broken()
    page = client.get(reverse("admin:parking_invariantcheck_changelist")).content.decode()
    assert WORDS["I4"][0] in page
    assert "name__exact=I4" in page
    breaks = client.get(reverse("admin:parking_invariantbreak_changelist")).content.decode()
    assert reverse("admin:parking_parkingsession_change", args=[session.id]) in breaks
    assert Charge.objects.count() == 1
