"""What is set up once with Alipay: the merchant's parking pages, and our streets as one roadside lot."""

from collections.abc import Mapping, Sequence

from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import NotSent, Pending, Refused, Unknown

Answer = Good | Pending | Refused | Unknown | NotSent


def configure(
    channel: Channel,
    *,
    merchant_name: str,
    service_phone: str,
    account: str,
    logo: str,
    interfaces: Sequence[Mapping[str, str]],
) -> Answer:
    """Set the merchant's parking configuration. Every interface goes each time: a missing one is wiped.

    `logo` is a PNG of at most 60 KB in base64.
    """
    return channel.call(
        "alipay.eco.mycar.parking.config.set",
        {
            "merchant_name": merchant_name,
            "merchant_service_phone": service_phone,
            "account_no": account,
            "merchant_logo": logo,
            "interface_info_list": [dict(one) for one in interfaces],
        },
    )


def register(
    channel: Channel,
    *,
    out_parking_id: str,
    name: str,
    address: str,
    longitude: str,
    latitude: str,
    phone: str,
    fees: str,
    spaces: int,
) -> Answer:
    """Register our streets as one roadside lot, leave-then-pay; Good.data["parking_id"] is what the settings want."""
    return channel.call(
        "alipay.eco.mycar.parking.parkinglotinfo.create",
        {
            "out_parking_id": out_parking_id,
            "parking_name": name,
            "parking_address": address,
            "longitude": longitude,
            "latitude": latitude,
            "parking_lot_type": "ROADSIDE",
            "parking_mobile": phone,
            "parking_fee_description": fees,
            "sum_space": str(spaces),
            "pay_type": "1,2",
            "support_after_pay": "Y",
        },
    )
