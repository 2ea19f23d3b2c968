"""Titles (抬头) and the wish to have each payment invoiced, by their owner's key."""

from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import transaction

from payments.domain import invoice as domain
from payments.domain.invoice import TitleFault
from payments.models import AutoInvoice, Title

MOST_TITLES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleData:
    """A title as its owner writes it; tidied by `tidied`."""

    kind: str
    name: str
    tax_number: str = ""
    address: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    bank: str = field(default="", repr=False)
    account: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    special: bool = False

    def tidied(self) -> "TitleData":
        """One spelling of everything; a person has no tax number."""
        plain = {name: domain.tidy(value) for name, value in asdict(self).items() if isinstance(value, str)}
        company = plain["kind"] == Title.Kind.COMPANY
        plain["tax_number"] = domain.tidy_tax_number(plain["tax_number"]) if company else ""
        return TitleData(**plain, special=self.special)

    def faults(self) -> dict[str, TitleFault]:
        """What is wrong, by field."""
        return domain.title_faults(
            company=self.kind == Title.Kind.COMPANY, name=self.name, tax_number=self.tax_number, special=self.special
        )


class WrongTitle(ValueError):
    """The title can't be kept; `faults` says why, by field."""

    def __init__(self, faults: dict[str, TitleFault]) -> None:
        super().__init__(str(faults))
        self.faults = faults


class TooMany(ValueError):
    """The owner has as many titles as one may."""


def titles_of(owner: str) -> list[Title]:
    """The owner's titles, the default first."""
    return list(Title.objects.filter(owner=owner, removed_at__isnull=True).order_by("-is_default", "pk"))


def keep(data: TitleData, *, owner: str, title_id: int | None = None, default: bool = False, now: datetime) -> Title:
    """Keep a title, a new one or that one changed; the first is the default. Invoices asked for stay as they are.

    Raises WrongTitle, TooMany, and Title.DoesNotExist for one that isn't the owner's.
    """
    data = data.tidied()
    if faults := data.faults():
        raise WrongTitle(faults)
    with transaction.atomic():
        mine = Title.objects.select_for_update().filter(owner=owner, removed_at__isnull=True)
        others = list(mine)
        if title_id is None and len(others) >= MOST_TITLES:
            raise TooMany
        title = Title(owner=owner, made_at=now) if title_id is None else mine.get(pk=title_id)
        for name, value in asdict(data).items():
            setattr(title, name, value)
        if default or not others:
            Title.objects.filter(owner=owner, is_default=True).update(is_default=False)
            title.is_default = True
        title.save()
        return title


def make_default(title_id: int, *, owner: str) -> bool:
    """Use this title unless told otherwise. False when it isn't the owner's."""
    with transaction.atomic():
        mine = Title.objects.select_for_update().filter(owner=owner, removed_at__isnull=True)
        if not any(title.pk == title_id for title in mine):
            return False
        Title.objects.filter(owner=owner, is_default=True).update(is_default=False)
        Title.objects.filter(pk=title_id).update(is_default=True)
        return True


def remove(title_id: int, *, owner: str, now: datetime) -> bool:
    """Take a title off the list; a switch that used it goes off. False when it isn't the owner's."""
    with transaction.atomic():
        gone = Title.objects.filter(pk=title_id, owner=owner, removed_at__isnull=True).update(
            removed_at=now, is_default=False
        )
        AutoInvoice.objects.filter(owner=owner, title_id=title_id).update(on=False)
        next_one = Title.objects.filter(owner=owner, removed_at__isnull=True).order_by("pk").first()
        if next_one and not Title.objects.filter(owner=owner, is_default=True).exists():
            Title.objects.filter(pk=next_one.pk).update(is_default=True)
        return bool(gone)


def auto_of(owner: str) -> AutoInvoice | None:
    """The owner's switch while it is on."""
    return AutoInvoice.objects.filter(owner=owner, on=True).select_related("title").first()


def switch_auto(*, owner: str, title_id: int | None, language: str, now: datetime) -> bool:
    """Invoice each payment from now on to this title; None switches it off. False when the title isn't the owner's."""
    if title_id is None:
        AutoInvoice.objects.filter(owner=owner).update(on=False)
        return True
    if not Title.objects.filter(pk=title_id, owner=owner, removed_at__isnull=True).exists():
        return False
    told = {"title_id": title_id, "language": language, "on": True}
    was_on = AutoInvoice.objects.filter(owner=owner, on=True).update(**told)
    if not was_on:
        AutoInvoice.objects.update_or_create(owner=owner, defaults={**told, "since_at": now})
    return True


def forget(*, owner: str) -> None:
    """The owner goes, and with them their titles and the switch. Invoices keep what they were asked with."""
    with transaction.atomic():
        AutoInvoice.objects.filter(owner=owner).delete()
        Title.objects.filter(owner=owner).delete()


def owners_with_auto() -> list[AutoInvoice]:
    """All switches that are on."""
    return list(AutoInvoice.objects.filter(on=True).order_by("owner"))
