"""WeChat Pay v3: the parking service, payments by hand, refunds, statements."""

from payments.gateways.wechat.gateway import WeChatPay

__all__ = ["WeChatPay"]
