"""Where the next page begins: the moment and the id of the last row, opaque to the caller."""

import base64
import binascii
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from parking.api.errors import Refusal


def of(at: datetime, id_: int) -> str:
    """The cursor after that row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{id_}".encode()).decode()


def read(value: str) -> tuple[datetime, int] | None:
    """The row a cursor stands for; None for an empty one. Raises Refusal for what we did not give."""
    if not value:
        return None
    try:
        at, _bar, id_ = base64.urlsafe_b64decode(value.encode()).decode().partition("|")
        moment_ = datetime.fromisoformat(at)
        if moment_.tzinfo is None:
            raise ValueError(at)
        return moment_.astimezone(UTC), min(int(id_), 2**62)
    except (ValueError, OverflowError, binascii.Error) as error:
        raise Refusal("invalid", _("查询条件不正确。"), fields={"cursor": _("不是本接口给出的游标")}) from error
