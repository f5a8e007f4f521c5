"""Settings of the test run: the real ones, on servers of its own that are forgotten afterwards."""

import os
import tempfile

PREFIX = "frontprov-tests-"
_worker = os.environ.get("PYTEST_XDIST_WORKER")  # "gw0", "gw1", …; unset in the process that starts them

for _name in (
    "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "PORT", "BIND", "DEBUG", "EMAIL_URL",
    "TRUSTED_PROXIES", "SIGN_IN_FAILURES", "SIGN_IN_FAILURES_OF_ADDRESS", "SIGN_IN_LOCK_MINUTES",
):  # fmt: skip
    os.environ.pop(_name, None)  # whatever the shell has set up: tests run against nobody's installation
if _worker is None:
    os.environ["FRONTPROV_DATA_DIR"] = tempfile.mkdtemp(prefix=PREFIX)

from frontprov.embedded import paths  # noqa: E402
from frontprov.settings import *  # noqa: E402, F403
from frontprov.settings import CACHES, DATA_DIR, DATABASES  # noqa: E402

REDIS_URL = paths.redis_url(DATA_DIR, int((_worker or "gw0").removeprefix("gw")) + 1)
CELERY_BROKER_URL = paths.celery_url(REDIS_URL)
CACHES["default"]["LOCATION"] = REDIS_URL

DATABASES["default"]["OPTIONS"].pop("pool", None)  # a test may open as many connections as it has threads
WHITENOISE_USE_FINDERS = False  # looks through all static files for every test client
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
