"""Melbourne's real stays through the real door, folded by a process of their own, while a measurement lasts."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import ground


@contextmanager
def going(url: str, *, rate: float) -> Iterator[None]:
    """`manage.py replay` against that server, so many events a second, and a folder, both until the block ends."""
    from django.core.management import call_command

    from tests.data.melbourne import network

    with TemporaryDirectory() as folder:
        roads, stays = Path(folder, "network.csv"), Path(folder, "stays.csv")
        network.write_network(roads)
        network.write_stays(stays, plates=True)
        call_command("load_network", str(roads), stdout=io.StringIO(), stderr=io.StringIO())
        replay = [sys.executable, "manage.py", "replay", str(stays), "--url", url, "--rate", str(rate), "--batch", "50"]
        commands = (replay, [sys.executable, "-m", "bench.replaying"])
        running = [
            subprocess.Popen(
                command, cwd=ground.ROOT, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for command in commands
        ]
        try:
            yield
            if running[0].poll() not in (None, 0):
                raise RuntimeError("the replay broke off")
        finally:
            for process in running:
                process.terminate()
                process.wait()


def fold() -> None:
    """What the worker does each second, for ever."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.utils import timezone

    from parking import pulse, sessions
    from parking.figures import rolling

    while True:
        now = timezone.now()
        pulse.beat(now=now)
        sessions.reconcile_due(now=now)
        rolling.sweep(now=now, batches=1)
        time.sleep(1)


if __name__ == "__main__":
    fold()
