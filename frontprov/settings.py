"""The environment is read here and nowhere else.

A fresh clone runs with nothing set: PostgreSQL and Redis that are not named are embedded (and just as real).
An installation that names DATABASE_URL is production: it also names its SECRET_KEY, ALLOWED_HOSTS and
PUBLIC_URL, or does not start. docs/operations.md lists every variable.
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from frontprov import laptop, theme
from frontprov.embedded import paths

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("FRONTPROV_DATA_DIR", default="") or BASE_DIR / "var").absolute()
PORT = env.int("PORT", default=8000)
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", default=2)  # processes
WEB_THREADS = env.int("WEB_THREADS", default=4)  # in each of them
WORKER_CONCURRENCY = env.int("WORKER_CONCURRENCY", default=2)

EMBEDDED_DATABASE = not env.str("DATABASE_URL", default="")
EMBEDDED_REDIS = not env.str("REDIS_URL", default="")
DEBUG = env.bool("DEBUG", default=False)
LAPTOP = EMBEDDED_DATABASE or DEBUG
BIND = env.str("BIND", default="127.0.0.1" if LAPTOP else "0.0.0.0")  # noqa: S104 - a container's port is public

PUBLIC_URL_IS_NAMED = bool(env.str("PUBLIC_URL", default=""))
PUBLIC_URL = (env.str("PUBLIC_URL", default="") or f"http://localhost:{PORT}").rstrip("/")
HTTPS = PUBLIC_URL.startswith("https://")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or ""

SECRET_KEY = env.str("SECRET_KEY", default="") or (laptop.secret_key(DATA_DIR) if LAPTOP else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[".localhost", "127.0.0.1", "[::1]", PUBLIC_HOST] if LAPTOP else [])
if not LAPTOP:
    if len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("DATABASE_URL is set, so SECRET_KEY must be too: 50 random characters, kept secret.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("DATABASE_URL is set, so ALLOWED_HOSTS must name the hosts this server answers to.")
    if not PUBLIC_URL_IS_NAMED:
        raise ImproperlyConfigured(
            "DATABASE_URL is set, so PUBLIC_URL must say under which address others reach this server, "
            "for example https://scim.example.com."
        )

INSTALLED_APPS = [
    "frontprov",  # before the theme, some of whose templates it replaces
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "frontprov.admin_config.CompanySettingsConfig",  # django.contrib.admin with a site of our own
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "axes",
    "rest_framework",
    "django_scim",
    "teammates",
    "templates_app",
    "scim",
]

MIDDLEWARE = [
    "frontprov.health.ProbeMiddleware",
    "frontprov.metrics.MetricsMiddleware",
    "scim.middleware.DoorMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "teammates.api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "teammates.middleware.LastSeenMiddleware",
    "teammates.admin.chosen.ChosenCompanyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "frontprov.urls"
WSGI_APPLICATION = "frontprov.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASE_URL = env.str("DATABASE_URL", default="") or paths.database_url(DATA_DIR)
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"]["ENGINE"] = "frontprov.database"
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": env.int("DB_POOL_SIZE", default=WEB_THREADS),
    "timeout": 10,
}
# The statements of the hot paths (teammates.sql) are prepared when a connection first runs them; the ORM's never are.
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0 if env.bool("DB_PREPARED_STATEMENTS", default=True) else None
REDIS_URL = env.str("REDIS_URL", default="") or paths.redis_url(DATA_DIR)

CELERY_BROKER_URL = paths.celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_CONCURRENCY = WORKER_CONCURRENCY
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5}  # a silent Redis holds up nobody
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
EVERY_FEW_SECONDS = "scim.collect_reads"  # comes so often that its coming and going is not worth a line
CELERY_BEAT_SCHEDULE = {
    "sweep events no nudge told of": {"task": "teammates.drain_events", "schedule": 60},
    "collect the counts of reads": {"task": EVERY_FEW_SECONDS, "schedule": 5, "options": {"expires": 60}},
    "make and drop log partitions": {"task": "scim.keep_partitions", "schedule": 3600},
    "close notices of what is over": {"task": "teammates.resolve_notices", "schedule": 60},
    "look ahead at the expiry of tokens": {"task": "teammates.watch_tokens", "schedule": 300},
    "look after connections": {"task": "scim.watch_connections", "schedule": 60},
    "mail notices": {"task": "teammates.mail_notices", "schedule": 120},
    "clear sessions and failed sign-ins that are over": {"task": "teammates.clear_sign_ins", "schedule": 3600},
}

EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_DIR = DATA_DIR / "mail"  # where mails are written when no server sends them
vars().update(
    env.email_url_config(EMAIL_URL)
    if EMAIL_URL
    else {"EMAIL_BACKEND": "frontprov.mail.FolderBackend", "EMAIL_FILE_PATH": MAIL_DIR}
)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or f"Frontprov <noreply@{PUBLIC_HOST or 'localhost'}>"

SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="")  # where "ask support" leads, in the web admin and in mails
SUPPORT_URL = env.str("SUPPORT_URL", default="")  # and rather, where both are named
if SUPPORT_EMAIL and "@" not in SUPPORT_EMAIL:
    raise ImproperlyConfigured("SUPPORT_EMAIL is no e-mail address. Name one such as help@example.com.")
if SUPPORT_URL and not SUPPORT_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("SUPPORT_URL is no address of a page. Name one such as https://help.example.com/new.")

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1},
    }
}
SCIM_REQUESTS_PER_SECOND = env.int("SCIM_REQUESTS_PER_SECOND", default=500)  # each token; Microsoft asks for 25
API_REQUESTS_PER_MINUTE = {  # each company, by its plan
    "starter": 50, "professional": 100, "scale": 200, "enterprise": 200,
    **{plan: int(number) for plan, number in env.dict("API_REQUESTS_PER_MINUTE", default={}).items()},
}  # fmt: skip
SCIM_MAX_OPERATIONS = env.int("SCIM_MAX_OPERATIONS", default=1_000)  # of one PATCH
SCIM_MAX_BULK_OPERATIONS = env.int("SCIM_MAX_BULK_OPERATIONS", default=1_000)
SCIM_MAX_MEMBERS = env.int("SCIM_MAX_MEMBERS", default=100_000)  # that one request names
LOG_DAYS = env.int("LOG_DAYS", default=0)  # how long the provisioning log keeps its entries; 0: for ever
LOG_BODY_DAYS = env.int("LOG_BODY_DAYS", default=30)  # and their requests and answers
LOG_READ_DAYS = env.int("LOG_READ_DAYS", default=90)  # and the counts of reads
LOG_REFUSALS_AT_ONCE = env.int("LOG_REFUSALS_AT_ONCE", default=5_000)  # entries of a token before a flood is counted
LOG_REFUSALS_PER_MINUTE = env.int("LOG_REFUSALS_PER_MINUTE", default=30)  # and how many more come with time

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_SSL_HOST = urlsplit(PUBLIC_URL).netloc
SECURE_REDIRECT_EXEMPT = [r"^/*(v2|api)(/|$)"]  # a redirect would have brought the token over HTTP already
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "teammates.admin.sign_in.stale_page"

ROUTINE = {"filters": ["not routine"]}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "not routine": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: record.levelno > logging.INFO or EVERY_FEW_SECONDS not in record.getMessage(),
        }
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "axes": {"level": "ERROR"},  # teammates.lockout says what an operator wants to know
        "django.request": {"level": "ERROR"},  # what a client did wrong is in the provisioning log
        "httpx": {"level": "WARNING"},
        **dict.fromkeys(("celery.beat", "celery.worker.strategy", "celery.app.trace"), ROUTINE),
    },
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "teammates.Teammate"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
FORMAT_MODULE_PATH = ["frontprov.formats"]  # the one place that says how dates and times are written
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # static files are served from where they are; there is nothing to collect
UNFOLD = theme.UNFOLD
CONTENT_SECURITY_POLICY = theme.CONTENT_SECURITY_POLICY

SESSION_ENGINE = "teammates.models.session"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "teammates.backends.LoginBackend"]
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1 if HTTPS else 0)  # that append to X-Forwarded-For
SIGN_IN_FAILURES_OF_ADDRESS = env.int("SIGN_IN_FAILURES_OF_ADDRESS", default=50)
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURES", default=5)  # of one login from one address
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "ip_address"]
AXES_COOLOFF_TIME = timedelta(minutes=env.int("SIGN_IN_LOCK_MINUTES", default=15))
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "teammates.lockout.LockoutHandler"
AXES_LOCKOUT_CALLABLE = "teammates.admin.sign_in.locked_page"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "teammates.lockout.counted_name"
AXES_CLIENT_IP_CALLABLE = "teammates.addresses.client_network"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "code", "next", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True  # sessions say who signed in
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
LAST_SYNC = "scim.last_sync.last_sync"  # how pages about people learn what their identity provider did last
REFUSALS = "scim.last_sync.refusals"  # and what was refused about them
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # logins are unique within a company, which LoginBackend knows

DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=5 * 1024 * 1024)  # 50,000 members are about 3 MB

SCIM_SERVICE_PROVIDER: dict[str, Any] = {
    "SCHEME": PUBLIC_URL.partition("://")[0],
    "NETLOC": PUBLIC_URL.partition("://")[2],
    "AUTHENTICATION_SCHEMES": [],
    "WWW_AUTHENTICATE_HEADER": 'Bearer realm="SCIM"',
    "AUTH_CHECK_MIDDLEWARE": "scim.hooks.DenyAll",
    "GROUP_MODEL": "teammates.models.TeammateGroup",
    "USER_ADAPTER": "scim.adapters.TeammateAdapter",
    "GROUP_ADAPTER": "scim.adapters.GroupAdapter",
    "USER_FILTER_PARSER": "scim.filters.queries.TeammateFilter",
    "GROUP_FILTER_PARSER": "scim.filters.queries.GroupFilter",
    "SERVICE_PROVIDER_CONFIG_MODEL": "scim.discovery.ServiceProviderConfig",
    "BASE_LOCATION_GETTER": "scim.hooks.base_location",
    "SCHEMAS_GETTER": "scim.hooks.no_static_schemas",
}
