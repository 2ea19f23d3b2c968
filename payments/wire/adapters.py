"""Adapters named in settings, in the shape of Django's STORAGES: checked at start, so that none fails at night."""

from collections.abc import Mapping
from typing import Any

from django.core import checks
from django.utils.module_loading import import_string


def problems(
    setting: str, adapters: Mapping[str, Mapping[str, Any]], *, sandbox: str, production: bool
) -> list[checks.CheckMessage]:
    """What is wrong with the adapters of a setting; `sandbox` is the address that must not take real money.

    Nothing is sent anywhere, and no option's value is told: some are keys.
    """
    found: list[checks.CheckMessage] = []
    if not adapters:
        found.append(checks.Warning(f"{setting} names nobody: nothing can be paid or issued by it", id="payments.W001"))
    for code, adapter in adapters.items():
        name = f'{setting}["{code}"]'
        try:
            backend = import_string(adapter["BACKEND"])
        except (KeyError, ImportError) as error:
            found.append(checks.Error(f"{name}: no BACKEND can be imported ({error})", id="payments.E001"))
            continue
        try:
            backend(code=code, **adapter.get("OPTIONS", {}))
        except (TypeError, ValueError) as error:
            # A TypeError names the option, never its value.
            reason = str(error) if isinstance(error, TypeError) else type(error).__name__
            found.append(checks.Error(f"{name}: its OPTIONS don't fit: {reason}", id="payments.E002"))
        if production and any(str(value).startswith(sandbox) for value in adapter.get("OPTIONS", {}).values()):
            found.append(
                checks.Error(
                    f"{name}: production would take its money from the sandbox",
                    hint="Give the gateway's own credentials in the environment (see .env.example).",
                    id="payments.E003",
                )
            )
    return found
