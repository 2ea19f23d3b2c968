"""Who is paid: a merchant of its own (直连), or a sub-merchant in whose name a service provider (服务商) asks.

Source: WeChat Pay merchant and partner documentation, the interfaces of parking, JSAPI/Native/H5, refunds and bills. A
service provider signs with its own number and key and names the sub-merchant beside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """`mchid` and `appid` are the signer's own; `sub_mchid` makes it a service provider, `sub_appid` may then follow.

    With a `sub_appid` payers are known by their openid in that application, else in the signer's.
    """

    mchid: str
    appid: str
    sub_mchid: str = ""
    sub_appid: str = ""

    def __post_init__(self) -> None:
        if self.sub_appid and not self.sub_mchid:
            raise ValueError("sub_appid needs sub_mchid: without it nobody is served")

    @property
    def name(self) -> str:
        """The signer's number, and behind it the sub-merchant's."""
        return f"{self.mchid}/{self.sub_mchid}" if self.sub_mchid else self.mchid

    @property
    def orders(self) -> str:
        """The path of payments by hand."""
        return "/v3/pay/partner/transactions" if self.sub_mchid else "/v3/pay/transactions"

    @property
    def sub(self) -> dict[str, str]:
        """What entries, refunds and statements name beside everything else."""
        return {"sub_mchid": self.sub_mchid} if self.sub_mchid else {}

    @property
    def asking(self) -> dict[str, str]:
        """What a query and a closing of a payment by hand name."""
        if self.sub_mchid:
            return {"sp_mchid": self.mchid, "sub_mchid": self.sub_mchid}
        return {"mchid": self.mchid}

    @property
    def debiting(self) -> dict[str, str]:
        """What a contactless debit names: here the application keeps its plain name for a service provider too."""
        return {"appid": self.appid, **self._sub_app, **self.sub}

    @property
    def ordering(self) -> dict[str, str]:
        """What a payment by hand names."""
        if self.sub_mchid:
            return {"sp_appid": self.appid, "sp_mchid": self.mchid, **self._sub_app, **self.sub}
        return {"appid": self.appid, "mchid": self.mchid}

    @property
    def paying_app(self) -> str:
        """The application in which the driver pays and by which the payer's id was given."""
        return self.sub_appid or self.appid

    def payer(self, openid: str) -> dict[str, str]:
        """The payer of a JSAPI order."""
        if not self.sub_mchid:
            return {"openid": openid}
        return {"sub_openid" if self.sub_appid else "sp_openid": openid}

    def stranger(self, content: Mapping[str, Any]) -> str:
        """Why a notification's or answer's content isn't about this merchant, in words; empty when it is."""
        merchant = content.get("sp_mchid", content.get("mchid", self.mchid))
        if merchant != self.mchid:
            return f"merchant {merchant}"
        # Entries may leave the sub-merchant out; where money is spoken of it is named.
        served = content.get("sub_mchid", "" if "amount" in content else self.sub_mchid)
        if self.sub_mchid and served != self.sub_mchid:
            return f"sub-merchant {served or 'not named'}"
        application = content.get("sp_appid", content.get("appid", self.appid))
        if application != self.appid:
            return f"application {application}"
        sub_application = content.get("sub_appid", self.sub_appid)
        if self.sub_appid and sub_application != self.sub_appid:
            return f"sub-application {sub_application}"
        currency = content["amount"].get("currency", "CNY") if isinstance(content.get("amount"), dict) else "CNY"
        return "" if currency == "CNY" else f"currency {currency}"

    @property
    def _sub_app(self) -> dict[str, str]:
        return {"sub_appid": self.sub_appid} if self.sub_appid else {}
