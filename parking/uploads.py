"""Pictures that people send, with sentences for those that can't be taken."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any, Final

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from parking import imaging

MOST_BYTES: Final = 10 * 1024 * 1024
_TOO_LARGE: Final = _("图片超过 10 MB 或像素太多，请换一张手机直接拍的照片。")
_WORDS: Final[Mapping[str, StrPromise]] = {
    "empty": _("图片是空的，请重新选择。"),
    "not_a_picture": _("这不是能识别的图片。请用 JPG、PNG 或 WebP 格式。"),
    "too_large": _TOO_LARGE,
    "too_many_pixels": _TOO_LARGE,
}
_DAMAGED: Final = _("图片不完整或已损坏，请重新拍一张。")


class Unusable(ValueError):
    """A file that can't be taken: a stable code and a sentence for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG of ours: no metadata, the longer side at most 1600 pixels."""

    content: bytes
    sha256: str


def picture(file: IO[Any]) -> Picture:
    """The picture in a file that somebody sent. Raises Unusable."""
    body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Unusable("too_large", str(_TOO_LARGE))
    try:
        content = imaging.copies(body).large
    except imaging.Refused as error:
        code = "too_large" if error.code == "too_many_pixels" else error.code
        raise Unusable(code, str(_WORDS.get(error.code, _DAMAGED))) from error
    return Picture(content, hashlib.sha256(content).hexdigest())
