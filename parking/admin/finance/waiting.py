"""What waits for a person: second opinions, refunds whose way back is dead, words of gateways that fit nothing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from parking.admin.finance import page
from payments import charges, reconciliation


def listed(request: HttpRequest) -> HttpResponse:
    """All of it on one page."""
    by = page.demand(request)
    if request.method == "POST":
        good = _act(request, by)
        words = _("已处理。") if good else _("没有处理：须由另一人处理，或已无须处理，或缺少原因。")
        messages.add_message(request, messages.SUCCESS if good else messages.ERROR, words)
        return redirect("finance-waiting")
    refunds = charges.refunds_waiting()
    return page.answer(
        request,
        "admin/finance/waiting.html",
        title=_("待办"),
        me=by,
        refunds=[(one, page.channel(one.gateway)) for one in refunds if not one.abnormal],
        abnormal=[(one, page.channel(one.gateway)) for one in refunds if one.abnormal],
        write_offs=charges.write_offs_waiting(),
        work_offs=reconciliation.work_offs(),
        suspense=[(one, page.channel(one.gateway)) for one in charges.suspense_open()],
        can=page.may(request, "change_refund", "change_adjustment", "change_difference"),
    )


def _act(request: HttpRequest, by: str) -> bool:
    told, now = request.POST, timezone.now()
    agreed, key = told.get("agreed") == "yes", told.get("key", "")
    number = int(key) if key.isdigit() else 0
    match told.get("deed"):
        case "refund":
            page.demand(request, "payments.change_refund")
            return charges.decide_refund(key, agreed=agreed, by=by, now=now)
        case "card":
            page.demand(request, "payments.change_refund")
            bank, card, holder = (told.get(name, "").strip() for name in ("bank", "card", "holder"))
            if not (bank and card.isdigit() and holder):
                return False
            return charges.mend_refund(key, bank=bank, card=card, holder=holder, by=by, now=now) is None
        case "transfer":
            page.demand(request, "payments.change_refund")
            slip = told.get("slip", "").strip()
            return bool(slip) and charges.refund_by_transfer(key, slip=slip, by=by, now=now)
        case "write_off":
            page.demand(request, "payments.change_adjustment")
            return charges.decide_adjustment(key, agreed=agreed, by=by, now=now) is charges.Closed.DONE
        case "work_off":
            page.demand(request, "payments.change_difference")
            return reconciliation.decide_work_off(difference_id=number, by=by, agreed=agreed, now=now)
        case "suspense":
            page.demand(request, "payments.change_difference")
            reason = told.get("reason", "").strip()
            return bool(reason) and charges.resolve_suspense(suspense_id=number, by=by, resolution=reason, now=now)
    return False
