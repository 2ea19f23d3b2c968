"""Permits and coupons as people get them. For pages and APIs:

- `offers(plate=, now=)`: the products on sale, each with the period it would have for this plate.
- `buy(product, plates=, holder=, now=, from_at=None)`: orders a permit; its charge (`Held.charge_number`) is paid like
  any other with `payments.charges.start_payment`. It holds as soon as the charge is settled. Ordering the same again
  while the order is open gives the same order. `NotSold` says why not.
- `renew(number, holder=, now=)`: orders the period that follows without a gap; the same answers.
- `cancel(number, holder=, now=)`: takes back an order that isn't paid.
- `refund(number, by=, reason=, limit_fen=, now=)`: ends a permit and asks for the money of its unused whole days back.
- `visible(user, plates=, now=)`: what that person may be shown.
- `give_back(number, holder=, now=)`: the holder's own `refund`.
- `find(number, holder=, now=)`: one of a person's own.
- `held(plates=/holder=, now=)`: the permits of plates or of a person, for lists.
- `give(product, plates=, by=, from_at=, now=)`: without a charge, as the city decides.
- `give_coupons(campaign, plates=, now=)`, `coupons_of(plates, now=)`: coupons; billing uses them by itself.
- `spent_on(sessions)`: the coupons used for sessions, each with what it took off.
- `expire_orders(now=)`: orders nobody paid within half an hour are void; a sweep calls it.

All of `buy`, `renew`, `refund` open their own transaction. Plates are upper case without the dot.
"""

from parking.permits.coupons import Spent, coupons_of, give_coupons, spent_on
from parking.permits.orders import NotSold, Plates, buy, cancel, expire_orders, give, renew
from parking.permits.reading import Held, Offer, find, held, offers, refundable_fen, visible
from parking.permits.refunds import NotRefunded, give_back, refund
from payments.charges import RefundView

__all__ = [
    "Held",
    "NotRefunded",
    "NotSold",
    "Offer",
    "Plates",
    "RefundView",
    "Spent",
    "buy",
    "cancel",
    "coupons_of",
    "expire_orders",
    "find",
    "give",
    "give_back",
    "give_coupons",
    "held",
    "offers",
    "refund",
    "refundable_fen",
    "renew",
    "spent_on",
    "visible",
]
