"""How the issuers are, asked every few minutes: finance hears of a lost login or spent credit before drivers do."""

from datetime import datetime

from payments import issuers
from payments.domain.invoice import InvoiceState
from payments.issuers.base import Credit, Login
from payments.models import Invoice, IssuerHealth

# Below this share of the month's credit somebody must act.
LOW_CREDIT = 0.2


def watch(*, now: datetime) -> None:
    """Ask each issuer for its login and credit; a login that holds again wakes the invoices that waited for it."""
    for code in issuers.codes():
        issuer = issuers.issuer(code)
        login, credit = issuer.login(), issuer.credit()
        told: dict[str, object] = {}
        if isinstance(login, Login):
            told |= {"login_holds": login.holds, "detail": login.detail[:200]}
        if isinstance(credit, Credit):
            told |= {"credit_left_fen": credit.left_fen, "credit_total_fen": credit.total_fen}
        if not told:
            continue
        IssuerHealth.objects.update_or_create(issuer=code, defaults={**told, "told_at": now})
        if isinstance(login, Login) and login.holds:
            waiting = Invoice.objects.filter(issuer=code, status=InvoiceState.WAITING_LOGIN, act_at__gt=now)
            waiting.update(act_at=now)


def credit_is_low(health: IssuerHealth) -> bool:
    """Whether the credit of the month is running out."""
    if health.credit_left_fen is None or not health.credit_total_fen:
        return False
    return health.credit_left_fen < LOW_CREDIT * health.credit_total_fen
