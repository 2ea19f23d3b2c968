"""The day's and the month's report: by road, tariff, channel and device kind; as a page, PDF, a workbook, e-mail."""
