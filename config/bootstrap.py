"""From a bare machine to a virtual environment with everything in it: run by make with the system's Python.

Only the standard library is imported and nothing of ours: neither Django nor this package can be there yet.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
# What apt was asked for in vain is not asked for again at each start.
APT_REST_S = 24 * 3600

# Debian package, what it is for, files one of which shows that it is there.
FOR_RUNNING: list[tuple[str, str, Sequence[str]]] = [
    ("libpango-1.0-0", "PDF receipts", ("usr/lib*/libpango-1.0.so.0", "usr/lib/*/libpango-1.0.so.0")),
    ("libpangoft2-1.0-0", "PDF receipts", ("usr/lib*/libpangoft2-1.0.so.0", "usr/lib/*/libpangoft2-1.0.so.0")),
    ("libharfbuzz-subset0", "PDF receipts", ("usr/lib*/libharfbuzz-subset.so.0", "usr/lib/*/libharfbuzz-subset.so.0")),
    ("fonts-noto-cjk", "Chinese in PDF", ("usr/share/fonts/*/*/NotoSansCJK-Regular.ttc", "usr/share/fonts/*cjk*")),
]
FOR_TESTS: list[tuple[str, str, Sequence[str]]] = [
    ("chromium", "browser tests", ("usr/bin/chromium",)),
    ("mosquitto", "MQTT tests", ("usr/sbin/mosquitto", "usr/bin/mosquitto", "usr/local/sbin/mosquitto")),
]


def main(arguments: Sequence[str]) -> int:
    """Bring the virtual environment up to date. Gives the exit code; `--tests` adds what only the tests need."""
    tests = "--tests" in arguments
    # Two makes at once would install into each other's feet.
    with (ROOT / "requirements.txt").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not _has_venv() and not _make_venv():
            return 1
        if not _install(tests):
            return 1
        _ask_apt(FOR_RUNNING + FOR_TESTS if tests else FOR_RUNNING)
        return _compile_catalogues()


def _has_venv() -> bool:
    if not Path(PYTHON).exists():
        return False
    check = [PYTHON, "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(check, capture_output=True, check=False).returncode == 0


def _make_venv() -> bool:
    print("Making the virtual environment .venv", flush=True)
    if _venv():
        return True
    # Debian keeps the half of venv that brings pip in a package of its own.
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    if _may_apt() and _apt_install([package]) and _venv():
        return True
    print(f"This Python can't make virtual environments: install {package} (or python3-venv), then run make again.")
    return False


def _venv() -> bool:
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    return made.returncode == 0 and _has_venv()


def _install(tests: bool) -> bool:
    running, testing = ROOT / "requirements.txt", ROOT / "requirements-dev.txt"
    stamp = VENV / "installed"
    run_print, test_print = _fingerprint(running), _fingerprint(running, testing)
    installed = stamp.read_text() if stamp.exists() else ""
    if installed in ((test_print,) if tests else (run_print, test_print)):
        return True
    wanted = testing if tests or installed.startswith("tests ") else running
    print(f"Installing {wanted.name} (a minute or two the first time)", flush=True)
    stamp.unlink(missing_ok=True)
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--requirement", str(wanted)]
    if subprocess.run(pip, check=False).returncode:
        print(f"pip could not install {wanted.name}; its reason stands above.")
        return False
    stamp.write_text(test_print if wanted == testing else run_print)
    return True


def _fingerprint(*files: Path) -> str:
    content = b"\0".join(file.read_bytes() for file in files)
    return ("tests " if len(files) > 1 else "") + hashlib.sha256(content).hexdigest()


def _ask_apt(wanted: Sequence[tuple[str, str, Sequence[str]]]) -> None:
    there = Path("/")
    missing = [(package, why) for package, why, signs in wanted if not any(any(there.glob(sign)) for sign in signs)]
    if not missing:
        return
    packages = [package for package, _ in missing]
    asked = VENV / "apt-asked"
    rested = not asked.exists() or time.time() - asked.stat().st_mtime > APT_REST_S
    if (rested or asked.read_text() != " ".join(packages)) and _may_apt():
        print(f"Installing {' '.join(packages)} with apt", flush=True)
        if _apt_install(packages):
            return
        asked.write_text(" ".join(packages))
    purposes = ", ".join(dict.fromkeys(why for _, why in missing))
    print(f"Not installed: {' '.join(packages)} (needed for: {purposes}); everything else runs.", flush=True)


def _may_apt() -> bool:
    if os.environ.get("OPENBERTH_NO_APT") or not Path("/etc/debian_version").exists() or not shutil.which("apt-get"):
        return False
    if os.geteuid() == 0:
        return True
    sudo = shutil.which("sudo")
    return sudo is not None and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0


def _apt_install(packages: list[str]) -> bool:
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = [*sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Acquire::Retries=2"]
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run([*apt, *command], capture_output=True, text=True, check=False)
        if done.returncode and command != ["update"]:
            print(f"apt-get {' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}")
            return False
    return True


def _compile_catalogues() -> int:
    return subprocess.run([PYTHON, "-m", "config.catalogues"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
