"""交易账单 and 资金账单: announced with a hash in a signed answer, fetched as gzip from an unsigned one."""

import gzip
import hashlib
import re
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.gateway import seals
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.keys import APPID, MCHID
from sandbox.gateway.statement_rows import Flow, Line, flows, lines
from sandbox.gateway.wechat_fields import want
from sandbox.gateway.wechat_served import served

if TYPE_CHECKING:
    from sandbox.gateway.wechat import WeChat

HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"
READY_HOUR = 10.5
FUND_NAMES = {"trade": "交易", "refund": "退款", "fee": "扣除交易手续费", "payout": "提现", "stray": "其他"}
TYPES = {"parking": "PARKING", "jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB"}


def trades(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """申请交易账单"""
    day = _day(wechat, request)
    kind = request.query.get("bill_type", "ALL")
    found = lines(wechat.world, "wechat", day, sub_mchid=served(request.query)["sub_mchid"])
    if kind != "ALL":
        found = [line for line in found if line.refund == (kind == "REFUND")]
    if not found:
        raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    return 200, _announce(wechat, _trade_table(found), request)


def funds(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """申请资金账单"""
    day = _day(wechat, request)
    found = flows(wechat.world, "wechat", day)
    if not found:
        raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    return 200, _announce(wechat, _fund_table(found), request)


def sub_funds(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """申请单个子商户资金账单: one file, sealed for the service provider's own key."""
    day = _day(wechat, request)
    sub_mchid = served(request.query, must=True)["sub_mchid"]
    want(dict(request.query), "algorithm", pattern="AEAD_AES_256_GCM")
    found = flows(wechat.world, "wechat", day, sub_mchid=sub_mchid)
    if not found:
        raise Refusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    key, nonce = AESGCM.generate_key(256), secrets.token_hex(6)
    told = _announce(wechat, _fund_table(found), request, sealed_with=(key, nonce))
    sealed_key = seals.seal_for(wechat.world.keys.merchant, key)
    file = {"bill_sequence": 1, "encrypt_key": sealed_key, "nonce": nonce, **told}
    return 200, {"download_bill_count": 1, "download_bill_list": [file]}


def download(wechat: "WeChat", request: Request) -> Response:
    """下载账单"""
    file = wechat.world.books.get("files", request.query.get("token", ""))
    if file is None:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "账单文件不存在")
    content = file["text"].encode()
    packed = gzip.compress(content, mtime=0) if file["gzip"] else content
    if file["key"]:
        packed = AESGCM(bytes.fromhex(file["key"])).encrypt(file["nonce"].encode(), packed, None)
    return Response(body=packed, content_type="application/octet-stream")


def _day(wechat: "WeChat", request: Request) -> date:
    try:
        day = date.fromisoformat(want(dict(request.query), "bill_date"))
    except ValueError as error:
        raise Refusal(400, "PARAM_ERROR", "参数错误：bill_date") from error
    now = wechat.world.now()
    ready = day < now.date() - timedelta(days=1) or (
        day == now.date() - timedelta(days=1) and now.hour + now.minute / 60 >= READY_HOUR
    )
    if not (ready or wechat.world.knobs.bills_at_once) or day > now.date():
        raise Refusal(400, "STATEMENT_CREATING", "账单生成中，请稍后再试")
    return day


def _announce(
    wechat: "WeChat", text: str, request: Request, *, sealed_with: tuple[bytes, str] = (b"", "")
) -> dict[str, str]:
    token = secrets.token_urlsafe(24)
    key, nonce = sealed_with
    packed = request.query.get("tar_type") == "GZIP"
    wechat.world.books.put("files", token, {"text": text, "gzip": packed, "key": key.hex(), "nonce": nonce})
    return {
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        "download_url": f"{wechat.world.url}/v3/billdownload/file?token={token}",
    }


def _trade_table(found: list[Line]) -> str:
    rows = [HEADER]
    for line in found:
        paid, back = (0, line.amount) if line.refund else (line.amount, 0)
        cells = (
            f"{line.at:%Y-%m-%d %H:%M:%S}",
            APPID,
            MCHID,
            line.sub_mchid or "0",
            "",
            line.order_id,
            line.order_number,
            line.openid,
            TYPES.get(line.kind, "JSAPI"),
            "REFUND" if line.refund else "SUCCESS",
            "OTHERS",
            "CNY",
            _yuan(paid),
            "0.00",
            line.id if line.refund else "0",
            line.number if line.refund else "0",
            _yuan(back),
            "0.00",
            "ORIGINAL" if line.refund else "",
            line.state if line.refund else "",
            line.description.replace(",", " "),
            "",
            f"{line.fee / 100:.5f}",
            "0.60%",
            _yuan(paid),
            _yuan(back),
            "",
        )
        rows.append(",".join(f"`{cell}" for cell in cells))
    paid_total = sum(line.amount for line in found if not line.refund)
    back_total = sum(line.amount for line in found if line.refund)
    fees = sum(line.fee for line in found)
    totals = (str(len(found)), _yuan(paid_total), _yuan(back_total), "0.00", f"{fees / 100:.5f}")
    rows += [TOTALS, ",".join(f"`{cell}" for cell in (*totals, _yuan(paid_total), _yuan(back_total)))]
    return "\ufeff" + "\r\n".join(rows) + "\r\n"


def _fund_table(found: list[Flow]) -> str:
    rows = [FUND_HEADER]
    for flow in found:
        name = FUND_NAMES[flow.what]
        line = flow.line
        cells = (
            f"{flow.at:%Y-%m-%d %H:%M:%S}",
            line.id if line else flow.flow,
            flow.flow,
            name,
            name,
            "收入" if flow.amount > 0 else "支出",
            _yuan(abs(flow.amount)),
            _yuan(flow.balance),
            "system",
            "",
            (f"REF{line.order_id}" if line.refund else line.order_id) if line else flow.flow,
        )
        rows.append(",".join(f"`{cell}" for cell in cells))
    income = [flow.amount for flow in found if flow.amount > 0]
    spent = [-flow.amount for flow in found if flow.amount < 0]
    totals = (str(len(found)), str(len(income)), _yuan(sum(income)), str(len(spent)), _yuan(sum(spent)))
    rows += [FUND_TOTALS, ",".join(f"`{cell}" for cell in totals)]
    return "\ufeff" + "\r\n".join(rows) + "\r\n"


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"
