"""The cursor of a data set: opaque to the caller, a position among its changes to us."""

import base64
import binascii

from django.utils.translation import gettext as _

from parking.api.errors import Refusal


def of(dataset: str, position: int) -> str:
    """The cursor after that position."""
    return base64.urlsafe_b64encode(f"{dataset}|{position}".encode()).decode().rstrip("=")


def read(dataset: str, value: str) -> int:
    """The position a cursor stands for; 0, the beginning, for an empty one. Raises Refusal for what we did not give."""
    if not value:
        return 0
    try:
        told = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).decode()
        name, _bar, position = told.partition("|")
        if name != dataset or not position.isascii() or not position.isdigit() or len(position) > 18:
            raise ValueError(told)
        return int(position)
    except (ValueError, binascii.Error) as error:
        raise Refusal("invalid", _("查询条件不正确。"), fields={"cursor": _("不是本数据集给出的游标")}) from error


def gone() -> Refusal:
    """The answer to a cursor that points beyond what there is."""
    return Refusal("cursor_gone", _("游标已失效，请不带游标从头读取。"), status=410)
