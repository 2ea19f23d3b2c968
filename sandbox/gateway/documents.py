"""Documents that look after nothing but themselves: a PDF, an OFD and an XML of a simulated invoice, marked as such."""

import io
import zipfile
from xml.sax.saxutils import escape

from sandbox.gateway.books import Row

OFD = "http://www.ofdspec.org/2016"


def make(invoice: Row, kind: str) -> bytes:
    """The document in that form: pdf, ofd or xml. Raises KeyError for another."""
    return {"pdf": _pdf, "ofd": _ofd, "xml": _xml}[kind](invoice)


def _lines(invoice: Row) -> list[str]:
    return [
        "SANDBOX SAMPLE - NOT A TAX DOCUMENT",
        f"Kind: {'red' if invoice['red'] else 'blue'}",
        f"Number: {invoice['number']}",
        f"Serial: {invoice['serial']}",
        f"Issued at: {invoice['at']}",
        f"Net: {invoice['net'] / 100:.2f}   Tax: {invoice['tax'] / 100:.2f}   Gross: {invoice['gross'] / 100:.2f} CNY",
    ]


def _pdf(invoice: Row) -> bytes:
    """One page in the viewer's own Helvetica: plain ASCII, so that it needs no font and no library."""
    text = b"BT /F1 12 Tf 40 360 Td 20 TL "
    for line in _lines(invoice):
        safe = line.replace("\\", "").replace("(", "").replace(")", "").encode("ascii", "replace")
        text += b"(" + safe + b") Tj T* "
    text += b"ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 400] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for index, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (index, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    )


def _xml(invoice: Row) -> bytes:
    fields = "".join(
        f"<{name}>{escape(str(invoice[name]))}</{name}>"
        for name in ("number", "serial", "at", "gross", "net", "tax", "buyer", "red")
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<EInvoice sample="sandbox">{fields}</EInvoice>\n'.encode()


def _ofd(invoice: Row) -> bytes:
    """The smallest package of GB/T 33190: an entry file, a document, a page of text."""
    texts = "".join(
        f'<ofd:TextObject ID="{10 + index}" Boundary="10 {20 + 8 * index} 180 8" Font="3" Size="4">'
        f'<ofd:TextCode X="0" Y="5">{escape(line)}</ofd:TextCode></ofd:TextObject>'
        for index, line in enumerate(_lines(invoice))
    )
    files = {
        "OFD.xml": f'<ofd:OFD xmlns:ofd="{OFD}" Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{invoice['number']}</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
        "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<ofd:Document xmlns:ofd="{OFD}"><ofd:CommonData><ofd:MaxUnitID>99</ofd:MaxUnitID>'
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/PublicRes.xml": f'<ofd:Res xmlns:ofd="{OFD}" BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" '
        'FontName="Helvetica"/></ofd:Fonts></ofd:Res>',
        "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page xmlns:ofd="{OFD}"><ofd:Content><ofd:Layer ID="2">{texts}'
        "</ofd:Layer></ofd:Content></ofd:Page>",
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            # A zip holds the time of its making: the same document must be the same bytes each time.
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
    return out.getvalue()
