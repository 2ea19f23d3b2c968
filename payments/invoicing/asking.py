"""An invoice is asked for: charges that belong together share one, and all that will be sent is fixed here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from payments.domain import invoice as domain
from payments.domain import numbers as serials
from payments.domain import tax
from payments.domain.invoice import InvoiceState
from payments.invoicing import moving, offering
from payments.invoicing.rules import Rule, Why
from payments.models import Charge, Invoice, InvoiceLine, Regime, Title
from payments.wire.moments import BEIJING

MOST_AT_ONCE = 200
_REMARK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Whom it is made out to, as it stands now: a title that changes later changes no invoice."""

    kind: str
    name: str
    tax_number: str = ""
    special: bool = False
    more: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants invoices, to which mailbox ("" for none) and in which language they are told. `by` is for the story."""

    owner: str
    buyer: Buyer
    email: str = field(repr=False)
    language: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The serials of the invoices asked for, and the charges left out with the reason."""

    serials: tuple[str, ...]
    refused: Mapping[str, Why]


class NoSuchTitle(LookupError):
    """The title isn't this owner's, or was removed."""


def ask(
    numbers: Iterable[str], *, owner: str, title_id: int, email: str = "", language: str, by: str = "", now: datetime
) -> Asked:
    """Ask for invoices of these charges, as few as the rules allow; what can't be invoiced is left out with its reason.

    The same charge again is refused with ALREADY. Raises NoSuchTitle.
    """
    wanted = list(dict.fromkeys(numbers))[:MOST_AT_ONCE]
    title = Title.objects.filter(pk=title_id, owner=owner, removed_at__isnull=True).first()
    if title is None:
        raise NoSuchTitle(title_id)
    wish = Wish(owner=owner, buyer=buyer_of(title), email=email or title.email, language=language, by=by)
    with transaction.atomic():
        charges = list(Charge.objects.select_for_update().filter(number__in=wanted).order_by("pk"))
        asked = open_invoices(charges, wish=wish, now=now)
    missing = dict.fromkeys(set(wanted) - {charge.number for charge in charges}, Why.UNKNOWN)
    return Asked(serials=asked.serials, refused={**missing, **asked.refused})


def buyer_of(title: Title) -> Buyer:
    """The buyer that a title names."""
    more = {name: getattr(title, name) for name in ("address", "phone", "bank", "account")}
    return Buyer(kind=title.kind, name=title.name, tax_number=title.tax_number, special=title.special, more=more)


def open_invoices(charges: Sequence[Charge], *, wish: Wish, replaces: Invoice | None = None, now: datetime) -> Asked:
    """Write the invoices; the caller holds the charges locked."""
    refused: dict[str, Why] = {}
    groups: dict[Rule, list[tuple[Charge, int]]] = {}
    checked = offering.check(charges, now=now)
    for charge in sorted(charges, key=lambda each: (each.to_at, each.pk)):
        found = checked[charge.pk]
        if isinstance(found, Why):
            refused[charge.number] = found
        else:
            groups.setdefault(found[1], []).append((charge, found[0]))
    made: list[tuple[Invoice, list[InvoiceLine]]] = []
    for rule, members in groups.items():
        grosses = [amount for _, amount in members]
        shared = domain.batches(grosses, rate=rate) if (rate := rule.rate) else [list(range(len(members)))]
        for places in shared:
            made.append(_make([members[place] for place in places], rule, wish, replaces=replaces, now=now))
    Invoice.objects.bulk_create([invoice for invoice, _ in made])
    InvoiceLine.objects.bulk_create([line for _, lines in made for line in lines])
    moving.began([invoice for invoice, _ in made], by=wish.by, now=now)
    return Asked(serials=tuple(invoice.serial for invoice, _ in made), refused=refused)


def _make(
    members: Sequence[tuple[Charge, int]], rule: Rule, wish: Wish, *, replaces: Invoice | None, now: datetime
) -> tuple[Invoice, list[InvoiceLine]]:
    charges = [charge for charge, _ in members]
    seller, buyer = rule.seller, wish.buyer
    lines = []
    for charge, gross in members:
        net, part = tax.split(gross, rate=rule.rate)
        lines.append(InvoiceLine(charge=charge, gross_fen=gross, net_fen=net, tax_fen=part))
    invoice = Invoice(
        serial=serials.invoice(now=now),
        owner=wish.owner,
        replaces=replaces,
        status=InvoiceState.REQUESTED,
        regime=rule.kind,
        issuer=seller.issuer,
        seller=seller,
        seller_as_sent={
            name: getattr(seller, name)
            for name in ("name", "tax_number", "clerk", "address", "phone", "bank", "account")
        },
        buyer_kind=buyer.kind,
        buyer_name=buyer.name,
        buyer_tax_number=buyer.tax_number,
        buyer_as_sent=dict(buyer.more),
        special=buyer.special and rule.kind == Regime.Kind.VAT,
        rate=rule.rate,
        policy=rule.policy,
        gross_fen=sum(line.gross_fen for line in lines),
        net_fen=sum(line.net_fen for line in lines),
        tax_fen=sum(line.tax_fen for line in lines),
        region=seller.region,
        place=_place(charges),
        from_at=min(charge.from_at for charge in charges),
        to_at=max(charge.to_at for charge in charges),
        plates=sorted({charge.plate for charge in charges if charge.plate}),
        remark=_remark(charges),
        email=wish.email,
        language=wish.language,
        requested_at=now,
        act_at=now,
    )
    for line in lines:
        line.invoice = invoice
    return invoice, lines


def _place(charges: Sequence[Charge]) -> str:
    places = list(dict.fromkeys(charge.place for charge in charges))
    return places[0] if len(places) == 1 else f"{places[0]}等{len(places)}处"


def _remark(charges: Sequence[Charge]) -> str:
    """What the document says of the stays: the stay itself, or how many and that the statement names them."""
    plates = "、".join(sorted({charge.plate for charge in charges if charge.plate})[:5])
    if len(charges) == 1:
        [charge] = charges
        return f"{plates} {charge.place} {_clock(charge.from_at)}至{_clock(charge.to_at)}".strip()[:_REMARK]
    first, last = min(charge.from_at for charge in charges), max(charge.to_at for charge in charges)
    return f"{plates} 停车{len(charges)}次 {_clock(first)}至{_clock(last)} 明细见停车明细单".strip()[:_REMARK]


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
