"""What a test asks our ledger."""

from django.db.models import Sum

from payments.models import Attempt, Charge, Leg, Refund
from sandbox.gateway.server import Sandbox


def balances() -> dict[str, int]:
    """Every account's balance that isn't nothing."""
    sums = Leg.objects.values_list("account").annotate(total=Sum("amount_fen")).order_by()
    return {account: total for account, total in sums if total}


def status(number: str) -> str:
    return Charge.objects.get(number=number).status


def attempts(number: str) -> list[tuple[str, str, str]]:
    """Gateway, kind and status of each attempt on the charge, in order."""
    found = Attempt.objects.filter(parts__charge__number=number).order_by("pk")
    return [(attempt.gateway, attempt.kind, attempt.status) for attempt in found]


def refunds() -> list[tuple[int, str]]:
    return list(Refund.objects.order_by("pk").values_list("amount_fen", "status"))


def gateway_money(sandbox: Sandbox) -> int:
    """What the sandbox's own books say it holds for us, in fen."""
    paid = sum(row["amount"] for _, row in sandbox.world.books.rows("orders") if row.get("paid_at"))
    back = sum(row["amount"] for _, row in sandbox.world.books.rows("refunds") if row.get("state") == "SUCCESS")
    return paid - back
