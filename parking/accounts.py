"""A person's own account: all that is kept of them in one file, and the end of it."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from parking import consents, holders, invoices, messages, orders, traces, vehicles
from parking.models import Appeal, AppealPicture, Message, User, Vehicle, VehicleProof
from payments import charges, invoicing

# Kept after an account's end because the law on accounts and taxes asks for it; without a name or a phone.
KEPT_BY_LAW = ("stays", "charges", "invoices")


def export(user: User, *, now: datetime) -> bytes:
    """Everything that is kept of this person as a zip of `account.json` and their own pictures."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account.json", json.dumps(_account(user, now=now), ensure_ascii=False, indent=2))
        for picture in AppealPicture.objects.filter(appeal__user=user).select_related("appeal"):
            _pack(archive, f"appeals/{picture.appeal.number}-{picture.pk}.jpg", picture.file)
        for proof in VehicleProof.objects.filter(vehicle__user=user).exclude(file=""):
            _pack(archive, f"licences/{proof.pk}.jpg", proof.file)
    traces.plates_seen(by=user.get_username(), through="export", query="own data", rows=1, now=now)
    return packed.getvalue()


def _pack(archive: zipfile.ZipFile, name: str, file: File[bytes]) -> None:
    with file.open("rb") as content:
        archive.writestr(name, content.read())


def _account(user: User, *, now: datetime) -> dict[str, Any]:
    cars = Vehicle.objects.filter(user=user).order_by("bound_at")
    sessions = list(holders.sessions_of(holders.proven(user)).select_related("charge"))
    return {
        "exported_at": orders.local(now),
        "phone": user.phone,
        "wechat": user.wechat_openid,
        "language": user.language,
        "joined_at": orders.local(user.date_joined),
        "vehicles": [
            {
                "plate": car.plate,
                "plate_color": car.plate_color,
                "bound_at": orders.local(car.bound_at),
                "verified_at": orders.local(car.verified_at),
                "shared_with_me": car.shared_by_id is not None,
                "shared_with": car.shares.count(),
                "mandates": [
                    {"gateway": each.gateway, "state": each.state, "ended_at": orders.local(each.ended_at)}
                    for each in charges.mandates_of([car.plate])
                    if each.plate_color == car.plate_color and car.verified_at
                ],
            }
            for car in cars
        ],
        "sessions": orders.as_dicts(sessions, now=now, see_plates=True),
        "appeals": [
            {
                "number": each.number,
                "order": each.session.number,
                "reason": each.reason,
                "words": each.words,
                "status": each.status,
                "opened_at": orders.local(each.opened_at),
                "answer": each.answer,
                "relief_fen": each.relief_fen,
            }
            for each in Appeal.objects.filter(user=user).select_related("session")
        ],
        "messages": [
            {
                "at": orders.local(each.made_at),
                "title": messages.title(each),
                "text": messages.body(each, english=False),
            }
            for each in Message.objects.filter(user=user).order_by("id")
        ],
        "titles": [invoices.title_as_dict(each) for each in invoicing.titles_of(invoices.owner_of(user))],
        "auto_invoice": invoicing.auto_of(invoices.owner_of(user)) is not None,
        "invoices": _invoices(user),
        "message_choices": messages.choices(user),
        "consents": [
            {
                "purpose": each.purpose,
                "wording": each.wording,
                "given_at": orders.local(each.given_at),
                "withdrawn_at": orders.local(each.withdrawn_at),
            }
            for each in user.consents.order_by("id")
        ],
    }


def _invoices(user: User) -> list[dict[str, Any]]:
    found, _following = invoicing.invoices_of(invoices.owner_of(user), limit=None)
    return [
        {
            "serial": each.serial,
            "red": each.red,
            "status": each.status,
            "number": each.number,
            "regime": each.regime,
            "buyer": each.buyer_name,
            "tax_number": each.buyer_tax_number,
            "seller": each.seller_name,
            "gross_fen": each.gross_fen,
            "net_fen": each.net_fen,
            "tax_fen": each.tax_fen,
            "email": each.email,
            "charges": list(each.charges),
            "requested_at": orders.local(each.requested_at),
            "issued_at": orders.local(each.issued_at),
            "sent_to": [
                {"channel": sent.channel, "email": sent.email, "at": orders.local(sent.sent_at)}
                for sent in each.deliveries
            ],
        }
        for each in found
    ]


def owed_fen(user: User) -> int:
    """What is still owed for the cars whose holder this person is: ending the account doesn't end that."""
    held = Vehicle.objects.filter(user=user, verified_at__isnull=False, shared_by=None)
    cars = {(car.plate, car.plate_color) for car in held}
    unpaid = charges.unpaid_for_plates(sorted({plate for plate, _color in cars}))
    return sum(each.due_fen for each in unpaid if (each.plate, each.plate_color) in cars)


def end(user: User, *, now: datetime) -> None:
    """End the account: phone, WeChat, cars, licence pictures, messages, titles and tokens go, nothing is invoiced by
    itself any more; browsers that are still signed in find nobody.

    What stood at the kerb and what was paid for it stays, as the law on accounts asks, without this person's name;
    appeals stay without their pictures and words. Raises ValueError for staff, whose accounts the desk ends.
    """
    if user.is_staff or user.is_superuser:
        raise ValueError("an account of staff is ended at the desk")
    with transaction.atomic():
        for car in Vehicle.objects.filter(user=user):
            vehicles.unbind(car)
        for picture in AppealPicture.objects.filter(appeal__user=user):
            picture.file.delete(save=False)
            picture.delete()
        Appeal.objects.filter(user=user).update(words="", user=None)
        Message.objects.filter(user=user).delete()
        user.tokens.all().delete()
        for purpose in consents.standing(user):
            consents.withdraw(user=user, purpose=purpose, now=now)
        user.message_choices.all().delete()
        invoicing.forget(owner=invoices.owner_of(user))
        User.objects.filter(pk=user.pk).update(
            username=f"ended-{user.pk}",
            phone=None,
            wechat_openid=None,
            first_name="",
            last_name="",
            email="",
            is_active=False,
        )
