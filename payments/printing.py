"""Our own papers as PDF: WeasyPrint with Noto CJK. None of them is a tax document, and none calls itself one."""

import logging


class CannotPrint(Exception):
    """The system lacks what WeasyPrint needs to make a PDF."""


def pdf(html: str) -> bytes:
    """The page as PDF. It holds all it needs: nothing is fetched. Raises CannotPrint where Pango is missing."""
    logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)
    try:
        import weasyprint  # needs libpango at import; everything else must run without it
    except OSError as error:
        raise CannotPrint(
            "PDF needs libpango: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
        ) from error
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=())
    return bytes(weasyprint.HTML(string=html, url_fetcher=fetcher).write_pdf())
