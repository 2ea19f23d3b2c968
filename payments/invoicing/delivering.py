"""How an invoice reaches its buyer: by mail, by a link that can't be guessed and expires. Each try is a row."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from payments.domain.money import yuan
from payments.invoicing import papers
from payments.invoicing.reading import MEDIA_TYPES
from payments.models import Delivery, Invoice
from payments.printing import CannotPrint
from payments.wire.moments import BEIJING

LINK_LIFE = timedelta(days=30)
MOST_TRIES = 4
AGAIN_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
# A document is worth waiting for, but not for ever: the link shows what comes later.
WAIT_FOR_FILES = timedelta(minutes=10)
# A worker that died while it sent: two mails are better than none.
RECOVER_AFTER = timedelta(minutes=10)
_ISSUED = ["issued", "red_required", "red_pending", "reversed"]
MOST_A_DAY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link to one invoice. `token` is told once; we keep its hash."""

    token: str
    expires_at: datetime

    @property
    def address(self) -> str:
        """Where it leads."""
        return f"{settings.PUBLIC_URL}/i/{self.token}/"


class NotDelivered(Exception):
    """It can't be sent again now: the invoice isn't issued, or it was sent too often today."""


def plan(*, now: datetime, limit: int) -> int:
    """Make the first mail of each invoice that is ready to be sent. Gives how many."""
    with transaction.atomic():
        ready = list(
            Invoice.objects.select_for_update(skip_locked=True)
            .filter(deliver_at__lte=now, status__in=_ISSUED)
            .order_by("deliver_at")[:limit]
        )
        ready = [each for each in ready if each.fetch_at is None or (each.deliver_at or now) <= now - WAIT_FOR_FILES]
        Delivery.objects.bulk_create([_mail(each, email=each.email, now=now) for each in ready])
        Invoice.objects.filter(pk__in=[each.pk for each in ready]).update(deliver_at=None)
        return len(ready)


def send_again(serial: str, *, email: str, now: datetime) -> Delivery:
    """Mail an issued invoice once more, to that address. Raises NotDelivered, and DoesNotExist for no serial."""
    invoice = Invoice.objects.get(serial=serial)
    today = invoice.deliveries.filter(made_at__gt=now - timedelta(days=1), channel=Delivery.Channel.MAIL).count()
    if invoice.status not in _ISSUED or today >= MOST_A_DAY:
        raise NotDelivered(invoice.serial)
    delivery = _mail(invoice, email=email, now=now)
    delivery.save()
    return delivery


def make_link(serial: str, *, now: datetime) -> Link:
    """A new link to an issued invoice. Raises NotDelivered, and DoesNotExist for no serial."""
    return _link(Invoice.objects.get(serial=serial), now=now)


def _link(invoice: Invoice, *, now: datetime) -> Link:
    if invoice.status not in _ISSUED:
        raise NotDelivered(invoice.serial)
    token = secrets.token_urlsafe(32)
    link = Link(token=token, expires_at=now + LINK_LIFE)
    Delivery.objects.create(
        invoice=invoice,
        channel=Delivery.Channel.LINK,
        status=Delivery.Status.SENT,
        digest=_digest(token),
        expires_at=link.expires_at,
        made_at=now,
        sent_at=now,
    )
    return link


def behind(token: str, *, now: datetime) -> str | None:
    """The serial of the invoice a link leads to; None when there is none such or it has expired."""
    found = Delivery.objects.filter(digest=_digest(token), expires_at__gt=now).select_related("invoice").first()
    if found is None:
        return None
    Delivery.objects.filter(pk=found.pk, opened_at__isnull=True).update(opened_at=now)
    return found.invoice.serial


def send(*, now: datetime, limit: int) -> int:
    """Send the mails that are due: claimed first, sent outside any transaction, then recorded. Gives how many."""
    with transaction.atomic():
        due = list(
            Delivery.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(send_at__lte=now, channel=Delivery.Channel.MAIL)
            .select_related("invoice")
            .order_by("send_at", "pk")[:limit]
        )
        Delivery.objects.filter(pk__in=[each.pk for each in due]).update(
            status=Delivery.Status.SENDING, send_at=now + RECOVER_AFTER
        )
    for delivery in due:
        _send(delivery, now=now)
    return len(due)


def _send(delivery: Delivery, *, now: datetime) -> None:
    trouble = ""
    try:
        _message(delivery.invoice, to=delivery.email, now=now).send()
    except (OSError, SMTPException) as error:
        trouble = type(error).__name__
    sending = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.SENDING)
    if not trouble:
        sending.update(status=Delivery.Status.SENT, sent_at=now, send_at=None)
        return
    with transaction.atomic():
        if sending.update(status=Delivery.Status.FAILED, send_at=None, detail=trouble) and delivery.tries < MOST_TRIES:
            wait = AGAIN_AFTER[min(delivery.tries, len(AGAIN_AFTER)) - 1]
            _mail(delivery.invoice, email=delivery.email, now=now, tries=delivery.tries + 1, wait=wait).save()


def _message(invoice: Invoice, *, to: str, now: datetime) -> EmailMessage:
    """The mail: what it is about in a few words, the documents as the issuer made them, a link to the same."""
    link = _link(invoice, now=now)
    documents = list(invoice.documents.all())
    with translation.override(invoice.language):
        story = {
            "invoice": invoice,
            "operator": settings.OPERATOR["name_en" if invoice.language == "en" else "name"],
            "yuan": yuan(invoice.gross_fen),
            "issued": f"{invoice.issued_at.astimezone(BEIJING):%Y-%m-%d %H:%M}" if invoice.issued_at else "",
            "link": link.address,
            "until": f"{link.expires_at.astimezone(BEIJING):%Y-%m-%d}",
            "documents": documents,
        }
        subject = render_to_string("payments/invoice_mail_subject.txt", story)
        message = EmailMessage(subject=" ".join(subject.split()), to=[to])
        message.body = render_to_string("payments/invoice_mail.txt", story)
    for document in documents:
        message.attach(f"{invoice.number}.{document.kind}", bytes(document.body), MEDIA_TYPES[document.kind])
    if invoice.blue_id is None and invoice.lines.count() > 1:
        # Where the system can't print, the link leads to it once it can.
        with suppress(CannotPrint):
            paper = papers.attachment_pdf(invoice.serial, language=invoice.language)
            message.attach(f"statement-{invoice.serial}.pdf", paper, "application/pdf")
    return message


def _mail(invoice: Invoice, *, email: str, now: datetime, tries: int = 1, wait: timedelta = timedelta()) -> Delivery:
    return Delivery(
        invoice=invoice,
        channel=Delivery.Channel.MAIL,
        status=Delivery.Status.WAITING,
        email=email,
        tries=tries,
        made_at=now,
        send_at=now + wait,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
