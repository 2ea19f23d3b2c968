"""A driver's titles (抬头), and the switch that invoices each payment."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import model_to_dict
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from parking.invoices import owner_of
from parking.pages.requests import driver_of
from parking.pages.title_forms import TitleForm
from payments import invoicing


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The titles, the default first, and the switch."""
    owner = owner_of(driver_of(request))
    context = {"titles": invoicing.titles_of(owner), "auto": invoicing.auto_of(owner)}
    return render(request, "driver/titles.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a title, or change one: invoices asked for before keep what they were asked with."""
    owner = owner_of(driver_of(request))
    title = next((each for each in invoicing.titles_of(owner) if each.pk == pk), None)
    if pk is not None and title is None:
        raise Http404
    known = {**model_to_dict(title), "default": title.is_default} if title else None
    form = TitleForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            invoicing.keep(
                form.title(), owner=owner, title_id=pk, default=form.cleaned_data["default"], now=timezone.now()
            )
        except invoicing.TooMany:
            reason = gettext("最多保存 %(n)d 个抬头。请先删除不用的。") % {"n": invoicing.MOST_TITLES}
            form.add_error(None, reason)
        else:
            messages.success(request, gettext("抬头已保存。"))
            return redirect("pages:titles")
    return render(request, "driver/title.html", {"form": form, "title_row": title}, status=422 if form.errors else 200)


@login_required
@require_POST
def make_default(request: HttpRequest, pk: int) -> HttpResponse:
    """Use it unless told otherwise."""
    if not invoicing.make_default(pk, owner=owner_of(driver_of(request))):
        raise Http404
    return redirect("pages:titles")


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it off the list."""
    if not invoicing.remove(pk, owner=owner_of(driver_of(request)), now=timezone.now()):
        raise Http404
    messages.success(request, gettext("抬头已删除。"))
    return redirect("pages:titles")


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Invoice each payment from now on, to the default title, or stop it."""
    owner = owner_of(driver_of(request))
    titles = invoicing.titles_of(owner)
    on = request.POST.get("on") == "yes"
    if on and not titles:
        messages.warning(request, gettext("请先添加一个抬头。"))
        return redirect("pages:title-add")
    invoicing.switch_auto(
        owner=owner,
        title_id=titles[0].pk if on else None,
        language=get_language() or "zh-hans",
        now=timezone.now(),
    )
    messages.success(request, gettext("以后每次支付后自动开票。") if on else gettext("不再自动开票。"))
    return redirect("pages:invoices")
