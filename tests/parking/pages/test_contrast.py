"""The stylesheet's colours can be read: WCAG 2.2, 1.4.3 for text and 1.4.11 for the rims of fields."""

import re

import pytest
from django.conf import settings

SHEET = (settings.BASE_DIR / "static" / "openberth.css").read_text(encoding="utf-8")
TEXT_ON = [
    *[(ink, ground) for ink in ("ink", "muted", "brand", "good", "warn", "bad") for ground in ("ground", "paper")],
    *[("ink", f"{tone}-soft") for tone in ("brand", "good", "warn", "bad")],
    *[(tone, f"{tone}-soft") for tone in ("brand", "good", "warn", "bad")],
    ("on-brand", "brand"),
    *[(f"scale-{step}", "paper") for step in range(1, 6)],
]
RIMS_ON = [("edge", "paper"), ("edge", "ground"), *[(f"scale-{step}", "ground") for step in range(1, 6)]]


def tokens(name: str) -> dict[str, str]:
    block = SHEET.split(f"/* tokens: {name} */")[1].split("}")[0]
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9A-F]{6});", block))


def luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_itself_gives_the_known_extremes():
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_schemes_name_the_same_colours(scheme):
    assert set(tokens(scheme)) == set(tokens("light"))
    assert {name for pair in [*TEXT_ON, *RIMS_ON] for name in pair} <= set(tokens(scheme))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_it_stands_on(scheme):
    colours = tokens(scheme)
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT_ON}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rims_and_lines_can_be_told_from_the_ground(scheme):
    colours = tokens(scheme)
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in RIMS_ON}
    assert {pair: round(ratio, 2) for pair, ratio in weak.items() if ratio < 3} == {}


def test_the_plates_can_be_read():
    plates = re.findall(r"\.plate\.(\w+) \{ background: ([^;]+); color: (#[0-9A-F]{6});", SHEET)
    drawn = {name: re.findall(r"#[0-9A-F]{6}", ground) for name, ground, _ink in plates}
    weak = [(name, ground) for name, _, ink in plates for ground in drawn[name] if contrast(ink, ground) < 4.5]
    assert len(plates) >= 6
    assert weak == []
