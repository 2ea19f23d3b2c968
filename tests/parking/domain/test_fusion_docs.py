"""The page names tests as proof: each must exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_test_the_page_names_exists():
    named = set(re.findall(r"\btest_\w+(?!\w|\.py|\*)", (ROOT / "docs" / "fusion.md").read_text(encoding="utf-8")))
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "parking").rglob("test_*.py"))
    modules = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    missing = {name for name in named - modules if f"def {name}(" not in written and name != "test_fusion_"}
    assert len(named) > 20
    assert not missing
