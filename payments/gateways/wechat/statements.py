"""WeChat Pay's daily statements: gzip, UTF-8, a backtick before every cell, amounts in yuan."""

import csv
import gzip
import hashlib
import hmac
import io
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from payments.domain import money
from payments.gateways.base import NoStatement, NotSent, Refused, State, Statement, StatementRow, Unknown
from payments.gateways.orders import payment_row, refund_row, statement_of, sums
from payments.gateways.wechat.channel import Channel, Good
from payments.gateways.wechat.merchant import Merchant
from payments.wire import moments

TRADES = "/v3/bill/tradebill"

# The statement's words for a refund's state are not the API's.
REFUND_STATES = {
    "SUCCESS": State.SUCCEEDED,
    "PROCESSING": State.PENDING,
    "FAIL": State.FAILED,
    "CHANGE": State.ABNORMAL,
}


def fetch(channel: Channel, merchant: Merchant, *, day: date) -> Statement | NoStatement | Unknown | NotSent:
    """Ask for, download, check and read the trade statement."""
    params = {"bill_date": day.isoformat(), "bill_type": "ALL", "tar_type": "GZIP", **merchant.sub}
    content = file(channel, TRADES, params)
    if not isinstance(content, bytes):
        return content
    try:
        return read(content, day=day, sub_mchid=merchant.sub_mchid)
    except (ValueError, csv.Error) as error:
        return Unknown(detail=f"the statement can't be read: {error}")


def file(channel: Channel, path: str, params: Mapping[str, str]) -> bytes | NoStatement | Unknown | NotSent:
    """A statement's unpacked file, asked for at that path, downloaded and held against the hash that was announced."""
    answer = announced(channel, path, params)
    if not isinstance(answer, Good):
        return answer
    return fetched(channel, answer.data, gzip.decompress)


def announced(channel: Channel, path: str, params: Mapping[str, str]) -> Good | NoStatement | Unknown | NotSent:
    """The signed answer that says where a statement's file lies."""
    answer = channel.call("GET", path, params=params)
    if isinstance(answer, Refused):
        return NoStatement(reason=answer.code, empty=answer.code == "NO_STATEMENT_EXIST")
    return answer


def fetched(
    channel: Channel, data: Mapping[str, Any], open_file: Callable[[bytes], bytes]
) -> bytes | Unknown | NotSent:
    """The file at an announced address, opened by `open_file` (OSError, EOFError, ValueError) and held to its hash."""
    url, expected = str(data.get("download_url", "")), str(data.get("hash_value", ""))
    if data.get("hash_type") != "SHA1" or not url:
        return Unknown(detail="a statement without address or hash")
    packed = channel.download(url)
    if not isinstance(packed, bytes):
        return packed
    try:
        content = open_file(packed)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        return Unknown(detail=f"the statement can't be opened: {error}")
    # The hash is of the file before it was packed, and was in a signed answer: the download itself is not signed.
    if not hmac.compare_digest(hashlib.sha1(content, usedforsecurity=False).hexdigest(), expected.lower()):
        return Unknown(detail="the statement isn't the one that was announced")
    return content


def read(content: bytes, *, day: date, sub_mchid: str = "") -> Statement:
    """The statement in an unpacked file. What can't be read or doesn't add up is named, and the rest kept.

    A line about another than that sub-merchant of a service provider's is named too.

    Raises ValueError or csv.Error when the file as a whole, or its totals, can't be read.
    """
    rows: list[StatementRow] = []
    problems: list[str] = []
    lines, totals = tables(content)
    for index, line in enumerate(lines, start=1):
        try:
            if sub_mchid and line["特约商户号"] != sub_mchid:
                raise ValueError(f"about sub-merchant {line['特约商户号']!r}")
            row = _row(line)
        except (KeyError, ValueError, ArithmeticError) as error:
            problems.append(f"line {index}: {error}")
            continue
        if row is not None:
            rows.append(row)
    paid, refunded, _ = sums(rows)
    if totals:
        said_paid = money.fen(totals[0].get("订单总金额") or totals[0].get("应结订单总金额") or "0")
        said_refunded = money.fen(totals[0].get("申请退款总金额") or totals[0].get("退款总金额") or "0")
        said_count = int(totals[0].get("总交易单数", "-1"))
        if said_count != len(lines):
            problems.append(f"{len(lines)} rows, {said_count} announced")
        if said_paid != paid:
            problems.append(f"rows add up to {paid} fen, {said_paid} announced")
        if said_refunded != refunded:
            problems.append(f"refunds add up to {refunded} fen, {said_refunded} announced")
    else:
        problems.append("no totals")
    return statement_of(day=day, rows=rows, problems=problems, content=content)


def _row(line: Mapping[str, str]) -> StatementRow | None:
    kind = line["交易状态"]
    number, reference = line["商户订单号"], line["微信订单号"]
    at = moments.from_beijing(line["交易时间"])
    # A fee may be written with five places; it is settled in fen.
    fee = int((Decimal(line.get("手续费") or 0) * 100).to_integral_value(ROUND_HALF_UP))
    if kind == "SUCCESS":
        amount = money.fen(line.get("订单金额") or line.get("应结订单金额") or line.get("总金额") or "")
        return payment_row(number=number, reference=reference, amount_fen=amount, fee_fen=fee, at=at, raw=line)
    if kind == "REFUND":
        paid = payment_row(number=number, reference=reference, amount_fen=0, fee_fen=fee, at=at, raw=line)
        return refund_row(
            paid,
            number=line["商户退款单号"],
            reference=line["微信退款单号"],
            amount_fen=money.fen(line.get("申请退款金额") or line["退款金额"]),
            state=REFUND_STATES.get(line["退款状态"], State.UNKNOWN),
        )
    if kind == "REVOKED":
        return None
    raise ValueError(f"unknown kind of row {kind!r}")


def tables(content: bytes) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The rows under the first header and those under the second, cells freed of their backtick."""
    rows: list[dict[str, str]] = []
    totals: list[dict[str, str]] = []
    header: list[str] = []
    filling = rows
    for cells in csv.reader(io.StringIO(content.decode("utf-8-sig"))):
        if not cells:
            continue
        if cells[0].startswith("`"):
            filling.append(dict(zip(header, (cell.removeprefix("`") for cell in cells), strict=False)))
        else:
            filling = rows if not header else totals
            header = cells
    return rows, totals
