"""Paying by hand: begin, go to the payer page, come back. The result has its own address and survives a closed tab."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from parking.pages import orders, states
from parking.pages.requests import driver_of
from payments import charges, receipts

log = logging.getLogger(__name__)

_SALT: Final = "parking.pages.paying"
_OFFERS: Final = "payment_offers"
_KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay that a browser can follow to the payer's page."""

    gateway: str
    kind: str


WAYS: Final = {"wechat": Way("wechat", "native"), "alipay": Way("alipay", "wap")}


def begin(request: HttpRequest, numbers: Sequence[str], *, gateway: str, now: datetime) -> HttpResponse:
    """Start one payment of these charges and lead to the payer's page."""
    way = WAYS.get(gateway) or WAYS["wechat"]
    token = ""

    def return_url(attempt: str) -> str:
        return settings.PUBLIC_URL + reverse("pages:paying", args=[_token(attempt)])

    started = charges.start_payment(numbers, gateway=way.gateway, kind=way.kind, return_url=return_url, now=now)
    token = _token(started.attempt_number)
    offers = dict(list(request.session.get(_OFFERS, {}).items())[-_KEPT + 1 :])
    offers[started.attempt_number] = started.url
    request.session[_OFFERS] = offers
    return redirect("pages:paying-go", token=token)


def _token(attempt: str) -> str:
    """The attempt's number signed: an address that nobody can count up."""
    return signing.dumps(attempt, salt=_SALT, compress=False)


def _attempt(token: str) -> str:
    try:
        return str(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        raise Http404 from None


@never_cache
@require_safe
def go(request: HttpRequest, token: str) -> HttpResponse:
    """A page of ours on the way to the payer's page: our own forms may lead to no foreign host."""
    url = request.session.get(_OFFERS, {}).get(_attempt(token))
    if not url:
        return redirect("pages:paying", token=token)
    return render(request, "public/paying_go.html", {"url": url, "token": token})


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
    wanted = set(request.POST.getlist("number"))
    mine = orders.sessions_of(orders.proven(driver_of(request))).filter(number__in=wanted)
    payable = [each for each in orders.orders_of(mine, now=moment) if each.state in states.PAYABLE and each.due_fen > 0]
    if not payable:
        return redirect("pages:orders")
    numbers = [order.number for order in payable]
    return begin(request, numbers, gateway=request.POST.get("gateway", ""), now=moment)


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
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="receipt-{session.number}.pdf"'
    return response
