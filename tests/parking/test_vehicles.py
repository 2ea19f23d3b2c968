import io
import itertools

import pytest
from django.db import IntegrityError
from django.utils import timezone

from parking import holders, vehicles
from parking.models import Message, User, Vehicle, VehicleProof
from parking.uploads import Unusable
from parking.vehicles import Refused
from tests.parking.test_appeals import photo
from tests.street import PLATE, at

pytestmark = pytest.mark.django_db
NOW = at("12:00")
_phones = itertools.count(1)


def person(name):
    return User.objects.create(username=name, phone=f"1380000{next(_phones):04}")


def bound(user):
    return vehicles.bind(user=user, plate=PLATE, color="blue", now=NOW)


@pytest.fixture
def clerk(db):
    return User.objects.create(username="clerk", is_staff=True)


@pytest.fixture
def holder(clerk):
    car = bound(person("holder"))
    proof = vehicles.ask_proof(car, file=photo(), now=NOW)
    vehicles.decide_proof(proof.pk, accepted=True, reason="", by=clerk, now=NOW)
    car.refresh_from_db()
    return car


def test_binding_proves_nothing():
    user = person("a")
    assert bound(user).verified_at is None
    assert holders.proven(user) == []


def test_a_licence_must_be_a_picture_and_a_refusal_needs_a_reason(clerk):
    car = bound(person("a"))
    with pytest.raises(Unusable):
        vehicles.ask_proof(car, file=io.BytesIO(b"%PDF-1.4"), now=NOW)
    proof = vehicles.ask_proof(car, file=photo(), now=NOW)
    with pytest.raises(Refused, match="理由"):
        vehicles.decide_proof(proof.pk, accepted=False, reason=" ", by=clerk, now=NOW)


def test_nobody_verifies_their_own_car(clerk):
    proof = vehicles.ask_proof(bound(clerk), file=photo(), now=NOW)
    with pytest.raises(Refused, match="自己"):
        vehicles.decide_proof(proof.pk, accepted=True, reason="", by=clerk, now=NOW)


def test_the_picture_goes_when_it_is_decided(clerk):
    proof = vehicles.ask_proof(bound(person("a")), file=photo(), now=NOW)
    storage, name = proof.file.storage, proof.file.name
    assert storage.exists(name)
    vehicles.decide_proof(proof.pk, accepted=False, reason="看不清", by=clerk, now=NOW)
    assert not storage.exists(name)
    assert VehicleProof.objects.get().file.name == ""


def test_a_newer_picture_takes_the_place_of_the_one_that_waits():
    car = bound(person("a"))
    first = vehicles.ask_proof(car, file=photo(), now=NOW)
    vehicles.ask_proof(car, file=photo(), now=NOW)
    assert VehicleProof.objects.count() == 1
    assert not first.file.storage.exists(first.file.name)


def test_whoever_holds_a_plate_is_told_that_it_is_contested(holder):
    proof = vehicles.ask_proof(bound(person("other")), file=photo(), now=NOW)
    assert proof.contested
    assert Message.objects.filter(user=holder.user, word="plate_contested").exists()


def test_a_better_proof_moves_the_plate_and_takes_the_shares_with_it(holder, clerk):
    friend = person("friend")
    vehicles.join(user=friend, code=vehicles.invite(holder, now=NOW), now=NOW)
    other = bound(person("other"))
    proof = vehicles.ask_proof(other, file=photo(), now=NOW)
    vehicles.decide_proof(proof.pk, accepted=True, reason="", by=clerk, now=NOW)
    assert [car.user.username for car in Vehicle.objects.filter(verified_at__isnull=False)] == ["other"]
    assert holders.proven(friend) == holders.proven(holder.user) == []
    assert Message.objects.filter(user=holder.user, word="plate_taken").exists()


def test_a_plate_has_one_proved_holder(holder):
    with pytest.raises(IntegrityError):
        Vehicle.objects.create(
            user=person("other"), plate=PLATE, plate_color="blue", bound_at=NOW, verified_at=timezone.now()
        )


def test_a_code_lets_one_more_person_see_the_car_once(holder):
    code = vehicles.invite(holder, now=NOW)
    friend = person("friend")
    mine = vehicles.join(user=friend, code=f" {code.lower()} ", now=NOW)
    assert holders.proven(friend) == [mine]
    with pytest.raises(Refused, match="邀请码不对"):
        vehicles.join(user=person("another"), code=code, now=NOW)


@pytest.mark.parametrize("code", ["", "AAAAAAAA", "🚗", "x" * 500])
def test_every_wrong_code_gets_the_same_words(holder, code):
    with pytest.raises(Refused, match="邀请码不对或已过期"):
        vehicles.join(user=person("friend"), code=code, now=NOW)


def test_a_code_is_good_for_a_day(holder):
    code = vehicles.invite(holder, now=NOW)
    with pytest.raises(Refused):
        vehicles.join(user=person("friend"), code=code, now=at("12:01", day="2026-11-21"))


def test_only_the_holder_invites_and_ends_a_share(holder):
    friend = person("friend")
    mine = vehicles.join(user=friend, code=vehicles.invite(holder, now=NOW), now=NOW)
    with pytest.raises(Refused):
        vehicles.invite(mine, now=NOW)
    assert not vehicles.end_share(mine, holder.pk)
    assert vehicles.end_share(holder, mine.pk)
    assert holders.proven(friend) == []


def test_unbinding_ends_the_shares_and_shreds_the_licence(holder):
    friend = person("friend")
    vehicles.join(user=friend, code=vehicles.invite(holder, now=NOW), now=NOW)
    vehicles.unbind(holder)
    assert not Vehicle.objects.exists()
