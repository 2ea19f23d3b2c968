"""The operators' desk: how Unfold looks. Read by the settings, so nothing here may need a model."""

from typing import Any

from django.utils.translation import gettext_lazy as _

_BRAND = {
    "50": "oklch(97% .014 258)",
    "100": "oklch(93.5% .03 258)",
    "200": "oklch(88% .06 258)",
    "300": "oklch(80% .1 258)",
    "400": "oklch(70% .15 258)",
    "500": "oklch(60% .19 259)",
    "600": "oklch(50.5% .2 260)",
    "700": "oklch(45% .18 260)",
    "800": "oklch(39% .15 261)",
    "900": "oklch(34% .12 261)",
    "950": "oklch(26% .09 262)",
}


def unfold(*, demo: bool) -> dict[str, Any]:
    """Unfold's settings."""
    return {
        "SITE_TITLE": _("咸宁停车工作台"),
        "SITE_HEADER": _("咸宁停车工作台"),
        "SITE_URL": "/",
        "SITE_SYMBOL": "local_parking",
        "SITE_FAVICONS": [
            {"rel": "icon", "type": "image/svg+xml", "href": "config.desk.menu.icon"},
        ],
        "STYLES": ["config.desk.menu.stylesheet"],
        "SHOW_LANGUAGES": True,
        "SHOW_BACK_BUTTON": True,
        "COLORS": {"primary": _BRAND},
        "BORDER_RADIUS": "8px",
        "ENVIRONMENT": "config.desk.menu.environment" if demo else None,
        "DASHBOARD_CALLBACK": "config.desk.menu.dashboard",
        "SIDEBAR": {"show_search": True, "show_all_applications": False, "navigation": "config.desk.menu.menu"},
    }
