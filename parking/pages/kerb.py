"""Roads and berths as the pages read them: counts, shares, strips. No plates anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking import notices
from parking.models import Berth, Road, Zone
from parking.notices import Notice
from parking.pages import charts
from parking.wording import english

LEVEL_WORDS: dict[int, StrPromise] = {1: _("很空"), 2: _("有空位"), 3: _("适中"), 4: _("紧张"), 5: _("接近满位")}

CLOSED_WORD: StrPromise = _("封闭")


@dataclass(frozen=True, slots=True)
class RoadNow:
    """A road at this moment. `told_at` is the newest message of its devices."""

    id: int
    code: str
    name: str
    phase: int
    zone_id: int
    berths: int
    occupied: int
    told_at: datetime | None
    notice: Notice | None = None

    @property
    def closed(self) -> bool:
        """Whether nobody may park here now."""
        return self.notice is not None and self.notice.closed

    @property
    def free(self) -> int:
        """Berths not known to be occupied; none on a closed road."""
        return 0 if self.closed else self.berths - self.occupied

    @property
    def percent(self) -> int:
        """Occupied share, 0 to 100."""
        return round(100 * self.occupied / self.berths) if self.berths else 0

    @property
    def level(self) -> int:
        """The step of the occupancy scale."""
        return charts.level(self.percent)

    @property
    def word(self) -> StrPromise:
        """The step in a word."""
        return CLOSED_WORD if self.closed else LEVEL_WORDS[self.level]


def in_language(chinese: str, other: str) -> str:
    """One of two spellings, by the reader's language; the Chinese one where there is no other."""
    return other if other and english() else chinese


def name_of(road: Road) -> str:
    """The road's name in the reader's language."""
    return in_language(road.name or road.code, road.name_en)


def zone_name(zone: Zone) -> str:
    """The zone's name in the reader's language."""
    return in_language(zone.name or zone.code, zone.name_en)


def zones() -> dict[int, str]:
    """The zones that have open roads: id and name."""
    return {zone.pk: zone_name(zone) for zone in Zone.objects.filter(roads__opened=True).distinct()}


def open_roads() -> QuerySet[Road]:
    """Roads that are open to drivers."""
    return Road.objects.filter(opened=True)


def roads_now(roads: QuerySet[Road] | None = None, *, now: datetime) -> list[RoadNow]:
    """Every open road with its berths counted and the notice that holds there, in order of code; three queries."""
    open_berths = Q(berths__opened=True)
    rows = (
        (open_roads() if roads is None else roads)
        .annotate(
            berth_count=Count("berths", filter=open_berths),
            occupied_count=Count("berths", filter=open_berths & Q(berths__state__occupied=True)),
            told_at=Max("berths__state__last_event_at"),
        )
        .order_by("code")
    )
    standing = notices.standing(now=now)
    return [
        RoadNow(
            id=road.pk,
            code=road.code,
            name=name_of(road),
            phase=road.phase,
            zone_id=road.zone_id,
            berths=road.berth_count,
            occupied=road.occupied_count,
            told_at=road.told_at,
            notice=standing.get(road.pk),
        )
        for road in rows
    ]


@dataclass(frozen=True, slots=True)
class BerthNow:
    """A berth on a strip: a state, the letter drawn in it and the word read out."""

    code: str
    state: str
    letter: str | StrPromise
    word: StrPromise


FREE = ("free", "", _("空闲"))
OCCUPIED = ("occupied", _("占"), _("占用"))
CLOSED = ("closed", "", _("停用"))


def key() -> list[BerthNow]:
    """The strip's legend."""
    return [BerthNow("", *each) for each in (FREE, OCCUPIED, CLOSED)]


def strip(road: Road) -> Sequence[BerthNow]:
    """The berths of a road in order of code."""
    rows = Berth.objects.filter(road=road).order_by("code").values_list("code", "opened", "state__occupied")
    return [BerthNow(code, *_state(opened, occupied)) for code, opened, occupied in rows]


def _state(opened: bool, occupied: bool | None) -> tuple[str, str | StrPromise, StrPromise]:
    if not opened:
        return CLOSED
    return OCCUPIED if occupied else FREE
