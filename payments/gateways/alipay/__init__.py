"""Alipay: roadside parking (leave then pay), payments by hand, refunds, statements."""

from payments.gateways.alipay.gateway import Alipay

__all__ = ["Alipay"]
