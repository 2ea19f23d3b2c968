"""A driver's invoices: asked for in four taps, followed, opened, sent on."""

import logging
from datetime import date, datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking import masking
from parking.invoices import WHY_WORDS, month_of, owner_of
from parking.invoices import offers as offers_of
from parking.pages import invoice_words
from parking.pages.requests import driver_of
from parking.pages.title_forms import SendForm, TitleForm, WishForm
from payments import invoicing, printing
from payments.invoicing import InvoiceView

log = logging.getLogger(__name__)

PAGE = 30


def _months(now: datetime, count: int) -> list[date]:
    """The first days of this month and of those before it."""
    first = timezone.localtime(now).date().replace(day=1)
    found = [first]
    while len(found) < count:
        year, month = divmod(found[-1].year * 12 + found[-1].month - 2, 12)
        found.append(date(year, month + 1, 1))
    return found


def _month_of(text: str) -> date | None:
    """`2026-11` as its first day; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """What can be invoiced, the switch, the statements, and the invoices so far."""
    user, now = driver_of(request), timezone.now()
    before = request.GET.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found, older = invoicing.invoices_of(owner_of(user), before=key, limit=PAGE)
    offers = offers_of(user, now=now)
    context = {
        "offers": offers,
        "total_fen": sum(offer.amount_fen for offer in offers),
        "invoices": [(invoice, invoice_words.state_of(invoice)) for invoice in found],
        "older": older,
        "titles": invoicing.titles_of(owner_of(user)),
        "auto": invoicing.auto_of(owner_of(user)),
        "months": _months(now, 3),
    }
    return render(request, "driver/invoices.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Choose the stays, the title and the mailbox: all of them chosen already, so that one tap is enough."""
    user, now = driver_of(request), timezone.now()
    owner = owner_of(user)
    titles = invoicing.titles_of(owner)
    only = {number for number in request.GET.getlist("number")[: invoicing.MOST_AT_ONCE] if number.isalnum()}
    offers = offers_of(user, now=now, only=only or None)
    month = _month_of(request.GET.get("month", ""))
    if month is not None:
        offers = [each for each in offers if timezone.localtime(each.to_at).date().replace(day=1) == month]
    posted = request.POST if request.method == "POST" else None
    wish = WishForm(posted, initial={"title": titles[0].pk if titles else None})
    title_form = None if titles else TitleForm(posted)
    chosen = {each.number for each in offers}
    if posted is not None:
        chosen = set(posted.getlist("number")) & {each.number for each in offers_of(user, now=now)}
        serials = _ask(request, owner, chosen, wish=wish, title_form=title_form, now=now)
        if serials:
            return redirect("pages:invoice", serial=serials[0]) if len(serials) == 1 else redirect("pages:invoices")
        if posted.get("all"):
            offers = offers_of(user, now=now)
    form = title_form or wish
    context = {
        "offers": offers,
        "chosen": chosen,
        "total_fen": sum(each.amount_fen for each in offers if each.number in chosen),
        "titles": titles,
        "wish": wish,
        "title_form": title_form,
        "form": form,
        "chosen_title": str(wish["title"].value() or ""),
        "months": _months(now, 2),
        "month": month,
        "one": len(only) == 1,
    }
    return render(request, "driver/invoice_ask.html", context, status=422 if form.errors else 200)


def _ask(
    request: HttpRequest,
    owner: str,
    chosen: set[str],
    *,
    wish: WishForm,
    title_form: TitleForm | None,
    now: datetime,
) -> tuple[str, ...]:
    """Ask for what was chosen; the forms hold what is wrong."""
    if title_form is not None:
        if not title_form.is_valid():
            return ()
        if not chosen:
            title_form.add_error(None, gettext("请至少选择一笔可以开票的订单。"))
            return ()
        title_id = invoicing.keep(title_form.title(), owner=owner, now=now).pk
        email = ""
    else:
        if wish.is_valid() and not chosen:
            wish.add_error(None, gettext("请至少选择一笔可以开票的订单。"))
        if not wish.is_valid():
            return ()
        title_id, email = wish.cleaned_data["title"], wish.cleaned_data["email"]
    try:
        asked = invoicing.ask(
            chosen, owner=owner, title_id=title_id, email=email, language=get_language() or "zh-hans", now=now
        )
    except invoicing.NoSuchTitle:
        wish.add_error("title", gettext("这个抬头已经删除，请选择另一个。"))
        return ()
    for number, why in asked.refused.items():
        messages.warning(request, f"{number}: {WHY_WORDS[why]}")
    if not asked.serials:
        (title_form or wish).add_error(None, gettext("没有开票：所选订单都不能开票。"))
    elif len(asked.serials) > 1:
        messages.success(request, gettext("已申请 %(n)d 张发票：按开票单位和税率分开。") % {"n": len(asked.serials)})
    return asked.serials


