"""Reading what a handheld or a vehicle sends, field by field; a wrong one is named and stops nobody else's."""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS

ID_SIZE = 64
PICTURES = 8
FUTURE = timedelta(minutes=10)
OLDEST = timedelta(days=7)


class Wrong(ValueError):
    """An item that can't be taken: `code` for programs, the field, and the reason in the reader's language."""

    def __init__(self, code: str, message: str, field: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Where:
    """A position in WGS-84 degrees and the radius in metres that holds it two times in three."""

    longitude: float
    latitude: float
    accuracy_m: float | None


class Item:
    """One thing that was sent, read field by field. Raises Wrong that names the field."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, Mapping):
            raise Wrong("bad_type", _("应为一个对象"), "")
        self._data: Mapping[str, Any] = data
        self.client_id = self.text("client_id", limit=ID_SIZE, needed=True)

    @property
    def digest(self) -> str:
        """SHA-256 of all but the pictures, which have digests of their own."""
        said = {name: value for name, value in self._data.items() if name != "pictures"}
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()

    def text(self, name: str, *, limit: int, needed: bool = False) -> str:
        """A text without control characters, "" when absent."""
        value = self._data.get(name)
        if value is None or value == "":
            if needed:
                raise Wrong("missing", _("缺少这一项"), name)
            return ""
        if not isinstance(value, str):
            raise Wrong("bad_type", _("应为文字"), name)
        found = value.strip()
        if len(found) > limit:
            raise Wrong("too_long", _("最多 %d 个字") % limit, name)
        if any(sign < " " or 0xD800 <= ord(sign) <= 0xDFFF or sign == "\x7f" for sign in found):
            raise Wrong("bad_text", _("含有不可用的字符"), name)
        return found

    def choice(self, name: str, among: Sequence[str], *, default: str = "") -> str:
        """One of a few words."""
        found = self.text(name, limit=32) or default
        if found not in among:
            raise Wrong("bad_value", _("应为其中之一:%s") % ", ".join(among), name)
        return found

    def flag(self, name: str) -> bool:
        """Yes or no; absent is no."""
        value = self._data.get(name, False)
        if not isinstance(value, bool):
            raise Wrong("bad_type", _("应为 true 或 false"), name)
        return value

    def number(self, name: str, *, least: float, most: float) -> float | None:
        """A number within its limits; None when absent."""
        value = self._data.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise Wrong("bad_type", _("应为数字"), name)
        if not least <= value <= most:
            raise Wrong("out_of_range", _("应在 %(least)g 到 %(most)g 之间") % {"least": least, "most": most}, name)
        return float(value)

    def moment(self, name: str, *, now: datetime) -> datetime:
        """When it was seen: RFC 3339, neither in the future nor a week old."""
        written = self.text(name, limit=40, needed=True)
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            raise Wrong("bad_time", _("应为带时区的 RFC 3339 时间"), name)
        if at > now + FUTURE:
            raise Wrong("implausible_clock", _("时间在未来，请校准终端时钟"), name)
        if at < now - OLDEST:
            raise Wrong("implausible_clock", _("超过 7 天，不再接收"), name)
        return at

    def where(self) -> Where | None:
        """Where it was made; both of longitude and latitude, or neither."""
        longitude = self.number("longitude", least=-180, most=180)
        latitude = self.number("latitude", least=-90, most=90)
        if (longitude is None) != (latitude is None):
            raise Wrong("missing", _("经度和纬度要么都有，要么都没有"), "latitude" if latitude is None else "longitude")
        if longitude is None or latitude is None:
            return None
        return Where(longitude, latitude, self.number("accuracy_m", least=0, most=100_000))

    def plate(self, *, needed: bool = False) -> str:
        """A plate that can be one, "" for none."""
        found = plates.normalise(self.text("plate", limit=32, needed=needed))
        if found and not plates.valid(found):
            raise Wrong("bad_plate", _("请填写正确的号牌号码，例如 鄂L12345。"), "plate")
        return found

    def color(self) -> str:
        """The plate's colour."""
        return self.choice("plate_color", PLATE_COLORS, default="unknown")

    def pictures(self) -> list[bytes]:
        """The pictures sent along in base64, each `{"data": ...}`."""
        listed = self._data.get("pictures") or []
        if not isinstance(listed, list) or len(listed) > PICTURES:
            raise Wrong("bad_type", _("应为最多 %d 张照片的列表") % PICTURES, "pictures")
        found = []
        for each in listed:
            data = each.get("data") if isinstance(each, Mapping) else None
            try:
                found.append(base64.b64decode(data, validate=True))  # type: ignore[arg-type]
            except (binascii.Error, ValueError, TypeError):
                raise Wrong("bad_value", _("照片不是 base64 数据"), "pictures") from None
        return found
