"""A version is written, tried, approved by a second person, withdrawn; and frozen once it is law."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from parking import quotes, tariffs
from parking.models import ParkingSession, TariffVersion, User, Zone
from parking.tariffs import NotLaw
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

NOW = at("07:00")
NOON = at("12:00")
DEARER = {**street.FLAT, "code": "dearer", "zone": ""}
DEARER["bands"] = [{"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 30, "price": 2}]}]


@pytest.fixture
def people():
    return User.objects.create(username="writer"), User.objects.create(username="second")


def drafted(people, document=DEARER, at=NOON):
    return tariffs.write(document, in_force_from=at, by=people[0])


def law(people, document=DEARER, at=NOON):
    version = drafted(people, document, at)
    tariffs.try_out(version.pk, now=NOW)
    return tariffs.approve(version.pk, by=people[1], now=NOW)


def test_a_document_that_is_no_tariff_is_refused_with_its_path(people):
    with pytest.raises(NotLaw) as refused:
        drafted(people, {**DEARER, "bands": []})
    assert refused.value.field == "bands"


def test_a_zone_nobody_knows_is_refused(people):
    with pytest.raises(NotLaw) as refused:
        drafted(people, {**DEARER, "zone": "nowhere"})
    assert refused.value.field == "zone"


def test_a_tariff_that_misses_its_own_examples_is_not_tried(people):
    example = {"arrived_at": "2026-11-23T09:00", "left_at": "2026-11-23T10:00", "amount": 3}
    version = drafted(people, {**DEARER, "examples": [example]})
    with pytest.raises(NotLaw) as refused:
        tariffs.try_out(version.pk, now=NOW)
    assert refused.value.field == "examples"


def test_nobody_approves_their_own_nor_what_was_not_tried_nor_the_past(people):
    writer, second = people
    version = drafted(people)
    with pytest.raises(NotLaw):
        tariffs.approve(version.pk, by=second, now=NOW)
    tariffs.try_out(version.pk, now=NOW)
    with pytest.raises(NotLaw) as refused:
        tariffs.approve(version.pk, by=writer, now=NOW)
    assert refused.value.field == "approved_by"
    with pytest.raises(NotLaw) as refused:
        tariffs.approve(version.pk, by=second, now=at("12:01"))
    assert refused.value.field == "in_force_from"
    assert tariffs.approve(version.pk, by=second, now=NOW).status == "approved"


def test_the_database_refuses_an_approval_by_the_writer(people):
    version = drafted(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        TariffVersion.objects.filter(pk=version.pk).update(status="approved", approved_by=people[0], approved_at=NOW)


def test_an_edit_takes_a_tried_version_back_to_draft(people):
    version = drafted(people)
    tariffs.try_out(version.pk, now=NOW)
    again = tariffs.write(DEARER, in_force_from=NOON, by=people[0], version_id=version.pk)
    assert (again.pk, again.status, again.tried_at) == (version.pk, "draft", None)


@pytest.mark.parametrize(
    "edit",
    [
        {"document": {}},
        {"in_force_from": NOW},
        {"version": 9},
        {"vehicle_classes": ["small"]},
        {"status": "draft"},
        {"code": "x"},
    ],
)
def test_what_is_law_can_not_be_edited(people, edit):
    version = law(people)
    with pytest.raises(IntegrityError, match="approved and can not be edited"), transaction.atomic():
        TariffVersion.objects.filter(pk=version.pk).update(**edit)
    with pytest.raises(NotLaw):
        tariffs.write(DEARER, in_force_from=NOON, by=people[0], version_id=version.pk)
    copied = tariffs.copy(version.pk, by=people[0], now=NOW)
    assert (copied.status, copied.version) == ("draft", 2)


def test_two_versions_of_one_zone_and_class_never_begin_at_once(people):
    law(people)
    other = drafted(people, {**DEARER, "code": "third"})
    tariffs.try_out(other.pk, now=NOW)
    with pytest.raises(NotLaw) as refused:
        tariffs.approve(other.pk, by=people[1], now=NOW)
    assert refused.value.field == "in_force_from"
    with pytest.raises(IntegrityError, match="two tariffs"), transaction.atomic():
        TariffVersion.objects.filter(pk=other.pk).update(status="approved", approved_at=NOW)


def test_versions_for_different_classes_hold_side_by_side(people):
    street.build(tariff=False)
    classes = {"by_plate_color": {"yellow": "large"}, "classes": {"small": {}, "large": {}}}
    for code, names, price in (("small", ["small"], 1), ("large", ["large"], 7)):
        bands = [{"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 60, "price": price}]}]
        law(people, {**DEARER, "code": code, "vehicles": classes, "for_classes": names, "bands": bands}, at=at("07:30"))
    for berth, color, fee in (("A01", "blue", 100), ("A02", "yellow", 700)):
        for kind, clock in (("arrival", "08:00"), ("departure", "09:00")):
            say(
                event(
                    clock,
                    kind,
                    plate=PLATE if color == "blue" else OTHER_PLATE,
                    plate_color=color,
                    berth=berth,
                    received_at=at("09:00"),
                )
            )
        fold()
        assert ParkingSession.objects.get(berth__code=berth).fee_fen == fee


@pytest.mark.parametrize(("rule", "fee"), [("arrival", 400), ("departure", 800), ("split", 600)])
def test_a_stay_across_a_change_follows_the_rule_of_its_arrival_in_bill_and_quote(people, rule, fee):
    road = street.build(tariff=False)
    law(people, {**DEARER, "code": "before", "on_change": rule, "bands": street.FLAT["bands"]}, at=at("07:30"))
    law(people)
    say(event("11:00", "arrival", plate=PLATE), event("13:00", "departure", plate=PLATE))
    fold()
    session = ParkingSession.objects.get()
    assert session.fee_fen == fee
    quote = quotes.quote(
        road=road.code, tariff="", arrived_at=at("11:00"), left_at=at("13:00"), plate_color="blue", vehicle_class=""
    )
    assert quote["amount_fen"] == fee
    assert quote["lines"] == session.lines


def test_a_withdrawn_version_gives_way_to_the_one_before_it_and_still_explains_what_it_billed(people):
    street.build()
    zone = Zone.objects.get()
    version = law(people, {**DEARER, "zone": zone.code})
    withdrawn = tariffs.withdraw(version.pk, from_at=at("15:00"), now=at("13:00"))
    assert (withdrawn.status, withdrawn.withdrawn_from) == ("withdrawn", at("15:00"))
    for berth, arrived, left, fee in (
        ("A01", "10:00", "11:00", 200),
        ("A02", "13:30", "14:30", 400),
        ("A03", "15:00", "16:00", 200),
    ):
        say(event(arrived, "arrival", plate=PLATE, berth=berth), event(left, "departure", plate=PLATE, berth=berth))
        fold()
        assert ParkingSession.objects.get(berth__code=berth).fee_fen == fee


def test_nothing_is_withdrawn_backwards_or_twice(people):
    version = law(people)
    with pytest.raises(NotLaw):
        tariffs.withdraw(version.pk, from_at=at("12:30"), now=at("13:00"))
    tariffs.withdraw(version.pk, from_at=NOW + timedelta(days=1), now=NOW)
    with pytest.raises(NotLaw):
        tariffs.withdraw(version.pk, from_at=NOW + timedelta(days=1), now=NOW)
