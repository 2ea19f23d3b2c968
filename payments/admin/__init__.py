"""The finance desk: all can be looked at, nothing of the ledger changed; decisions bear the name of who made them."""

from payments.admin import attempts, charges, invoices, ledger, plates, regimes, statements

__all__ = ["attempts", "charges", "invoices", "ledger", "plates", "regimes", "statements"]
