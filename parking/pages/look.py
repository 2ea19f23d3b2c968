"""What templates need to show money, moments, plates and states. A built-in library in the settings."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from parking import masking
from parking.domain.events import PLATE_COLORS
from parking.pages.states import State
from parking.wording import english, yuan
from payments.domain.money import yuan as plain_yuan

register = template.Library()


@register.filter
def money(fen: int | None) -> SafeString:
    """Fen with its unit, never broken over two lines; a dash where no amount is known."""
    return format_html('<span class="money">{}</span>', "—" if fen is None else yuan(fen))


@register.filter
def plain_money(fen: int | None) -> str:
    """The same without markup, for titles and attributes."""
    return "—" if fen is None else yuan(fen)


def long(span: timedelta) -> str:
    """A length of time as people say it, whole minutes, counted down."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return gettext("%(days)d 天 %(hours)d 小时") % {"days": days, "hours": hours}
    if hours and not minutes:
        return gettext("%(hours)d 小时") % {"hours": hours}
    if hours:
        return gettext("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minutes}
    return gettext("%(minutes)d 分钟") % {"minutes": minutes}


@register.filter
def lasting(since: datetime, until: datetime | None = None) -> str:
    """How long from one moment to another (to now when there is no other)."""
    return long((until or timezone.now()) - since)


def spoken(at: datetime, *, now: datetime) -> str:
    """A moment as people say it: `今天 10:48`, `昨天 10:48`, `11月20日 10:48`, with the year when it is another."""
    here, today = timezone.localtime(at), timezone.localtime(now).date()
    clock = f"{here:%H:%M}"
    if here.date() == today:
        return gettext("今天 %(clock)s") % {"clock": clock}
    if here.date() == today - timedelta(days=1):
        return gettext("昨天 %(clock)s") % {"clock": clock}
    if here.date() == today + timedelta(days=1):
        return gettext("明天 %(clock)s") % {"clock": clock}
    if english():
        return f"{here.day} {here:%b}{'' if here.year == today.year else f' {here.year}'} {clock}"
    day = f"{here.month}月{here.day}日"
    return f"{day if here.year == today.year else f'{here.year}年{day}'} {clock}"


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A moment as people say it, the exact time on hover."""
    if at is None:
        return "—"
    here = timezone.localtime(at)
    words = spoken(at, now=timezone.now())
    return format_html('<time datetime="{}" title="{}">{}</time>', here.isoformat(), f"{here:%Y-%m-%d %H:%M:%S}", words)


@register.filter
def span(from_at: datetime, to_at: datetime) -> SafeString:
    """A period: the day once, clocks on both sides."""
    one, other = timezone.localtime(from_at), timezone.localtime(to_at)
    first, second = f"{one:%H:%M}", f"{other:%H:%M}"
    if one.date() != other.date():
        first, second = f"{one.month}/{one.day} {first}", f"{other.month}/{other.day} {second}"
    exact = f"{one:%Y-%m-%d %H:%M:%S} – {other:%Y-%m-%d %H:%M:%S}"
    return format_html('<span class="number" title="{}">{}–{}</span>', exact, first, second)


@register.filter
def masked_phone(number: str | None) -> str:
    """138****5678; a person without a phone came by WeChat."""
    return masking.phone(number) if number else gettext("微信用户")


@register.inclusion_tag("components/plate.html")
def plate(number: str, color: str = "unknown", size: str = "") -> dict[str, object]:
    """A number plate drawn as one: text that can be selected, read out sign by sign."""
    dotted = len(number) > 4 and not number.startswith(("WJ", "使")) and not number[:1].isascii()
    return {
        "shown": f"{number[:2]}·{number[2:]}" if dotted else number or gettext("无牌"),
        "spelt": " ".join(number) if number else gettext("无牌"),
        "color": color if color in PLATE_COLORS else "unknown",
        "large": size == "large",
    }


@register.inclusion_tag("components/icon.html")
def icon(name: str) -> dict[str, str]:
    """A picture from icons.svg; it says nothing that the word beside it does not."""
    return {"name": name}


@register.inclusion_tag("components/status.html")
def status(state: State) -> dict[str, object]:
    """A state as a word with its icon; the colour only helps."""
    return {"word": state.word, "icon": state.icon, "tone": state.tone}


@register.simple_tag(takes_context=True)
def current(context: Context, *names: str) -> SafeString:
    """aria-current for a menu entry that leads to one of the named pages."""
    match = getattr(context.get("request"), "resolver_match", None)
    here = match is not None and match.url_name in names
    return SafeString(' aria-current="page"') if here else SafeString("")


@register.filter
def in_yuan(fen: int) -> str:
    """Fen as yuan with two places and no unit, for columns that name it."""
    return plain_yuan(fen)


@register.filter
def number_class(cell: object) -> SafeString:
    """The class that puts a table's figures under each other, by their last places."""
    return SafeString(' class="number"' if isinstance(cell, int | float) else "")


@register.filter
def beside(cells: Sequence[object], heads: Sequence[str]) -> list[tuple[str, object]]:
    """Each head of a table with the cell of its first row."""
    return list(zip(heads, cells, strict=True))


@register.filter
def floated(cell: object) -> object:
    """A table's cell: an amount with its two places, anything else as it is."""
    return f"{cell:.2f}" if isinstance(cell, float) else cell
