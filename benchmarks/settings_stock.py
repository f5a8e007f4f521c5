"""django-scim2 as it comes, with the token check and company filter that a project adds by its documentation."""

from frontprov import settings as product

SECRET_KEY = "bench" * 10
ALLOWED_HOSTS = ["*"]
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {**product.DATABASES["default"], "NAME": "stock"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "benchmarks.stock"]
AUTH_USER_MODEL = "stock.StockUser"
MIDDLEWARE = ["benchmarks.stock.middleware.TokenMiddleware"]
ROOT_URLCONF = "benchmarks.stock.urls"
SCIM_SERVICE_PROVIDER = {
    "NETLOC": "localhost",
    "AUTHENTICATION_SCHEMES": [],
    "GROUP_MODEL": "benchmarks.stock.models.StockGroup",
    "GROUP_FILTER_PARSER": "benchmarks.stock.filters.ByDisplayName",
    "GET_EXTRA_MODEL_FILTER_KWARGS_GETTER": "benchmarks.stock.filters.company_filter",
}
