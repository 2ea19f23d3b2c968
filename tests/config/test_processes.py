"""Each process of `make run` dies with its parent, and is told of by name when it dies alone."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from config import processes
from config.processes import Child

ROOT = Path(__file__).resolve().parent.parent.parent
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up'); time.sleep(60)"
WITH_OFFSPRING = "import os, time; print(os.fork() or 'child', flush=True); time.sleep(60)"


@pytest.fixture
def start(tmp_path):
    started = []

    def start_one(code):
        child = Child(f"number-{len(started)}", ["-c", code])
        child.start(tmp_path)
        started.append(child)
        return child

    yield start_one
    processes.stop(started, grace_s=0)


def test_one_that_ends_is_named_with_its_code_and_the_end_of_its_log(start):
    running, failing = start("import time; time.sleep(60)"), start("print('no such road'); raise SystemExit(3)")
    failing.process.wait(10)
    said = processes.ended([running, failing])
    assert "number-1 process ended with code 3" in said
    assert said.endswith("  no such road")


def test_one_that_was_killed_is_named_with_the_signal(start):
    child = start("import time; time.sleep(60)")
    child.process.kill()
    child.process.wait(10)
    assert "number-0 process was killed by SIGKILL" in processes.ended([child])


def test_nothing_is_told_while_all_run(start):
    assert processes.ended([start("import time; time.sleep(60)")]) == ""


def test_one_that_will_not_go_is_killed_after_the_grace(start):
    child = start(STUBBORN)
    _wait_for(lambda: child.log.read_text())
    processes.stop([child], grace_s=0.3)
    assert child.process.returncode == -9


def test_what_a_process_left_behind_is_killed_too(start):
    child = start(WITH_OFFSPRING)
    _wait_for(lambda: "child" in child.log.read_text() and len(child.log.read_text().split()) == 2)
    offspring = next(int(word) for word in child.log.read_text().split() if word != "child")
    child.process.kill()
    processes.stop([child], grace_s=1)
    _wait_for(lambda: not _runs(offspring))


def test_a_killed_parent_takes_its_processes_along(tmp_path):
    code = f"""
import time
from pathlib import Path
from config.processes import Child
child = Child("sleeper", ["-c", "import time; time.sleep(60)"])
child.start(Path({str(tmp_path)!r}))
print(child.process.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, text=True
    )
    sleeper = int(parent.stdout.readline())
    assert _runs(sleeper)
    parent.kill()
    parent.communicate()
    _wait_for(lambda: not _runs(sleeper))


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for(condition, within_s=10):
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
