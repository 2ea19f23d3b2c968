"""What each role may do at the desk: Django's permissions on its group, from one literal table."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission

from parking.tokens import ROLES

_KERB = ("zone", "road", "policychange", "roadnotice", "berth", "berthstate", "staleberth")
_STORY = (
    "eventrecord",
    "parkingsession",
    "sessionact",
    "review",
    "discrepancy",
    "picture",
    "picturealarm",
    "appeal",
    "invariantcheck",
    "invariantbreak",
)
_DEVICES = ("source", "device", "devicestate", "installation", "frame", "workorder")
_PRICES = ("tariffversion", "calendarday", "calendaryear", "whatifrun")
_RIGHTS = ("permitproduct", "permit", "permitplate", "exemption", "campaign", "coupon")
_EXCHANGE = ("department", "dataapplication", "datagrant", "datakey", "datacall", "datasubscription")
_PATROL = ("shift", "patrolcheck", "noticeslip", "streetreport", "watchedplate")


def _view(*models: str) -> set[str]:
    return {f"view_{model}" for model in models}


# "payments.*" stands for looking at everything in the payments room, "*" for looking at everything in the house.
DESK: dict[str, set[str]] = {
    "operator": {
        *_view(*_KERB, *_STORY, *_DEVICES, *_PRICES, *_RIGHTS, *_PATROL),
        "add_permit",
        "add_exemption",
        "change_exemption",
        "add_watchedplate",
        "change_watchedplate",
        "change_streetreport",
        "change_road",
        "add_roadnotice",
        "change_roadnotice",
        "change_berth",
        "change_review",
        "settle_parkingsession",
        "correct_parkingsession",
        "change_sessionact",
        "add_device",
        "change_appeal",
        "view_vehicleproof",
        "change_vehicleproof",
        "change_discrepancy",
        "change_berthstate",
        "change_device",
        "change_workorder",
        "add_installation",
        "change_installation",
        "payments.*",
    },
    "reviewer": {*_view("berth", "road", *_STORY), "change_review"},
    "finance": {
        *_view("road", "parkingsession", "sessionact"),
        "settle_parkingsession",
        "change_sessionact",
        "payments.*",
        "change_refund",
        "change_adjustment",
        "change_statement",
        "change_difference",
        "change_invoice",
        "add_seller",
        "change_seller",
        "add_regime",
        "change_regime",
        "delete_regime",
        "add_taxrule",
        "change_taxrule",
        "delete_taxrule",
    },
    "manager": {
        *_view("reportrecipient", "reportsent", *_EXCHANGE),
        "add_reportrecipient",
        "change_reportrecipient",
        "delete_reportrecipient",
        *_view(*_KERB, *_STORY, *_DEVICES, *_PRICES, *_RIGHTS),
        *_view(*_KERB, *_STORY, *_DEVICES, *_PRICES, *_RIGHTS, *_PATROL),
        "add_permitproduct",
        "change_permitproduct",
        "add_permit",
        "add_exemption",
        "change_exemption",
        "add_campaign",
        "change_campaign",
        "add_whatifrun",
        "add_calendaryear",
        "change_calendaryear",
        "view_sourcekey",
        "add_source",
        "change_source",
        "add_watchedplate",
        "change_watchedplate",
        "change_streetreport",
        "change_road",
        "add_roadnotice",
        "change_roadnotice",
        "change_review",
        "settle_parkingsession",
        "correct_parkingsession",
        "change_sessionact",
        "change_appeal",
        "view_vehicleproof",
        "change_vehicleproof",
        "change_discrepancy",
        "change_berthstate",
        "add_tariffversion",
        "change_tariffversion",
        "change_calendarday",
        "add_calendarday",
        "payments.*",
        "change_refund",
        "change_adjustment",
        "change_difference",
        "change_authority",
        "add_urgerule",
    },
    "service": {
        *_view("berth", "road", "zone", *_STORY, "vehicle", "vehicleproof", *_PRICES),
        "change_appeal",
        "change_vehicleproof",
        "payments.*",
        "settle_parkingsession",
        "correct_parkingsession",
    },
    "maintenance": {
        *_view(*_KERB, *_DEVICES, "eventrecord"),
        "change_device",
        "add_installation",
        "change_installation",
    },
    # Who may come in, how they prove it, and who looks at what was done: three people.
    "user_admin": {
        *_view("user", "group", "rolegrant", "road"),
        "add_user",
        "change_user",
        "add_rolegrant",
        "change_rolegrant",
    },
    "security_admin": {
        *_view("accessattempt", "totpdevice", "apitoken", "sourcekey", "source", "user"),
        "delete_accessattempt",
        "delete_totpdevice",
        "change_sourcekey",
    },
    # Data leaves the house by two people: one enters what a department asks and hands over its key, one decides.
    "data_steward": {
        *_view(*_EXCHANGE),
        "add_department",
        "change_department",
        "add_dataapplication",
        "add_datakey",
        "change_datagrant",
    },
    "data_officer": {*_view(*_EXCHANGE), "decide_dataapplication", "change_datagrant"},
    "auditor": {"*"},
}
ROOMS = ("parking", "sensors", "payments", "auth", "axes", "otp_totp")


def grant() -> None:
    """Give each role's group exactly the permissions of the table; groups that are missing are made."""
    known = list(Permission.objects.filter(content_type__app_label__in=ROOMS).select_related("content_type"))
    for name in ROLES:
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(_chosen(known, DESK.get(name, set())))


def _chosen(known: Iterable[Permission], names: set[str]) -> list[Permission]:
    looks_at_money = "payments.*" in names
    return [
        permission
        for permission in known
        if permission.codename in names
        or (looks_at_money and permission.content_type.app_label == "payments" and permission.codename[:5] == "view_")
        or ("*" in names and permission.codename[:5] == "view_")
    ]
