"""WeChat Pay's fund statement (资金账单, basic account): every movement with the balance after it.

A sub-merchant's comes to its service provider in files of their own, each sealed with a key that only the provider's
private key opens (申请单个子商户资金账单).
"""

import csv
import gzip
from collections.abc import Mapping
from datetime import date

from payments.domain import money
from payments.domain.funds import FundKind
from payments.gateways import signing
from payments.gateways.base import NoStatement, NotSent, Unknown
from payments.gateways.funds import FundFlow, FundRow, unbroken
from payments.gateways.wechat import statements
from payments.gateways.wechat.channel import Channel, Good
from payments.gateways.wechat.merchant import Merchant
from payments.wire import moments

FUNDS = "/v3/bill/fundflowbill"
SUB_FUNDS = "/v3/bill/sub-merchant-fundflowbill"
# 业务类型 in WeChat's documents; what none of them names is OTHER and waits in suspense.
_KINDS = (
    ("手续费", FundKind.FEE),
    ("提现", FundKind.PAYOUT),
    ("退款", FundKind.REFUND),
    ("交易", FundKind.PAYMENT),
)


def fetch(channel: Channel, merchant: Merchant, *, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
    """Ask for, download, check and read the fund statement of the basic account."""
    params = {"bill_date": day.isoformat(), "account_type": "BASIC", "tar_type": "GZIP"}
    if merchant.sub_mchid:
        content = _of_sub_merchant(channel, {**merchant.sub, **params, "algorithm": "AEAD_AES_256_GCM"})
    else:
        content = statements.file(channel, FUNDS, params)
    if not isinstance(content, bytes):
        return content
    try:
        return read(content, day=day)
    except (ValueError, csv.Error, KeyError) as error:
        return Unknown(detail=f"the fund statement can't be read: {error}")


def _of_sub_merchant(channel: Channel, params: Mapping[str, str]) -> bytes | NoStatement | Unknown | NotSent:
    answer = statements.announced(channel, SUB_FUNDS, params)
    if not isinstance(answer, Good):
        return answer
    try:
        [file] = answer.data["download_bill_list"]
        key, nonce = channel.open_sealed(str(file["encrypt_key"])), str(file["nonce"])
    except (KeyError, TypeError, ValueError) as error:
        # A very large merchant's day comes in several files: that is said, and not read in part.
        return Unknown(detail=f"the sealed fund statement can't be opened: {type(error).__name__}")
    except OSError as error:
        return NotSent(detail=f"credentials: {type(error).__name__}")
    return statements.fetched(channel, file, lambda sealed: gzip.decompress(signing.unseal_file(key, nonce, sealed)))


def read(content: bytes, *, day: date) -> FundFlow:
    """The statement in an unpacked file. Raises ValueError or KeyError for a movement that can't be read.

    A payment that could not be read is still in the trade statement; a movement of the account is nowhere else.
    """
    lines, totals = statements.tables(content)
    rows = tuple(_row(line) for line in lines)
    problems = unbroken(rows)
    if not totals:
        problems.append("no totals")
    elif int(totals[0].get("资金流水总笔数", "-1")) != len(rows):
        problems.append(f"{len(rows)} rows, {totals[0].get('资金流水总笔数')} announced")
    return FundFlow(day=day, rows=rows, problems=tuple(problems), content=content)


def _row(line: Mapping[str, str]) -> FundRow:
    amount = money.fen(line["收支金额(元)"])
    word = line["业务类型"] or line["业务名称"]
    return FundRow(
        kind=next((kind for name, kind in _KINDS if name in word), FundKind.OTHER),
        flow=line["资金流水单号"],
        reference=line["微信支付业务单号"],
        amount_fen=amount if line["收支类型"] == "收入" else -amount,
        balance_fen=money.fen(line["账户结余(元)"]),
        at=moments.from_beijing(line["记账时间"]),
        name=line["业务名称"],
    )
