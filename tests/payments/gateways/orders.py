"""Orders the gateway tests share."""

from datetime import timedelta

from payments.gateways.base import RefundOrder, UserPayment, Way
from tests.sandbox.fixtures import now


def by_hand(number="P00000001", way=Way.JSAPI, **other):
    return UserPayment(
        **{
            "number": number,
            "amount_fen": 300,
            "description": "停车费补缴",
            "way": way,
            "expires_at": now() + timedelta(minutes=15),
            "payer": "oPayer",
            **other,
        }
    )


def back(number="R00000001", payment="P00000001", amount_fen=100, total_fen=300, **other):
    return RefundOrder(
        **{
            "number": number,
            "payment_number": payment,
            "payment_reference": "",
            "amount_fen": amount_fen,
            "total_fen": total_fen,
            "reason": "多收退回",
            **other,
        }
    )
