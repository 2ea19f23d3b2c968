"""Where the desk's menu leads and what waits for somebody; Unfold finds these functions by their names."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

# The menu by what people come to do, not by the app a table happens to live in: heading, then (model, icon).
_MENU = (
    (
        _("订单与核实"),
        (
            ("parking.parkingsession", "receipt_long"),
            ("parking.sessionact", "call_split"),
            ("parking.review", "fact_check"),
            ("parking.discrepancy", "difference"),
            ("parking.appeal", "gavel"),
            ("parking.eventrecord", "sensors"),
            ("parking.invariantcheck", "verified"),
            ("parking.invariantbreak", "rule_settings"),
            ("parking.picture", "photo_library"),
            ("parking.picturealarm", "broken_image"),
        ),
    ),
    (
        _("巡检"),
        (
            ("parking.patrolcheck", "person_search"),
            ("parking.streetreport", "report"),
            ("parking.shift", "schedule"),
            ("parking.noticeslip", "sticky_note_2"),
            ("parking.watchedplate", "checklist"),
        ),
    ),
    (
        _("路段与设备"),
        (
            ("parking.zone", "map"),
            ("parking.road", "road"),
            ("parking.policychange", "history"),
            ("parking.roadnotice", "emergency_home"),
            ("parking.berth", "local_parking"),
            ("parking.berthstate", "toggle_on"),
            ("sensors.device", "router"),
            ("sensors.workorder", "construction"),
            ("sensors.devicestate", "monitor_heart"),
            ("sensors.installation", "build"),
            ("sensors.frame", "data_object"),
            ("sensors.source", "cloud_download"),
            ("sensors.sourcekey", "key"),
        ),
    ),
    (
        _("价格"),
        (
            ("parking.tariffversion", "sell"),
            ("parking.whatifrun", "science"),
            ("parking.calendaryear", "event_available"),
            ("parking.calendarday", "calendar_month"),
            ("parking.permitproduct", "loyalty"),
            ("parking.permit", "badge"),
            ("parking.exemption", "verified_user"),
            ("parking.campaign", "redeem"),
            ("parking.coupon", "confirmation_number"),
        ),
    ),
    (
        _("收付款"),
        (
            ("payments.charge", "request_quote"),
            ("payments.attempt", "payments"),
            ("payments.refund", "undo"),
            ("payments.adjustment", "price_change"),
            ("payments.mandate", "contactless"),
            ("payments.entry", "menu_book"),
            ("payments.suspense", "help"),
            ("payments.statement", "account_balance"),
            ("payments.difference", "rule"),
            ("payments.urged", "campaign"),
        ),
    ),
    (
        _("发票"),
        (
            ("payments.invoice", "description"),
            ("payments.issuerhealth", "monitor_heart"),
            ("payments.regime", "gavel"),
            ("payments.taxrule", "percent"),
            ("payments.seller", "storefront"),
        ),
    ),
    (
        _("数据共享"),
        (
            ("parking.dataapplication", "approval"),
            ("parking.datagrant", "handshake"),
            ("parking.department", "account_balance"),
            ("parking.datakey", "key"),
            ("parking.datacall", "call_made"),
            ("parking.datasubscription", "rss_feed"),
        ),
    ),
    (
        _("人员与权限"),
        (
            ("parking.user", "person"),
            ("auth.group", "groups"),
            ("parking.rolegrant", "badge"),
            ("otp_totp.totpdevice", "phonelink_lock"),
            ("axes.accessattempt", "lock_person"),
            ("parking.vehicle", "directions_car"),
            ("parking.vehicleproof", "badge"),
            ("parking.apitoken", "vpn_key"),
            ("parking.platetrace", "visibility"),
        ),
    ),
)


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The side menu of this person: entries they may see, and at the end whatever no heading names."""
    registered = {model._meta.label_lower: (model, desk) for model, desk in admin.site._registry.items()}
    named = {label for _heading, entries in _MENU for label, _icon in entries}
    others = tuple((label, "table") for label in sorted(registered) if label not in named)
    live = {"title": _("城市实况"), "icon": "monitoring", "link": reverse("pages:city")}
    first = [{"title": _("首页"), "icon": "home", "link": reverse("admin:index")}, live]
    if request.user.has_perm("parking.change_review"):
        first.append({"title": _("审核台"), "icon": "rule", "link": reverse("admin:parking_review_desk")})
    groups: list[dict[str, Any]] = [{"items": first}]
    for heading, entries in (*_MENU, (_("系统"), others)):
        items = []
        for label, icon in entries:
            model, desk = registered.get(label, (None, None))
            if model is not None and desk is not None and desk.has_view_permission(request):
                link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
                items.append({"title": str(model._meta.verbose_name_plural), "icon": icon, "link": link})
        if heading == _("收付款") and request.user.has_perm("payments.view_entry"):
            link = reverse("finance-waiting")
            items.insert(0, {"title": str(_("财务工作台")), "icon": "account_balance_wallet", "link": link})
        if heading == _("数据共享") and request.user.has_perm("parking.view_datacall"):
            link = reverse("exchange-numbers-page")
            items.insert(0, {"title": str(_("共享交换情况")), "icon": "hub", "link": link})
        if items:
            groups.append({"title": heading, "separator": True, "collapsible": False, "items": items})
    return groups


