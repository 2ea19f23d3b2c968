"""Permits and coupons as people get them. For pages and APIs:

- `offers(plate=, now=)`: the products on sale, each with the period it would have for this plate.
- `buy(product, plates=, holder=, now=, from_at=None)`: orders a permit; its charge (`Held.charge_number`) is paid like
  any other with `payments.charges.start_payment`. It holds as soon as the charge is settled. Ordering the same again
  while the order is open gives the same order. `NotSold` says why not.
- `renew(number, holder=, now=)`: orders the period that follows without a gap; the same answers.
- `refund(number, by=, reason=, limit_fen=, now=)`: ends a permit and asks for the money of its unused whole days back.
- `held(plates=/holder=, now=)`: the permits of plates or of a person, for lists.
- `give(product, plates=, by=, from_at=, now=)`: without a charge, as the city decides.
- `give_coupons(campaign, plates=, now=)`, `coupons_of(plates, now=)`: coupons; billing uses them by itself.
- `expire_orders(now=)`: orders nobody paid within half an hour are void; a sweep calls it.

All of `buy`, `renew`, `refund` open their own transaction. Plates are upper case without the dot.
"""

from parking.permits.coupons import coupons_of, give_coupons
from parking.permits.orders import NotSold, Plates, buy, expire_orders, give, renew
from parking.permits.reading import Held, Offer, held, offers
from parking.permits.refunds import NotRefunded, refund, refundable_fen
from payments.charges import RefundView

__all__ = [
    "Held",
    "NotRefunded",
    "NotSold",
    "Offer",
    "Plates",
    "RefundView",
    "buy",
    "coupons_of",
    "expire_orders",
    "give",
    "give_coupons",
    "held",
    "offers",
    "refund",
    "refundable_fen",
    "renew",
]
