"""The accounts of the ledger. Debits are positive, credits negative; every entry sums to zero."""

RECEIVABLE = "receivable"
REVENUE = "revenue"
PERMIT_REVENUE = "permit_revenue"
FISCAL_PAYABLE = "fiscal_payable"  # non-tax income belongs to the treasury's account, not to us
VAT_PAYABLE = "vat_payable"
CUSTOMER_CREDIT = "customer_credit"
REFUNDS_PAYABLE = "refunds_payable"
WRITE_OFF = "write_off"
SUSPENSE = "suspense"
GATEWAY_FEE = "gateway_fee"
BANK = "bank"
CASH = "cash"

PATTERN = (
    r"^(receivable|revenue|permit_revenue|fiscal_payable|vat_payable|customer_credit|refunds_payable|write_off"
    r"|suspense|gateway_fee|bank|cash|clearing:[a-z0-9_-]{1,16})$"
)


def income(kind: str) -> str:
    """The income account of charges of that kind."""
    return PERMIT_REVENUE if kind == "permit" else REVENUE


def clearing(gateway: str) -> str:
    """The account of money a gateway holds for us until it settles with the bank."""
    return f"clearing:{gateway}"
