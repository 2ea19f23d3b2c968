"""Alipay's account statement (账务明细, bill type signcustomer): every movement with the balance after it."""

import csv
import zipfile
from collections.abc import Mapping
from datetime import date

from payments.domain import money
from payments.domain.funds import FundKind
from payments.gateways.alipay import statements
from payments.gateways.alipay.channel import Channel
from payments.gateways.base import NoStatement, NotSent, Unknown
from payments.gateways.funds import FundFlow, FundRow, unbroken
from payments.wire import moments

# 业务类型 as Alipay's tables print it; what none of them names is OTHER and waits in suspense.
_KINDS = (
    ("收费", FundKind.FEE),
    ("服务费", FundKind.FEE),
    ("提现", FundKind.PAYOUT),
    ("退款", FundKind.REFUND),
    ("在线支付", FundKind.PAYMENT),
    ("交易付款", FundKind.PAYMENT),
)


def fetch(channel: Channel, *, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
    """Ask for, download and read the account statement."""
    packed = statements.file(channel, bill_type="signcustomer", day=day)
    if not isinstance(packed, bytes):
        return packed
    try:
        return read(packed, day=day)
    except (zipfile.BadZipFile, ValueError, KeyError, csv.Error) as error:
        return Unknown(detail=f"the account statement can't be read: {error}")


def read(packed: bytes, *, day: date) -> FundFlow:
    """The statement in a zip. Raises BadZipFile, ValueError or KeyError when it, or a movement, can't be read."""
    _, lines = statements.table(packed)
    rows = tuple(_row(line) for line in lines)
    return FundFlow(day=day, rows=rows, problems=tuple(unbroken(rows)), content=packed)


def _row(line: Mapping[str, str]) -> FundRow:
    word = line["业务类型"]
    return FundRow(
        kind=next((kind for name, kind in _KINDS if name in word), FundKind.OTHER),
        flow=line["账务流水号"],
        reference=line["业务流水号"],
        amount_fen=money.fen(line["收入金额（+元）"] or "0") + money.fen(line["支出金额（-元）"] or "0"),
        balance_fen=money.fen(line["账户余额（元）"]),
        at=moments.from_beijing(line["发生时间"]),
        name=word,
    )
