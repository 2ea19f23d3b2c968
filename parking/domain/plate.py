"""The grammar of Chinese number plates: one spelling per plate, what forms exist, and which signs readers confuse.

Forms after GA 36-2018 as far as it is publicly known; the confusable pairs are counts of two published recognisers over
1,000 labelled crops. Only I and O are ever corrected: the two letters are not issued, so a read I is a 1 and a read O
is a 0. Every other swap is a candidate for comparison with an open stay, never a replacement.
"""

import re
import unicodedata
from enum import StrEnum

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
NO_PLATE = frozenset(
    {"", "_无_", "无", "无牌", "无牌车", "未检测", "未识别", "UNKNOWN", "NOPLATE", "NONE", "NULL", "UNDEFINED"}
)
_LETTER = "[A-HJ-NP-Z]"
_SIGN = "[A-HJ-NP-Z0-9]"
_ENERGY = "[A-HJK]"
_PROVINCE = f"[{PROVINCES}]"


class PlateKind(StrEnum):
    """The forms a plate can have."""

    NORMAL = "normal"
    NEW_ENERGY_SMALL = "new_energy_small"
    NEW_ENERGY_LARGE = "new_energy_large"
    LEARNER = "learner"
    TRAILER = "trailer"
    POLICE = "police"
    POLICE_OLD = "police_old"
    HK_MACAO = "hk_macao"
    CONSULATE = "consulate"
    EMBASSY = "embassy"
    ARMED_POLICE = "armed_police"
    MILITARY = "military"
    EMERGENCY = "emergency"
    CIVIL_AVIATION = "civil_aviation"
    TEMPORARY = "temporary"


_FORMS: tuple[tuple[PlateKind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (PlateKind.NORMAL, f"{_PROVINCE}{_LETTER}{_SIGN}{{5}}"),
        (PlateKind.NEW_ENERGY_SMALL, f"{_PROVINCE}{_LETTER}{_ENERGY}{_SIGN}[0-9]{{4}}"),
        (PlateKind.NEW_ENERGY_LARGE, f"{_PROVINCE}{_LETTER}[0-9]{{5}}{_ENERGY}"),
        (PlateKind.HK_MACAO, f"粤Z{_SIGN}{{4}}[港澳]"),
        (PlateKind.LEARNER, f"{_PROVINCE}{_LETTER}{_SIGN}{{4}}学"),
        (PlateKind.TRAILER, f"{_PROVINCE}{_LETTER}{_SIGN}{{4}}挂"),
        (PlateKind.POLICE, f"{_PROVINCE}{_LETTER}{_SIGN}{{4}}警"),
        (PlateKind.POLICE_OLD, f"{_PROVINCE}O{_SIGN}{{5}}"),
        (PlateKind.CONSULATE, f"{_PROVINCE}{_LETTER}{_SIGN}{{4}}领"),
        (PlateKind.EMBASSY, "使[0-9]{6}|[0-9]{6}使"),
        (PlateKind.ARMED_POLICE, f"WJ[A-Z]?{_PROVINCE}?[0-9]{{4}}[0-9A-HJ-NP-Z]"),
        (PlateKind.MILITARY, "[QVKHBSLJNGCEZ][A-HJ-NP-Y][0-9A-HJ-NP-Z]{5}"),
        (PlateKind.EMERGENCY, f"{_PROVINCE}[XSZ][0-9]{{4}}应急"),
        (PlateKind.CIVIL_AVIATION, "民航[A-Z0-9]{4,5}"),
        (PlateKind.TEMPORARY, f"临[A-Z0-9{PROVINCES}]{{6}}"),
    )
)

COLORS: dict[PlateKind, tuple[str, ...]] = {
    PlateKind.NORMAL: ("blue", "yellow", "black"),
    PlateKind.NEW_ENERGY_SMALL: ("green",),
    PlateKind.NEW_ENERGY_LARGE: ("yellow_green", "green"),
    PlateKind.LEARNER: ("yellow",),
    PlateKind.TRAILER: ("yellow",),
    PlateKind.POLICE: ("white",),
    PlateKind.POLICE_OLD: ("white",),
    PlateKind.HK_MACAO: ("black",),
    PlateKind.CONSULATE: ("black",),
    PlateKind.EMBASSY: ("black",),
    PlateKind.ARMED_POLICE: ("white",),
    PlateKind.MILITARY: ("white",),
    PlateKind.EMERGENCY: ("white",),
    PlateKind.CIVIL_AVIATION: ("green",),
    PlateKind.TEMPORARY: (),
}
"""The plate colours each form is issued in, the usual one first; empty where it is paper."""

