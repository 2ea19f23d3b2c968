"""Several processes share one PostgreSQL and one Valkey of ours; whatever is killed, the next start works."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent.parent
USE = """
import json, os, sys
from config import embedded
urls = {"postgres": embedded.postgres_url(), "valkey": embedded.valkey_url()}
print(json.dumps(urls | {"pids": embedded.pids()}), flush=True)
if "fork" in sys.argv and os.fork() == 0:
    sys.exit()
sys.stdin.read()
"""


class User:
    """A process that uses the servers until it is told to leave or is killed."""

    def __init__(self, home, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, "-c", USE, *arguments],
            cwd=ROOT,
            env=_env(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "the servers did not start"
        said = json.loads(line)
        self.postgres, self.valkey, self.pids = said["postgres"], said["valkey"], said["pids"]

    def leave(self):
        self.process.communicate(timeout=30)
        assert self.process.returncode == 0

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.communicate(timeout=30)


def _env(home):
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return environment | {"OPENBERTH_HOME": str(home), "OPENBERTH_EMBEDDED_FSYNC": "off"}


def _alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _gone(pid, within_s=10):
    deadline = time.monotonic() + within_s
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _alive(pid)


def _kill(pid):
    os.kill(pid, signal.SIGKILL)
    assert _gone(pid)


@pytest.fixture(scope="module")
def home():
    # Not tmp_path: pytest keeps it to its owner, and PostgreSQL under root runs as somebody else.
    folder = Path(tempfile.mkdtemp(prefix="ob-embedded-"))
    folder.chmod(0o755)
    yield folder
    stop = "from config import embedded; embedded.stop()"
    subprocess.run([sys.executable, "-c", stop], cwd=ROOT, env=_env(folder), check=True)
    shutil.rmtree(folder)


def test_nothing_of_ours_starts_when_addresses_are_given(home):
    given = {"DATABASE_URL": "postgres://a@db.example/b", "REDIS_URL": "redis://cache.example/3"}
    ask = "from config import env; print(env.database_url(), env.redis_url())"
    said = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=ROOT,
        env=_env(home / "unused") | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == list(given.values())
    assert not (home / "unused").exists()


def test_the_last_to_leave_stops_the_servers(home):
    first = User(home)
    second = User(home)
    assert second.pids == first.pids
    first.leave()
    assert all(_alive(pid) for pid in second.pids.values())
    second.leave()
    assert not any(_alive(pid) for pid in second.pids.values())


def test_a_forked_child_that_leaves_does_not_stop_them(home):
    with User(home, "fork") as user:
        time.sleep(0.5)
        assert all(_alive(pid) for pid in user.pids.values())
    assert not any(_alive(pid) for pid in user.pids.values())


def test_a_killed_user_leaves_servers_that_the_next_takes_over_and_stops(home):
    user = User(home)
    user.kill()
    with User(home) as heir:
        assert heir.pids == user.pids
    assert not any(_alive(pid) for pid in heir.pids.values())


def test_killed_servers_start_again_with_what_was_committed(home):
    with User(home) as user:
        with psycopg.connect(user.postgres) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        with redis.Redis.from_url(user.valkey) as client:
            client.set("kept", "7")
        # A second's grace: the append-only file reaches the disk once a second.
        time.sleep(1.1)
        for pid in user.pids.values():
            _kill(pid)
        with User(home) as other:
            assert not set(other.pids.values()) & set(user.pids.values())
            with psycopg.connect(other.postgres) as connection:
                assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
                connection.execute("DROP TABLE kept")
            with redis.Redis.from_url(other.valkey) as client:
                assert client.get("kept") == b"7"


def test_a_stale_lock_that_names_a_living_stranger_stops_no_start(home):
    User(home).leave()
    stranger = os.getpid()
    # PostgreSQL asks whether the process lives, and ours does; the rest of the file is as it writes it.
    data = home / "postgres" / "data"
    stale = data / "postmaster.pid"
    stale.write_text(f"{stranger}\n{data}\n1700000000\n5432\n{home}/postgres\n\n  1 1\nready\n")
    (home / "valkey" / "pid").write_text(f"{stranger}\n")
    with User(home) as user:
        assert len(user.pids) == 2
        assert stranger not in user.pids.values()


def test_a_port_that_was_taken_meanwhile_is_changed(home):
    User(home).leave()
    words = (home / "valkey" / "valkey.conf").read_text().split()
    port = int(words[words.index("port") + 1])
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        with User(home) as user, redis.Redis.from_url(user.valkey) as client:
            assert client.connection_pool.connection_kwargs["port"] != port
            assert client.ping()


def test_a_path_too_long_for_a_socket_gets_its_socket_elsewhere(home):
    deep = home / ("deep" * 30)
    with User(deep) as user, psycopg.connect(user.postgres) as connection:
        folder = Path(connection.execute("SHOW unix_socket_directories").fetchone()[0].strip('"'))
        assert not folder.is_relative_to(home)
        assert folder.stat().st_mode & 0o077 == 0
    folder.rmdir()


def test_valkey_asks_for_its_password(home):
    with User(home) as user:
        port = int(user.valkey.rpartition(":")[2].partition("/")[0])
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_postgres_listens_on_no_port_and_its_socket_is_its_owners(home):
    with User(home) as user:
        with psycopg.connect(user.postgres) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert (home / "postgres").stat().st_mode & 0o077 == 0