def _find(request: HttpRequest, serial: str) -> InvoiceView:
    invoice = invoicing.invoice_of(owner_of(driver_of(request)), serial)
    if invoice is None:
        raise Http404
    return invoice


def _detail_context(request: HttpRequest, serial: str) -> dict[str, object]:
    invoice = _find(request, serial)
    return {
        "invoice": invoice,
        "state": invoice_words.state_of(invoice),
        "regime": invoice_words.REGIMES.get(invoice.regime, ""),
        "files": [(kind, invoice_words.FILES[kind]) for kind in invoice.files],
        "deliveries": [
            (
                each,
                invoice_words.CHANNELS[each.channel],
                invoice_words.DELIVERIES[each.status],
                masking.email(each.email),
            )
            for each in reversed(invoice.deliveries)
        ][:10],
        "merged": len(invoice.charges) > 1 and not invoice.red,
    }


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, serial: str) -> HttpResponse:
    """One invoice: how it stands, its files, where it was sent."""
    context = _detail_context(request, serial)
    invoice = context["invoice"]
    assert isinstance(invoice, InvoiceView)
    return render(request, "driver/invoice.html", {**context, "form": SendForm(initial={"email": invoice.email})})


@never_cache
@login_required
@require_safe
def now_part(request: HttpRequest, serial: str) -> HttpResponse:
    """The part of its page that changes by itself."""
    return render(request, "driver/_invoice.html", _detail_context(request, serial))


@never_cache
@login_required
@require_safe
def file(request: HttpRequest, serial: str, kind: str) -> HttpResponse:
    """A file as the issuer made it."""
    return document_response(serial, kind, owner=owner_of(driver_of(request)))


def document_response(serial: str, kind: str, *, owner: str | None) -> HttpResponse:
    """The bytes of a document. Raises Http404."""
    document = invoicing.document(serial, kind, owner=owner)
    if document is None:
        raise Http404
    response = HttpResponse(bytes(document.body), content_type=invoicing.MEDIA_TYPES[document.kind])
    place = "inline" if document.kind in ("pdf", "picture") else "attachment"
    response["Content-Disposition"] = f'{place}; filename="{serial}.{document.kind}"'
    response["X-Content-SHA256"] = document.sha256
    return response


@never_cache
@login_required
@require_safe
def attachment(request: HttpRequest, serial: str) -> HttpResponse:
    """The sessions of a merged invoice, PDF."""
    if _find(request, serial).red:
        raise Http404
    try:
        body = invoicing.attachment_pdf(serial, language=get_language() or "zh-hans")
    except printing.CannotPrint:
        return _cannot_print(request, reverse("pages:invoice", args=[serial]))
    return pdf_response(body, f"breakdown-{serial}.pdf")


@never_cache
@login_required
@require_safe
def statement(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """The month's statement of this person's proved cars, PDF. Stays belong to the month in which they ended."""
    if not (1 <= month <= 12 and 2000 <= year <= 2200):
        raise Http404
    user = driver_of(request)
    try:
        body = invoicing.statement_pdf(
            month_of(user, year=year, month=month),
            month=date(year, month, 1),
            holder=masking.phone(user.phone) if user.phone else user.get_username(),
            language=get_language() or "zh-hans",
            now=timezone.now(),
        )
    except printing.CannotPrint:
        return _cannot_print(request, reverse("pages:invoices"))
    return pdf_response(body, f"statement-{year}-{month:02d}.pdf")


def pdf_response(body: bytes, name: str) -> HttpResponse:
    """A PDF that opens in the browser."""
    response = HttpResponse(body, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _cannot_print(request: HttpRequest, back: str) -> HttpResponse:
    log.exception("a paper can't be printed")
    messages.error(request, gettext("现在不能生成文件，请稍后再试。"))
    return redirect(back)


@login_required
@require_POST
def send(request: HttpRequest, serial: str) -> HttpResponse:
    """Mail it once more."""
    context = _detail_context(request, serial)
    form = SendForm(request.POST)
    if form.is_valid():
        try:
            invoicing.send_again(serial, email=form.cleaned_data["email"], now=timezone.now())
        except invoicing.NotDelivered:
            form.add_error("email", gettext("现在不能发送：发票还没有开好，或今天已经发送太多次。"))
        else:
            messages.success(request, gettext("马上发送到 %(email)s。") % {"email": form.cleaned_data["email"]})
            return redirect("pages:invoice", serial=serial)
    return render(request, "driver/invoice.html", {**context, "form": form}, status=422)


@never_cache
@login_required
@require_POST
def link(request: HttpRequest, serial: str) -> HttpResponse:
    """A link to pass on; it is shown this once."""
    context = _detail_context(request, serial)
    try:
        made = invoicing.make_link(serial, now=timezone.now())
    except invoicing.NotDelivered:
        messages.error(request, gettext("发票还没有开好。"))
        return redirect("pages:invoice", serial=serial)
    return render(request, "driver/invoice.html", {**context, "form": SendForm(), "link": made})
