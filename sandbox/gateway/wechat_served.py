"""服务商: whoever signs may ask in the name of the one sub-merchant it serves; neither sees what the other's is."""

from collections.abc import Mapping
from typing import Any

from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal
from sandbox.gateway.keys import APPID, MCHID, SUB_APPID, SUB_MCHID


def served(said: Mapping[str, Any], *, must: bool = False) -> Row:
    """The sub-merchant that a body or a query names, as rows keep it: empty for the signer itself. Raises Refusal."""
    sub_mchid, sub_appid = said.get("sub_mchid", ""), said.get("sub_appid", "")
    if sub_mchid not in ("", SUB_MCHID) or (must and not sub_mchid):
        raise Refusal(400, "PARAM_ERROR", "参数错误：sub_mchid与服务商未绑定")
    if sub_appid not in ("", SUB_APPID) or (sub_appid and not sub_mchid):
        raise Refusal(400, "PARAM_ERROR", "参数错误：sub_appid和sub_mchid不匹配")
    return {"sub_mchid": sub_mchid, "sub_appid": sub_appid}


def is_of(row: Row, said: Mapping[str, Any]) -> bool:
    """Whether a row belongs to the merchant that is named."""
    return bool(row.get("sub_mchid", "") == served(said)["sub_mchid"])


def names(row: Row) -> Row:
    """The sub-merchant's names in an answer or a notice; nothing for the signer's own."""
    return {name: row[name] for name in ("sub_mchid", "sub_appid") if row.get(name)}


def signer(row: Row) -> Row:
    """Merchant and application as an order by hand writes them."""
    if row.get("sub_mchid"):
        return {"sp_appid": APPID, "sp_mchid": MCHID, **names(row)}
    return {"appid": APPID, "mchid": MCHID}
