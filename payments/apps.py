from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.utils.translation import gettext_lazy as _

from payments.wire import adapters


class PaymentsConfig(AppConfig):
    name = "payments"
    verbose_name = _("支付")

    def ready(self) -> None:
        """Check the adapters that settings name."""
        checks.register(_adapters)


def _adapters(app_configs: object, **kwargs: object) -> list[checks.CheckMessage]:
    return [
        message
        for name, named in (
            ("PAYMENT_GATEWAYS", settings.PAYMENT_GATEWAYS),
            ("INVOICE_ISSUERS", settings.INVOICE_ISSUERS),
        )
        for message in adapters.problems(name, named, sandbox=settings.SANDBOX_URL, production=settings.PRODUCTION)
    ]
