"""Alipay's daily statements: a zip of GBK tables with `#` comments around them, cells padded, amounts in yuan."""

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date

from payments.domain import money
from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import FactKind, NoStatement, NotSent, Refused, State, Statement, StatementRow, Unknown
from payments.gateways.orders import payment_row, refund_row, statement_of
from payments.wire import moments

MAX_UNPACKED = 512 * 1024 * 1024
EMPTY_CODES = frozenset({"isp.bill_not_exist", "BILL_NOT_EXIST", "isv.bill-not-exist"})


def fetch(channel: Channel, *, day: date) -> Statement | NoStatement | Unknown | NotSent:
    """Ask for, download and read the trade statement."""
    packed = file(channel, bill_type="trade", day=day)
    if not isinstance(packed, bytes):
        return packed
    try:
        return read(packed, day=day)
    except (zipfile.BadZipFile, ValueError, KeyError, csv.Error) as error:
        return Unknown(detail=f"the statement can't be read: {error}")


def file(channel: Channel, *, bill_type: str, day: date) -> bytes | NoStatement | Unknown | NotSent:
    """A statement's zip. Its address lives for seconds, so it is used at once."""
    answer = channel.call(
        "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": bill_type, "bill_date": day.isoformat()}
    )
    if isinstance(answer, Refused):
        return NoStatement(reason=answer.code, empty=answer.code in EMPTY_CODES)
    if not isinstance(answer, Good):
        return answer if isinstance(answer, (Unknown, NotSent)) else Unknown(detail="a pending statement")
    return channel.download(str(answer.data.get("bill_download_url", "")))


def read(packed: bytes, *, day: date) -> Statement:
    """The statement in a zip. Raises BadZipFile, ValueError or KeyError when there is no table of trades in it."""
    rows: list[StatementRow] = []
    problems: list[str] = []
    text, lines = table(packed)
    for index, line in enumerate(lines, start=1):
        try:
            rows.append(_row(line))
        except (KeyError, ValueError) as error:
            problems.append(f"line {index}: {error}")
    problems += _compare_with_totals(text, rows)
    return statement_of(day=day, rows=rows, problems=problems, content=packed)


def table(packed: bytes) -> tuple[str, list[dict[str, str]]]:
    """The whole text of the file of details, and its rows by column name. Raises BadZipFile or ValueError."""
    text = _details(packed)
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise ValueError("no header")
    header = [cell.strip() for cell in next(csv.reader(lines[:1]))]
    cells = csv.reader(lines[1:])
    return text, [dict(zip(header, (cell.strip() for cell in row), strict=False)) for row in cells]


def _details(packed: bytes) -> str:
    """The text of the file of details: names inside the zip are GBK, as the tables are."""
    with zipfile.ZipFile(io.BytesIO(packed), metadata_encoding="gbk") as archive:
        for info in archive.infolist():
            if "汇总" in info.filename or not info.filename.lower().endswith(".csv"):
                continue
            if info.file_size > MAX_UNPACKED:
                raise ValueError("larger than a statement can be")
            return archive.read(info).decode("gbk")
    raise ValueError("no file of details")


def _row(line: Mapping[str, str]) -> StatementRow:
    kind = line["业务类型"]
    number, reference = line["商户订单号"], line["支付宝交易号"]
    amount = money.fen(line["订单金额（元）"])
    fee = -money.fen(line.get("服务费（元）") or "0")
    at = moments.from_beijing(line["完成时间"])
    paid = payment_row(number=number, reference=reference, amount_fen=amount, fee_fen=fee, at=at, raw=line)
    if kind == "交易":
        return paid
    if kind == "退款":
        batch = line["退款批次号/请求号"]
        return refund_row(paid, number=batch, reference=batch, amount_fen=abs(amount), state=State.SUCCEEDED)
    raise ValueError(f"unknown kind of row {kind!r}")


def _compare_with_totals(text: str, rows: list[StatementRow]) -> list[str]:
    problems = []
    for kind, word in ((FactKind.PAYMENT, "交易"), (FactKind.REFUND, "退款")):
        said = re.search(rf"#{word}合计[：:]\s*(\d+)笔", text)
        count = sum(1 for row in rows if row.kind is kind)
        if said and int(said[1]) != count:
            problems.append(f"{count} rows of {kind}, {said[1]} announced")
    return problems
