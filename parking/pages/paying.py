"""Paying by hand: begin, go to the payer page, come back. The result has its own address and survives a closed tab."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from parking import holders, limits, paying
from parking.pages import orders, states
from parking.pages.requests import driver_of
from payments import charges, receipts
from payments.charges import NotStarted, Why

log = logging.getLogger(__name__)

_OFFERS: Final = "payment_offers"
_KEPT: Final = 5


def ways(request: HttpRequest) -> dict[str, str]:
    """Each configured gateway and how this browser pays there: Alipay's page anywhere, WeChat's on a phone only."""
    return charges.ways_to_pay(phone="Mobi" in request.headers.get("User-Agent", ""))


def pay_ways(request: HttpRequest) -> dict[str, object]:
    """For every template: the gateways one may choose from, found out when a page asks."""
    return {"pay_ways": lambda: list(ways(request))}


def begin(request: HttpRequest, numbers: Sequence[str], *, gateway: str, back: str, now: datetime) -> HttpResponse:
    """Start one payment of these charges and lead to the payer's page; `back` is where to return if that fails."""
    possible = ways(request)
    if not possible:
        messages.error(request, str(paying.WORDS[Why.GATEWAY_SILENT]))
        return redirect(back)
    name = gateway if gateway in possible else next(iter(possible))
    started = paying.start(
        numbers,
        gateway=name,
        kind=possible[name],
        now=now,
        client_ip=limits.address_of(request) or "127.0.0.1",
    )
    if isinstance(started, NotStarted):
        messages.error(request, str(paying.WORDS[started.why]))
        if started.attempt_number:
            return redirect("pages:paying", token=paying.token(started.attempt_number))
        return redirect(back)
    offers = dict(list(request.session.get(_OFFERS, {}).items())[-_KEPT + 1 :])
    offers[started.attempt_number] = started.url
    request.session[_OFFERS] = offers
    return redirect("pages:paying-go", token=paying.token(started.attempt_number))


def _attempt(token: str) -> str:
    attempt = paying.attempt_of(token)
    if attempt is None:
        raise Http404
    return attempt


@never_cache
@require_safe
def go(request: HttpRequest, token: str) -> HttpResponse:
    """A page of ours on the way to the payer's page: our own forms may lead to no foreign host."""
    url = request.session.get(_OFFERS, {}).get(_attempt(token))
    if not url:
        return redirect("pages:paying", token=token)
    # A wallet's own scheme can't be followed by a browser: it is shown as a code to scan.
    scan = "" if url.startswith(("https://", "http://")) else segno.make(url, error="m").svg_data_uri(scale=6, border=2)
    return render(request, "public/paying_go.html", {"url": url, "scan": scan, "token": token})


def _context(request: HttpRequest, token: str) -> dict[str, object]:
    attempt = _attempt(token)
    state = charges.payment_state(attempt)
    if state is None:
        raise Http404
    offer = request.session.get(_OFFERS, {}).get(attempt, "")
    return {"state": state, "token": token, "offer": offer, "now": timezone.now()}


@never_cache
@require_safe
def result(request: HttpRequest, token: str) -> HttpResponse:
    """Has it been paid? The same address answers for ever."""
    return render(request, "public/paying.html", _context(request, token))


@never_cache
@require_safe
def now(request: HttpRequest, token: str) -> HttpResponse:
    """The part of the result page that asks again by itself."""
    return render(request, "public/_paying.html", _context(request, token))


@login_required
@require_POST
def pay_orders(request: HttpRequest) -> HttpResponse:
    """Pay one, several or all of the driver's own unpaid orders at once."""
    moment = timezone.now()
    wanted = {number for number in request.POST.getlist("number")[: paying.MOST_AT_ONCE] if number.isalnum()}
    mine = holders.sessions_of(holders.proven(driver_of(request))).filter(number__in=wanted)
    payable = [each for each in orders.orders_of(mine, now=moment) if each.state in states.PAYABLE and each.due_fen > 0]
    if not payable:
        return redirect("pages:orders")
    numbers = [order.number for order in payable]
    return begin(request, numbers, gateway=request.POST.get("gateway", ""), back="pages:orders", now=moment)


@never_cache
@login_required
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of a paid order, PDF."""
    session = orders.find(driver_of(request), number)
    try:
        body = receipts.receipt_pdf(session.number, language=get_language() or "zh-hans")
    except receipts.NotSettled:
        raise Http404 from None
    except receipts.CannotPrint:
        log.exception("a receipt can't be printed")
        messages.error(request, gettext("现在不能生成收据文件，请稍后再试。"))
        return redirect("pages:order", number=session.number)
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{session.number}.pdf"'
    return response
