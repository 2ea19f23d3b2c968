"""The cameras' pictures: drawn, not taken. A berth, a car, its plate, the time; sent after the frame they belong to."""

import io
import time
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from sandbox.street.door import Door
from sandbox.street.faults import Frame

_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/System/Library/Fonts/PingFang.ttc",
)
_SIZE = (640, 360)
_BODIES = ("#7A8797", "#B8BEC7", "#2F3B4A", "#8A3B36", "#4D6A58", "#E4E2DC")
# Signaltone's numbers for a plate's colour: ground and signs.
_PLATES = {
    0: ("#9AA3AE", "white"),
    1: ("#1551B5", "white"),
    2: ("#E8B923", "black"),
    3: ("#16181B", "white"),
    4: ("#F4F4F2", "black"),
    5: ("#4FAF6B", "black"),
}


class Photos:
    """Draws and uploads two pictures for a video frame, at most one frame a second so that a demo stays light.

    Cars whose plate is in `always` are never passed over.
    """

    def __init__(
        self,
        door: Door,
        *,
        always: Collection[str] = (),
        gap_s: float = 1.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._door = door
        self._always = frozenset(always)
        self._gap_s = gap_s
        self._now = now
        self._free_at = float("-inf")

    def after(self, frame: Frame) -> int:
        """Send the pictures of a frame that was taken; how many."""
        body = frame.body
        if not isinstance(body, dict) or body.get("evt") not in ("evt.car.in", "evt.car.out"):
            return 0
        named: list[str] = body["picUrlArr"]
        if self._now() < self._free_at and body["plateNumber"] not in self._always:
            return 0
        self._free_at = self._now() + self._gap_s
        shots = ((named[0], "plate", plate(body)), (named[1], "", scene(body)))
        return sum(
            self._door.upload(
                frame.source, {"event_id": body["evtGuid"], "name": name} | ({"role": role} if role else {}), picture
            )
            for name, role, picture in shots
        )


def scene(body: dict[str, Any]) -> bytes:
    """The berth with its car, or empty after a departure, as a JPEG of some ten kilobytes."""
    picture = Image.new("RGB", _SIZE, "#565C63")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 640, 70), fill="#A3A89F")
    draw.rectangle((0, 70, 640, 80), fill="#C9CCC8")
    draw.line(((150, 340), (190, 110), (450, 110), (490, 340)), fill="white", width=5)
    if body["evt"] == "evt.car.in":
        _car(draw, body)
    _caption(draw, body)
    return _jpeg(picture)


def plate(body: dict[str, Any]) -> bytes:
    """The plate alone."""
    picture = Image.new("RGB", (320, 110), "#23272C")
    _plate(ImageDraw.Draw(picture), body, (12, 12, 308, 98), 52)
    return _jpeg(picture)


def _car(draw: ImageDraw.ImageDraw, body: dict[str, Any]) -> None:
    paint = _BODIES[sum(map(ord, body["plateNumber"])) % len(_BODIES)]
    draw.rounded_rectangle((195, 120, 445, 320), radius=34, fill=paint, outline="#15181C", width=3)
    draw.polygon(((225, 190), (245, 140), (395, 140), (415, 190)), fill="#9FB4C4")
    draw.rectangle((205, 300, 245, 330), fill="#111")
    draw.rectangle((395, 300, 435, 330), fill="#111")
    for left in (208, 392):
        draw.ellipse((left, 225, left + 40, 255), fill="#F3E9B9")
    _plate(draw, body, (252, 262, 388, 302), 25)


def _plate(draw: ImageDraw.ImageDraw, body: dict[str, Any], box: tuple[int, int, int, int], size: int) -> None:
    number = body["plateNumber"]
    if not number:
        return
    ground, signs = _PLATES.get(body["plateColor"], _PLATES[0])
    draw.rounded_rectangle(box, radius=6, fill=ground, outline=signs, width=2)
    middle = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
    draw.text(middle, f"{number[:2]}·{number[2:]}", fill=signs, font=_font(size), anchor="mm")


def _caption(draw: ImageDraw.ImageDraw, body: dict[str, Any]) -> None:
    draw.rectangle((0, 332, 640, 360), fill="black")
    text = f"{body['berthCode']}  {body['happenTime']}  {body['deviceSn']}  DEMO DRAWING 演示绘图"
    draw.text((10, 346), text, fill="white", font=_font(16), anchor="lm")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font with Chinese signs where the machine has one; Pillow's own (without them) otherwise."""
    for path in _FONTS:
        if Path(path).exists():
            return ImageFont.truetype(path, size)
    return ImageFont.load_default(size)


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=70)
    return written.getvalue()
