"""The provider of development: says in the log that a message would have gone out, and to nobody's number."""

import logging
import secrets

from payments.domain import masking
from payments.messengers.base import Delivery, Sent, Sms

log = logging.getLogger(__name__)


class ConsoleSms:
    """Sends nothing anywhere. The log holds the masked number and the template, never the content."""

    code = "console"

    def send(self, sms: Sms) -> Delivery:
        """Take the message."""
        reference = secrets.token_hex(8)
        log.info("SMS %s to %s after template %s", reference, masking.phone(sms.to), sms.template)
        return Sent(reference=reference)
