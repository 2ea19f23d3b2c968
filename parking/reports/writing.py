"""A report as a file."""

from django.template.loader import render_to_string
from django.utils.translation import get_language

from parking.reports.building import Report
from payments import printing
from payments.tables import Table, as_xlsx


def xlsx(report: Report) -> bytes:
    """A workbook: the headline, then a sheet a table."""
    headline = Table(report.period.name, ["", ""], [list(pair) for pair in report.headline])
    return as_xlsx([headline, *report.tables])


def pdf(report: Report) -> bytes:
    """A4 across. Raises payments.printing.CannotPrint where the system lacks Pango."""
    page = render_to_string("city/report_pdf.html", {"report": report, "language": get_language()})
    return printing.pdf(page)
