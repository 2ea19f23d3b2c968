"""The product's own settings, on servers and a Redis number of the tests' own."""

import os
import tempfile
from pathlib import Path

# The tests' servers are apart from those of a `make run` in the same folder. Children (xdist, a worker a test starts)
# inherit the variables and must not move house again.
if "OPENBERTH_TEST_HOME" not in os.environ:
    _home = os.environ.get("OPENBERTH_HOME") or Path(__file__).resolve().parent.parent / ".openberth"
    os.environ["OPENBERTH_TEST_HOME"] = os.environ["OPENBERTH_HOME"] = str(Path(_home).absolute() / "test")
    # Nothing here outlives the run, so nothing needs to reach the disk.
    os.environ["OPENBERTH_EMBEDDED_FSYNC"] = "off"

from config.settings import *  # noqa: F403
from config.settings import LOGGING, REDIS_URL, STORAGES

_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
REDIS_URL = f"{REDIS_URL.rpartition('/')[0]}/{int(_worker.removeprefix('gw')) + 1 if _worker else 0}"
CELERY_BROKER_URL = REDIS_URL
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# Whoever a test signs in stands at the desk already; tests/config/test_door.py asks for the second proof.
SECOND_FACTOR = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MEDIA_ROOT = str(Path(tempfile.gettempdir()) / f"openberth-test-media-{os.getpid()}")
# Everything from INFO on is said, so that the listener of tests/conftest.py hears it; the console shows warnings.
LOGGING = LOGGING | {
    "handlers": {"console": LOGGING["handlers"]["console"] | {"level": "WARNING"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
