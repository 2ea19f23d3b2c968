"""Cars and who may see their stays: bound at once for paying, proved by the licence, shared by code."""

import secrets
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from parking import messages, uploads
from parking.models import User, Vehicle, VehicleInvite, VehicleProof

MOST_VEHICLES: Final = 10
MOST_SHARES: Final = 10
INVITE_LIVES: Final = timedelta(days=1)
# No I, O, 0 and 1: codes are read aloud.
_SIGNS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_TOPIC: Final = "vehicle"


class Refused(ValueError):
    """What can't be done: a stable code and a sentence for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def bind(*, user: User, plate: str, color: str, now: datetime) -> Vehicle:
    """Bind a plate for paying; its stays are shown once its holder is proved. Raises Refused."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        known = Vehicle.objects.filter(user=user, plate=plate, plate_color=color).first()
        if known is not None:
            return known
        if Vehicle.objects.filter(user=user).count() >= MOST_VEHICLES:
            raise Refused("too_many", _("最多绑定 %(n)d 辆车。请先解绑不用的车。") % {"n": MOST_VEHICLES})
        return Vehicle.objects.create(user=user, plate=plate, plate_color=color, bound_at=now)


def unbind(vehicle: Vehicle) -> None:
    """Let a car go; those it was shared with lose it too. Its orders stay where they are."""
    for proof in vehicle.proofs.all():
        _shred(proof)
    vehicle.delete()


def ask_proof(vehicle: Vehicle, *, file: IO[Any], now: datetime) -> VehicleProof:
    """Hand in a picture of the licence; a newer one takes the place of the one that waits. Raises Refused, Unusable.

    Whoever holds the plate is told that somebody contests it, and may hand in theirs.
    """
    if vehicle.verified_at is not None and vehicle.shared_by_id is None:
        raise Refused("already_proved", _("这辆车已经核验过了。"))
    shown = uploads.picture(file)
    with transaction.atomic():
        Vehicle.objects.select_for_update().get(pk=vehicle.pk)
        for old in VehicleProof.objects.filter(vehicle=vehicle, status=VehicleProof.Status.WAITING):
            _shred(old)
            old.delete()
        holder = holder_of(plate=vehicle.plate, color=vehicle.plate_color)
        proof = VehicleProof(vehicle=vehicle, sha256=shown.sha256, contested=holder is not None, asked_at=now)
        proof.file.save(f"{secrets.token_hex(16)}.jpg", ContentFile(shown.content), save=False)
        proof.save()
        if holder is not None:
            _tell(holder, "plate_contested", key=str(proof.pk), now=now)
    return proof


def holder_of(*, plate: str, color: str) -> Vehicle | None:
    """The binding of the plate's proved holder."""
    held = Vehicle.objects.filter(plate=plate, plate_color=color, verified_at__isnull=False, shared_by=None)
    return held.select_related("user").first()


def decide_proof(proof_id: int, *, accepted: bool, reason: str, by: User, now: datetime) -> None:
    """A person looked at the licence. The picture is deleted: what it proved is kept, it is not.

    An accepted proof makes this person the plate's holder; whoever held it before falls back to paying only, and those
    they shared it with lose it. Raises Refused.
    """
    with transaction.atomic():
        proof = VehicleProof.objects.select_for_update().filter(pk=proof_id).first()
        if proof is None or proof.status != VehicleProof.Status.WAITING:
            raise Refused("decided", _("这一条已经有人处理。"))
        if not accepted and not reason.strip():
            raise Refused("reason", _("请写明理由。"))
        vehicle = Vehicle.objects.select_for_update().select_related("user").get(pk=proof.vehicle_id)
        if vehicle.user_id == by.pk:
            raise Refused("own", _("不能核验自己的车。"))
        proof.status = VehicleProof.Status.ACCEPTED if accepted else VehicleProof.Status.REFUSED
        proof.decided_at, proof.decided_by, proof.reason = now, by, reason.strip()[:300]
        _shred(proof)
        proof.save()
        if accepted:
            _hand_over(vehicle, now=now)
        _tell(
            vehicle, "proof_accepted" if accepted else "proof_refused", key=str(proof.pk), now=now, reason=proof.reason
        )


def _hand_over(vehicle: Vehicle, *, now: datetime) -> None:
    _queue(vehicle.plate)
    before = holder_of(plate=vehicle.plate, color=vehicle.plate_color)
    if before is not None and before.pk != vehicle.pk:
        # The new holder may be one of those the old one shared the car with.
        before.shares.exclude(pk=vehicle.pk).delete()
        Vehicle.objects.filter(pk=before.pk).update(verified_at=None)
        _tell(before, "plate_taken", key=f"{vehicle.pk}-{now:%s}", now=now)
    Vehicle.objects.filter(pk=vehicle.pk).update(verified_at=now, shared_by=None)


def invite(vehicle: Vehicle, *, now: datetime) -> str:
    """A code for one more person who drives this car; shown once. Only the proved holder may. Raises Refused."""
    if vehicle.verified_at is None or vehicle.shared_by_id is not None:
        raise Refused("not_holder", _("只有核验过的车主可以共享车辆。"))
    if vehicle.shares.count() >= MOST_SHARES:
        raise Refused("too_many", _("一辆车最多共享给 %(n)d 人。") % {"n": MOST_SHARES})
    code = "".join(secrets.choice(_SIGNS) for _each in range(8))
    VehicleInvite.objects.create(vehicle=vehicle, digest=_digest(code), made_at=now, expires_at=now + INVITE_LIVES)
    return code


def join(*, user: User, code: str, now: datetime) -> Vehicle:
    """Come to a car by its holder's code. Raises Refused, in the same words for every code that doesn't fit."""
    wrong = Refused("wrong_code", _("邀请码不对或已过期，请车主重新发一个。"))
    with transaction.atomic():
        found = VehicleInvite.objects.select_for_update(of=("self",)).select_related("vehicle__user")
        offer = found.filter(digest=_digest(code.strip().upper()), used_at=None, expires_at__gt=now).first()
        if offer is None or offer.vehicle.verified_at is None or offer.vehicle.user_id == user.pk:
            raise wrong
        car = offer.vehicle
        mine = bind(user=user, plate=car.plate, color=car.plate_color, now=now)
        Vehicle.objects.filter(pk=mine.pk).update(verified_at=now, shared_by=car)
        offer.used_at = now
        offer.save(update_fields=["used_at"])
        _tell(car, "shared", key=str(offer.pk), now=now)
    mine.refresh_from_db()
    return mine


def end_share(vehicle: Vehicle, share_id: int) -> bool:
    """The holder takes the car back from one person; False when there is no such share."""
    return bool(vehicle.shares.filter(pk=share_id).delete()[0])


def _tell(vehicle: Vehicle, word: str, *, key: str, now: datetime, reason: str = "") -> None:
    params = {"plate": vehicle.plate, "reason": reason}
    messages.tell(user=vehicle.user, topic=_TOPIC, word=word, key=key, params=params, now=now)


def _digest(code: str) -> str:
    return salted_hmac("parking.vehicles", code, algorithm="sha256").hexdigest()


def _shred(proof: VehicleProof) -> None:
    if proof.file:
        proof.file.delete(save=False)


def _queue(plate: str) -> None:
    """Decisions about one plate wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"plate:{plate}"])
