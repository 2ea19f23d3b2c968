"""alipay.data.dataservice.bill.downloadurl.query: a zip of two GBK tables."""

import io
import secrets
import zipfile
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sandbox.gateway.alipay_fields import want
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.keys import ALIPAY_SELLER_ID
from sandbox.gateway.statement_rows import Flow, Line, flows, lines

if TYPE_CHECKING:
    from sandbox.gateway.alipay import AlipayPlatform

HEADER = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,"
    "支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,"
    "退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMMARY = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）"
ACCOUNT_HEADER = (
    "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,"
    "账户余额（元）,交易渠道,业务类型,备注"
)
ACCOUNT_NAMES = {"trade": "在线支付", "refund": "交易退款", "fee": "收费", "payout": "提现", "stray": "其它"}
READY_HOUR = 9


def ask(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """The address of a day's statement."""
    world = alipay.world
    kind = want(content, "bill_type", pattern="trade|signcustomer")
    try:
        day = date.fromisoformat(want(content, "bill_date"))
    except ValueError as error:
        raise Refusal(200, "isv.invalid-parameter", "参数无效：bill_date") from error
    now = world.now()
    yesterday = now.date() - timedelta(days=1)
    ready = day < yesterday or (day == yesterday and now.hour >= READY_HOUR)
    if day > now.date() or not (ready or world.knobs.bills_at_once):
        raise Refusal(200, "isv.bill-not-ready", "账单尚未生成")
    if kind == "trade":
        traded = lines(world, "alipay", day)
        text = _details(traded, day) if traded else ""
    else:
        moved = flows(world, "alipay", day)
        text = _account(moved) if moved else ""
    if not text:
        raise Refusal(200, "isp.bill_not_exist", "账单不存在")
    token = secrets.token_urlsafe(24)
    world.books.put("files", token, {"text": text, "day": day.isoformat()})
    return {"bill_download_url": f"{world.url}/alipay/bill?token={token}"}


def download(alipay: "AlipayPlatform", request: Request) -> Response:
    """The file."""
    file = alipay.world.books.get("files", request.query.get("token", ""))
    if file is None:
        return Response(status=404)
    stem = f"{ALIPAY_SELLER_ID}_{file['day'].replace('-', '')}"
    return Response(
        body=_zip({f"{stem}_业务明细.csv": file["text"], f"{stem}_业务明细(汇总).csv": SUMMARY + "\r\n"}),
        content_type="application/zip",
    )


def _details(found: list[Line], day: date) -> str:
    rows = [
        "#支付宝业务明细查询",
        f"#账号：[{ALIPAY_SELLER_ID}0156]",
        f"#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{day + timedelta(days=1):%Y年%m月%d日} 00:00:00]",
        "#-----------------------------------------业务明细列表----------------------------------------",
        HEADER,
    ]
    for line in found:
        sign = -1 if line.refund else 1
        at = f"{line.at:%Y-%m-%d %H:%M:%S}"
        amount = f"{sign * line.amount / 100:.2f}"
        cells = (
            f"{line.order_id}\t",
            f"{line.order_number}\t",
            "退款" if line.refund else "交易",
            line.description.replace(",", " "),
            at,
            at,
            "",
            "",
            "",
            "",
            "司机(***@sandbox)",
            amount,
            amount,
            *("0.00",) * 5,
            "",
            "0.00",
            "0.00",
            f"{line.number}\t" if line.refund else "\t",
            f"{-line.fee / 100:.2f}",
            "0.00",
            "",
        )
        rows.append(",".join(cells))
    trades = [line for line in found if not line.refund]
    refunds = [line for line in found if line.refund]
    rows += [
        "#-----------------------------------------业务明细列表结束------------------------------------",
        f"#交易合计：{len(trades)}笔，商家实收共{sum(line.amount for line in trades) / 100:.2f}元，商家优惠共0.00元",
        f"#退款合计：{len(refunds)}笔，商家实收退款共-{sum(line.amount for line in refunds) / 100:.2f}元",
    ]
    return "\r\n".join(rows) + "\r\n"


def _account(moved: list[Flow]) -> str:
    rows = ["#支付宝账务明细查询", f"#账号：[{ALIPAY_SELLER_ID}0156]", ACCOUNT_HEADER]
    for flow in moved:
        line = flow.line
        cells = (
            f"{flow.flow}\t",
            f"{(line.number if line.refund else line.id) if line else flow.flow}\t",
            f"{line.order_number if line else ''}\t",
            "",
            f"{flow.at:%Y-%m-%d %H:%M:%S}",
            "",
            f"{max(flow.amount, 0) / 100:.2f}",
            f"{min(flow.amount, 0) / 100:.2f}",
            f"{flow.balance / 100:.2f}",
            "支付宝",
            ACCOUNT_NAMES[flow.what],
            "",
        )
        rows.append(",".join(cells))
    return "\r\n".join([*rows, "#账务明细列表结束"]) + "\r\n"


def _zip(files: dict[str, str]) -> bytes:
    # zipfile marks a name outside ASCII as UTF-8; Alipay writes GBK without the mark.
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            info = _GbkInfo(name)
            archive.writestr(info, text.encode("gbk"))
    return out.getvalue()


class _GbkInfo(zipfile.ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800
