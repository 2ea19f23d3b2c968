"""Nuonuo (诺税通 SaaS): fully digitalised e-invoices and their red letters."""

from payments.issuers.nuonuo.issuer import Nuonuo

__all__ = ["Nuonuo"]
