"""`.env.example` tells of every variable that is read."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_variable_the_settings_read_stands_in_the_example():
    source = "".join(file.read_text() for file in (ROOT / "config").glob("*.py"))
    read = set(re.findall(r"""env\.(?:text|flag|number|names|secret)\(\s*"([A-Z0-9_]+)\"""", source))
    told = set(re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert "SECRET_KEY" in read
    assert read - told == set()
