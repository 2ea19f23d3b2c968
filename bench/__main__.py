"""`make bench`: one table, and the same as one flat object in bench/latest.json."""

import json
import sys
from pathlib import Path

from bench import codecs, fusion, ground, tariffs

LATEST = Path(__file__).parent / "latest.json"


def main() -> int:
    """Measure everything once; ratios are taken within this one run."""
    ground.prepare()
    from bench import ingest, roads, trials

    key = ground.build()
    figures: dict[str, float] = {}
    with ground.web() as url:
        figures |= ingest.measure(key=key, url=url)
    for part in (fusion, tariffs, codecs):
        figures |= part.measure()
    figures |= trials.measure()
    figures |= roads.measure()
    width = max(map(len, figures))
    for name, figure in figures.items():
        print(f"{name:<{width}}  {figure:>14,.3f}".rstrip("0").rstrip("."))
    LATEST.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
