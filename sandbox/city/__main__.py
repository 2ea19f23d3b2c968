"""`python -m sandbox.city FILE`: write the demo city as compressed GeoJSON, byte for byte the same each time."""

import gzip
import json
import sys
from pathlib import Path

from sandbox.city.plan import city


def main() -> None:
    """Write the file named on the command line."""
    text = json.dumps(city(), ensure_ascii=False, separators=(",", ":"))
    # mtime=0: the same city gives the same bytes.
    Path(sys.argv[1]).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


main()