CONFUSABLE: dict[str, int] = {
    "0D": 8, "13": 6, "AW": 5, "3S": 5, "8S": 3, "28": 3, "0Q": 3, "AL": 3, "4A": 2, "58": 2, "8G": 2, "1A": 2,
    "6S": 2, "68": 2, "6C": 2, "HW": 2, "0U": 2, "8R": 2, "8P": 2, "29": 2, "8B": 2, "17": 2, "2Z": 1, "0C": 1,
    "SU": 1, "0J": 1, "5S": 1, "48": 1, "4Q": 1, "19": 1, "AC": 1, "18": 1, "03": 1, "2X": 1, "MR": 1,
    "38": 1, "0Z": 1, "6E": 1, "7Z": 1,
}  # fmt: skip
"""Undirected pairs of signs that readers swapped, with how often in 2,000 reads."""

_SWAPS: dict[str, tuple[tuple[str, int], ...]] = {
    sign: tuple(
        sorted(
            ((pair.replace(sign, "", 1), count) for pair, count in CONFUSABLE.items() if sign in pair),
            key=lambda swap: (-swap[1], swap[0]),
        )
    )
    for sign in sorted(set("".join(CONFUSABLE)))
}
_COMMON = re.compile(f"{_PROVINCE}{_LETTER}(?:{_SIGN}{{5}}|{_ENERGY}{_SIGN}[0-9]{{4}}|[0-9]{{5}}{_ENERGY})").fullmatch
_NOT_ISSUED = str.maketrans("IO", "10")
_BETWEEN = re.compile("[\\s.\\-·•‧∙⋅・｡。․\u200b-\u200f\u2060\ufeff]")
_ODD = re.compile("[^0-9A-Z\u4e00-\u9fff]")


def kind(plate: str) -> PlateKind | None:
    """The form of a normalised plate, None when it has none that is issued."""
    for name, pattern in _FORMS:
        if pattern.fullmatch(plate):
            return name
    return None


def valid(plate: str) -> bool:
    """Whether a normalised plate has a form that is issued."""
    return _COMMON(plate) is not None or kind(plate) is not None


def normalise(text: str) -> str:
    """The one spelling of a plate: upper case, half width, without dots and blanks; "" for a vendor's "no plate" mark.

    I and O are read as 1 and 0 where that makes an issued form. Of several plates of one car joined by "|" the
    first issued one is taken. A text that is no plate comes back tidied, for the caller to judge with `valid`; a sign
    that can stand on no plate, such as a reader's mark for one it can't read, becomes "?".
    """
    if _COMMON(text):
        return text
    if "|" in text or "｜" in text:
        parts = [normalise(part) for part in text.replace("｜", "|").split("|")]
        return next((part for part in parts if valid(part)), parts[0])
    wide = unicodedata.normalize("NFKC", text).upper()
    if wide.strip() in NO_PLATE:
        return ""
    # A masked or unreadable sign stays a sign: dropping it could make another car's plate.
    plate = _ODD.sub("?", _BETWEEN.sub("", wide))
    if plate in NO_PLATE or valid(plate):
        return "" if plate in NO_PLATE else plate
    corrected = plate[:2] + plate[2:].translate(_NOT_ISSUED)
    return corrected if valid(corrected) else plate


def candidates(plate: str) -> tuple[str, ...]:
    """The issued plates that a reader may have meant, likeliest first: one confusable sign swapped, or one gained.

    For comparison with the plates of open stays only; none of them may replace the plate that was read.
    """
    found: dict[str, int] = {}
    for place, sign in enumerate(plate):
        if place == 0:
            continue
        for other, count in _SWAPS.get(sign, ()):
            swapped = plate[:place] + other + plate[place + 1 :]
            if valid(swapped):
                found[swapped] = max(count, found.get(swapped, 0))
    if len(plate) == 8:
        for place in range(2, 8):
            shorter = plate[:place] + plate[place + 1 :]
            if kind(shorter) is PlateKind.NORMAL:
                found.setdefault(shorter, 0)
    found.pop(plate, None)
    return tuple(sorted(found, key=lambda other: (-found[other], other)))


def usual_color(plate: str) -> str:
    """The colour that plates of this form usually have, "unknown" when the form tells none."""
    kind_ = kind(plate)
    usual = COLORS.get(kind_, ()) if kind_ else ()
    return usual[0] if usual else "unknown"
