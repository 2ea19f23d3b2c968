"""Invoices: asked for, issued, reversed when money goes back, brought to their buyers. A front door of its own."""

import time
from datetime import datetime

from payments.invoicing import delivering, filing, reversing, working
from payments.invoicing.asking import MOST_AT_ONCE, Asked, NoSuchTitle, ask
from payments.invoicing.deciding import give_up, retry, reverse
from payments.invoicing.delivering import Link, NotDelivered, behind, make_link, send_again
from payments.invoicing.offering import Offer, offers
from payments.invoicing.papers import attachment_pdf, statement_pdf
from payments.invoicing.reading import (
    MEDIA_TYPES,
    DeliveryView,
    InvoiceView,
    document,
    invoice_behind,
    invoice_of,
    invoices_of,
    living_of,
)
from payments.invoicing.rules import Why
from payments.invoicing.titles import (
    MOST_TITLES,
    TitleData,
    TooMany,
    WrongTitle,
    auto_of,
    forget,
    keep,
    make_default,
    owners_with_auto,
    remove,
    switch_auto,
    titles_of,
)
from payments.invoicing.watching import credit_is_low, watch
from payments.models import Title

__all__ = [
    "MEDIA_TYPES",
    "MOST_AT_ONCE",
    "MOST_TITLES",
    "Asked",
    "DeliveryView",
    "InvoiceView",
    "Link",
    "NoSuchTitle",
    "NotDelivered",
    "Offer",
    "Title",
    "TitleData",
    "TooMany",
    "Why",
    "WrongTitle",
    "ask",
    "attachment_pdf",
    "auto_of",
    "behind",
    "credit_is_low",
    "document",
    "forget",
    "give_up",
    "invoice_behind",
    "invoice_of",
    "invoices_of",
    "keep",
    "living_of",
    "make_default",
    "make_link",
    "offers",
    "owners_with_auto",
    "remove",
    "retry",
    "reverse",
    "send_again",
    "statement_pdf",
    "switch_auto",
    "titles_of",
    "watch",
    "work",
]

BATCH = 16
SPEND_AT_MOST = 20.0


def work(*, now: datetime) -> int:
    """All that is due: reversals found and begun, documents sent and asked after, files fetched, mails sent.

    Gives how many things were done; ends when nothing is left or the time is up.
    """
    began, done = time.monotonic(), 0
    while True:
        worked = (
            reversing.find_refunded(now=now, limit=BATCH)
            + reversing.begin(now=now, limit=BATCH)
            + working.work(now=now, limit=BATCH)
            + filing.work(now=now, limit=BATCH)
            + delivering.plan(now=now, limit=BATCH)
            + delivering.send(now=now, limit=BATCH)
        )
        done += worked
        if not worked or time.monotonic() - began > SPEND_AT_MOST:
            return done
