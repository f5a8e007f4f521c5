"""The environment is read here and nowhere else.

A fresh clone runs with nothing set: PostgreSQL and Redis that are not named are embedded (and just as real).
An installation that names DATABASE_URL is production: it also names its SECRET_KEY and ALLOWED_HOSTS, or does
not start.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from frontprov.embedded import paths

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("FRONTPROV_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
PORT = env.int("PORT", default=8000)

EMBEDDED_DATABASE = not env.str("DATABASE_URL", default="")
EMBEDDED_REDIS = not env.str("REDIS_URL", default="")
LAPTOP = EMBEDDED_DATABASE
DEBUG = env.bool("DEBUG", default=False)

INSECURE_KEY = "only-for-a-laptop-" + "0" * 40
SECRET_KEY = env.str("SECRET_KEY", default=INSECURE_KEY if LAPTOP else "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if LAPTOP else [])
if not LAPTOP and not DEBUG:
    if len(SECRET_KEY) < 32 or SECRET_KEY == INSECURE_KEY:
        raise ImproperlyConfigured("DATABASE_URL is set, so SECRET_KEY must be too: 50 random characters, kept secret.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("DATABASE_URL is set, so ALLOWED_HOSTS must name the hosts this server answers to.")

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_scim",
    "teammates",
    "templates_app",
    "scim",
    "frontprov",
]

MIDDLEWARE = [
    "scim.middleware.TenantUrlMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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

DATABASES = {"default": env.db_url("DATABASE_URL", default=paths.database_url(DATA_DIR))}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
REDIS_URL = env.str("REDIS_URL", default="") or paths.redis_url(DATA_DIR)

CELERY_BROKER_URL = paths.celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": REDIS_URL}}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "teammates.Teammate"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"

SESSION_ENGINE = "teammates.models.session"
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600

AUTHENTICATION_BACKENDS = ["teammates.backends.LoginBackend"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # logins are unique within a company, which LoginBackend knows

PUBLIC_URL_IS_NAMED = bool(env.str("PUBLIC_URL", default=""))
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=5 * 1024 * 1024)  # 50,000 members are about 3 MB

SCIM_SERVICE_PROVIDER = {
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
