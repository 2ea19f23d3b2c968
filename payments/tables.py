"""Tables that leave the house: CSV that a spreadsheet opens as it was meant, and XLSX."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from payments.wire.moments import BEIJING

Cell = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Table:
    """A title, column heads and rows; a head may name a number format of Excel's, such as `0.0%`."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    formats: Sequence[str] = ()


def plain(cell: Cell) -> Cell:
    """A cell without what a spreadsheet would take for a formula, and times in the city's clock."""
    if isinstance(cell, datetime):
        return cell.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark: Excel reads Chinese only then."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.heads)
    writer.writerows([["" if cell is None else plain(cell) for cell in row] for row in table.rows])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def as_xlsx(tables: Sequence[Table]) -> bytes:
    """A workbook with one sheet a table."""
    book = Workbook()
    sheets = [book.active or book.create_sheet(), *(book.create_sheet() for _ in tables[1:])]
    for sheet, table in zip(sheets, tables, strict=True):
        sheet.title = "".join(sign for sign in table.title if sign not in "[]:*?/\\")[:31]
        sheet.append(list(table.heads))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for row in table.rows:
            sheet.append([plain(cell) for cell in row])
        for index, head in enumerate(table.heads):
            letter = get_column_letter(index + 1)
            sheet.column_dimensions[letter].width = max(12, 2 * len(head) + 2)
            if index < len(table.formats) and table.formats[index]:
                for cell in sheet[letter][1:]:
                    cell.number_format = table.formats[index]
        sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