def icon(request: HttpRequest) -> str:
    """The tab's icon."""
    return static("icon.svg")


def stylesheet(request: HttpRequest) -> str:
    """What the desk's first page needs beside Unfold's own styles."""
    return static("desk.css")


# What waits for a person: model, the filter that finds it, the same filter as the list's address, its words.
_OPEN = ({"closed_at__isnull": True}, "closed_at__isempty=1")
_WAITING: tuple[tuple[str, dict[str, Any], str, Any], ...] = (
    ("parking.review", *_OPEN, _("待核实的订单")),
    ("parking.discrepancy", *_OPEN, _("待处理的差异")),
    ("parking.appeal", {"status__in": ["open", "waits"]}, "status__in=open,waits", _("待答复的申诉")),
    ("parking.vehicleproof", {"status": "waiting"}, "status__exact=waiting", _("待核验的车主")),
    ("parking.berthstate", {"set_aside_at__isnull": False}, "set_aside_at__isempty=0", _("搁置的泊位")),
    ("parking.picturealarm", {}, "", _("与入库时不一致的照片")),
    ("parking.sessionact", {"status": "requested"}, "status__exact=requested", _("待复核的订单处理")),
    ("payments.adjustment", {"status": "requested"}, "status__exact=requested", _("待复核的减免")),
    ("payments.invoice", {"status": "failed", "code_said": "AMOUNT"}, "status__exact=failed", _("金额不符的发票")),
    ("payments.invoice", {"status": "waiting_login"}, "status__exact=waiting_login", _("等待开票员登录的发票")),
    (
        "payments.invoice",
        {"status": "red_required", "code_said__startswith": "RED_"},
        "status__exact=red_required",
        _("红冲被拒的发票"),
    ),
    ("payments.issuerhealth", {"login_holds": False}, "", _("开票员登录失效")),
    ("parking.dataapplication", {"status": "applied"}, "status__exact=applied", _("待审批的数据共享申请")),
    ("sensors.workorder", *_OPEN, _("未关闭的维护工单")),
    ("parking.invariantbreak", {"gone_at__isnull": True}, "gone_at__isempty=1", _("恒定规则的不符")),
)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page: what waits for somebody, then the menu as cards."""
    registered = {model._meta.label_lower: (model, desk) for model, desk in admin.site._registry.items()}
    waiting = []
    for label, wanted, query, words in _WAITING:
        model, desk = registered.get(label, (None, None))
        if model is None or desk is None or not desk.has_view_permission(request):
            continue
        count = model._default_manager.filter(**wanted).count()
        link = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        waiting.append({"words": words, "count": count, "link": f"{link}?{query}"})
    # A template reads `.items` of a mapping as its method.
    sections = [{"title": group["title"], "entries": group["items"]} for group in menu(request)[1:]]
    return {**context, "waiting": waiting, "sections": sections}


def environment(request: HttpRequest) -> list[str] | None:
    """A mark at the top of every page of a demonstration."""
    return [gettext("演示"), "warning"]
