"""The demonstration's invoice office: a seller whose account the sandbox holds, its regime and its rate."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from payments.models import Regime, Seller, TaxRule

_FROM = date(2026, 1, 1)
# The seller that sandbox.gateway.nuonuo knows.
_TAX_NUMBER = "91421200MA00000001"


def furnish() -> bool:
    """Make it where no seller was ever entered. Gives whether it did."""
    with transaction.atomic():
        if Seller.objects.exists() or "nuonuo" not in settings.INVOICE_ISSUERS:
            return False
        seller = Seller.objects.create(
            name=settings.OPERATOR["name"],
            tax_number=_TAX_NUMBER,
            clerk="张三",
            issuer="nuonuo",
            region="湖北省咸宁市咸安区",
        )
        Regime.objects.create(scope="", valid_from=_FROM, kind=Regime.Kind.VAT, seller=seller, entered_by="demo")
        TaxRule.objects.create(
            seller=seller, valid_from=_FROM, method=TaxRule.Method.GENERAL, rate=Decimal("0.09"), entered_by="demo"
        )
        return True
