"""An invoice behind a link: for whoever holds it, until it expires. Nothing else of its owner is shown."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parking.pages import invoice_words
from parking.pages.invoices import document_response, pdf_response
from payments import invoicing, printing
from payments.invoicing import InvoiceView


def _behind(token: str) -> InvoiceView | None:
    serial = invoicing.behind(token, now=timezone.now())
    return invoicing.invoice_behind(serial) if serial else None


@never_cache
@require_safe
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The invoice and its files."""
    invoice = _behind(token)
    if invoice is None:
        return render(request, "public/invoice_gone.html", status=404)
    context = {
        "invoice": invoice,
        "state": invoice_words.state_of(invoice),
        "regime": invoice_words.REGIMES.get(invoice.regime, ""),
        "files": [(kind, invoice_words.FILES[kind]) for kind in invoice.files],
        "merged": len(invoice.charges) > 1 and not invoice.red,
        "token": token,
    }
    return render(request, "public/invoice.html", context)


@never_cache
@require_safe
def file(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """A file as the issuer made it."""
    invoice = _behind(token)
    if invoice is None:
        raise Http404
    return document_response(invoice.serial, kind, owner=None)


@never_cache
@require_safe
def attachment(request: HttpRequest, token: str) -> HttpResponse:
    """The sessions of a merged invoice, PDF."""
    invoice = _behind(token)
    if invoice is None or invoice.red:
        raise Http404
    try:
        body = invoicing.attachment_pdf(invoice.serial, language=get_language() or "zh-hans")
    except printing.CannotPrint:
        return HttpResponse(status=503)
    return pdf_response(body, f"breakdown-{invoice.serial}.pdf")
