"""How much a room's tests notice: `python -m bench.mutants --room fold --sample 60 --seed 7`.

Draws so many small slips (`bench.mutation`) from the room with the seed, puts each into a copy of the tree and runs
the room's own pure tests until one fails. What survives is printed with its place; the last line is the share killed
with its 95 % interval (Wilson). A run that computes longer than the limit counts as killed: the slip made an endless
loop. The limit is processor time, so that a busy machine kills nothing.
"""

import argparse
import importlib
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bench.mutation import Place, mutated, places

ROOT = Path(__file__).parents[1]
# The room's files, and its tests in the order in which they are likeliest to notice something soon: what a stage
# notices, the next need not collect.
_ENGINE = "account bands concessions days engine fee lines meter plan program reach reductions rise rules stay vehicles"
_PRICES = ["lines price c* days limits re* versions", "rise library docs p[ai]* oracle prop*"]
ROOMS: dict[str, tuple[list[str], list[list[str]]]] = {
    "fold": (
        [f"parking/domain/{name}.py" for name in ("fusion*", "story", "settling", "identity")],
        [
            [
                f"tests/parking/domain/test_{name}.py"
                for name in ("fusion_[!p]*", "fusion_p*", "story", "settling", "identity", "invariants")
            ]
        ],
    ),
    "tariff": (
        [f"parking/domain/tariff/{name}.py" for name in _ENGINE.split()],
        [[f"tests/parking/domain/test_tariff_{name}.py" for name in stage.split()] for stage in _PRICES],
    ),
}
LIMIT_S = 240
_QUIET = ["-x", "-q", "--noconftest", "-c", os.devnull, "--tb=line", "-W", "ignore"]
_WITHOUT = ["django", "randomly", "cacheprovider", "xdist", "rerunfailures", "socket", "cov", "timeout"]


def main() -> int:
    """Print what survived and the score; 1 if the tests fail without any slip."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--room", choices=sorted(ROOMS), required=True)
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="numbers of the sample to run again, as 3,17")
    options = parser.parse_args()
    for slow in ("hypothesis.strategies", "jsonschema", "chinese_calendar"):
        importlib.import_module(slow)
    files, tests = ROOMS[options.room]
    sources = {file: file.read_text() for pattern in files for file in sorted(ROOT.glob(pattern))}
    pool = [(file, place) for file, source in sources.items() for place in places(source)]
    picks = random.Random(options.seed).sample(pool, min(options.sample, len(pool)))
    only = {int(each) for each in options.only.split(",") if each}
    print(f"{options.room}: {len(pool)} slips in {len(sources)} files, {len(picks)} drawn with seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        _copy(tree)
        chosen = [
            [str(path.relative_to(tree)) for pattern in stage for path in sorted(tree.glob(pattern))] for stage in tests
        ]
        if not all(_passes(tree, stage) for stage in chosen):
            print("the tests fail before any slip")
            return 1
        killed = tried = 0
        for number, (file, place) in enumerate(picks, 1):
            if only and number not in only:
                continue
            tried += 1
            killed += _noticed(tree, chosen, file.relative_to(ROOT), sources[file], place, number)
    low, high = _interval(killed, tried)
    print(f"killed {killed} of {tried}: {killed / tried:.1%} (95 %: {low:.1%} to {high:.1%})")
    return 0


def _copy(tree: Path) -> None:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if name.endswith((".py", ".json", ".jsonl", ".md", ".csv")) and (ROOT / name).exists():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)


def _noticed(tree: Path, tests: list[list[str]], name: Path, source: str, place: Place, number: int) -> bool:
    text, told = mutated(source, place)
    (tree / name).write_text(text)
    try:
        noticed = not all(_passes(tree, stage) for stage in tests)
    finally:
        (tree / name).write_text(source)
    print(f"{number:>4} {'killed  ' if noticed else 'SURVIVED'} {name.name}:{told}", flush=True)
    return noticed


def _passes(tree: Path, tests: list[str]) -> bool:
    """Whether the tests pass in `tree`: in a child that has the slow imports already."""
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        os.chdir(tree)
        os.environ.setdefault("OPENBERTH_EXAMPLES", "60")
        sys.dont_write_bytecode = True
        sys.path[:] = [str(tree), *(path for path in sys.path if Path(path or ".").resolve() != ROOT)]
        for module in [name for name in sys.modules if name.partition(".")[0] in {"bench", "parking", "tests"}]:
            del sys.modules[module]
        without = [word for plugin in _WITHOUT for word in ("-p", f"no:{plugin}")]
        os._exit(int(pytest.main([*tests, *_QUIET, "--rootdir", str(tree), *without])))
    return os.waitpid(child, 0)[1] == 0


def _interval(hits: int, of: int) -> tuple[float, float]:
    share, z = hits / of, 1.96
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


if __name__ == "__main__":
    sys.exit(main())
