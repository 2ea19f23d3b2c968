"""Which document a charge gets, from whom and at which rate: the dated tables, read for many charges at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from payments.models import Charge, Regime, Seller, TaxRule
from payments.wire.moments import BEIJING

Dated = TypeVar("Dated", Regime, TaxRule)


class Why(StrEnum):
    """Why a charge can't be invoiced."""

    UNKNOWN = "unknown"
    NOT_PAID = "not_paid"
    NOTHING_LEFT = "nothing_left"
    TOO_OLD = "too_old"
    ALREADY = "already"
    NO_REGIME = "no_regime"
    NOT_INVOICED = "not_invoiced"
    NO_TAX_RULE = "no_tax_rule"


@dataclass(frozen=True, slots=True)
class Rule:
    """Charges with equal rules may share an invoice: one seller, one regime, one rate."""

    kind: Regime.Kind
    seller: Seller
    rate: Decimal
    policy: str


def rules_of(charges: Sequence[Charge]) -> dict[int, Rule | Why]:
    """The rule of each charge by its id: that of its road on the Beijing day on which the stay ended; two queries."""
    scopes = {charge.scope for charge in charges} | {""}
    regimes = Regime.objects.filter(scope__in=scopes).select_related("seller").order_by("valid_from")
    by_scope: dict[str, list[Regime]] = {}
    for regime in regimes:
        by_scope.setdefault(regime.scope, []).append(regime)
    by_seller: dict[int, list[TaxRule]] = {}
    for tax_rule in TaxRule.objects.order_by("valid_from"):
        by_seller.setdefault(tax_rule.seller_id, []).append(tax_rule)
    return {charge.pk: _rule(charge, by_scope, by_seller) for charge in charges}


def _rule(charge: Charge, by_scope: dict[str, list[Regime]], by_seller: dict[int, list[TaxRule]]) -> Rule | Why:
    day = charge.to_at.astimezone(BEIJING).date()
    regime = _in_force(by_scope.get(charge.scope, ()), day) or _in_force(by_scope.get("", ()), day)
    if regime is None:
        return Why.NO_REGIME
    if regime.kind == Regime.Kind.NONE or regime.seller is None:
        return Why.NOT_INVOICED
    if regime.kind == Regime.Kind.FISCAL:
        return Rule(Regime.Kind.FISCAL, regime.seller, Decimal(0), "")
    tax_rule = _in_force(by_seller.get(regime.seller.pk, ()), day)
    if tax_rule is None:
        return Why.NO_TAX_RULE
    return Rule(Regime.Kind.VAT, regime.seller, tax_rule.rate, tax_rule.policy)


def _in_force(rows: Sequence[Dated], day: date) -> Dated | None:
    return next((row for row in reversed(rows) if row.valid_from <= day), None)
