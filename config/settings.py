"""Settings: all that differs between installations comes from the environment (see `.env.example`)."""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django_stubs_ext
from csp.constants import NONCE, SELF

from config import desk, embedded, env
from config.counterparties import *  # noqa: F403
from config.counterparties import EVIDENCE_STORE
from config.timetable import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE

django_stubs_ext.monkeypatch()

BASE_DIR = env.BASE_DIR
PRODUCTION = env.PRODUCTION
# A demo shows one-time codes on the page and says that its geometry is illustrative.
DEMO = env.flag("OPENBERTH_DEMO", default=not PRODUCTION)
HOTLINE = env.text("HOTLINE", default="12345" if DEMO else "")
# How many proxies of ours stand before us: what they add to X-Forwarded-For is believed, no more.
PROXIES = env.number("PROXIES", default=0)
DEBUG = env.flag("OPENBERTH_DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "payments",
    "parking",
    "sensors",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "parking.pages.site.language_by_address",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "config.desk.door.DeskDoor",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "parking.pages.site.context",
                "parking.pages.paying.pay_ways",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "parking.pages.look",
            ],
        },
    },
]

DATABASES = {"default": env.database() | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "parking.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "parking.grants.RoleBackend"]
# Somebody who guesses a password: locked out by name and address together, so that nobody can lock out a colleague.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_PROXY_COUNT = PROXIES or None
AXES_LOCKOUT_TEMPLATE = "locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
# A second proof beside the password for whoever enters the desk; a production can't do without it.
SECOND_FACTOR = PRODUCTION or env.flag("OPENBERTH_SECOND_FACTOR", default=True)
DESK_IDLE_MINUTES = env.number("DESK_IDLE_MINUTES", default=30)
OTP_TOTP_ISSUER = "OpenBerth"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/driver/sign-in/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static-root"
# Leaflet's files only: its app drags in GeoDjango, which needs GDAL from the system.
LEAFLET = Path(str(find_spec("leaflet").submodule_search_locations[0])) / "static" / "leaflet"  # type: ignore[union-attr,index]
STATICFILES_DIRS = [BASE_DIR / "static", ("leaflet", LEAFLET)]
MEDIA_ROOT = env.text("OPENBERTH_MEDIA", default=str(BASE_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": EVIDENCE_STORE,
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "config.static_files.HashedStaticFiles"
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["parking.api.permissions.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["parking.api.permissions.Denied"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "parking.api.errors.handle",
    "DEFAULT_THROTTLE_RATES": {"public": "120/min", "plate": "10/hour", "code": "20/day", "driver": "240/min"},
    "NUM_PROXIES": PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OpenBerth",
    "DESCRIPTION": "On-street parking: sessions, tariffs, charges, figures.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "sensors.api.ingest_schema.describe",
        "parking.api.schema.complete",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SessionStatus": "parking.orders.STATUSES",
        "PayKind": "parking.paying.KINDS",
        "TitleKind": ["person", "company"],
        "InvoiceStatus": [
            "requested",
            "submitted",
            "waiting_login",
            "issued",
            "red_required",
            "red_pending",
            "reversed",
            "failed",
        ],
    },
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 180, "socket_timeout": 5, "socket_connect_timeout": 2}
CELERY_TIMEZONE = TIME_ZONE
# The street map's tiles; without an address the roads are drawn on plain ground and nobody else is asked.
MAP_TILES = {
    "url": env.text("MAP_TILES_URL"),
    "datum": env.text("MAP_TILES_DATUM", default="gcj02"),
    "attribution": env.text("MAP_TILES_ATTRIBUTION"),
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:", *env.names("MAP_TILES_HOSTS", default=[])],
        "connect-src": [SELF],
        "frame-ancestors": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "object-src": ["'none'"],
    },
    # Unfold's Alpine evaluates expressions: the desk has its own policy.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

UNFOLD = desk.unfold(demo=DEMO)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", default="INFO")},
}

# Where a browser finds the live page's events. Behind one proxy it is /city/stream/; `make run` has a port for it. With
# neither the page asks for news every ten seconds.
STREAM_URL = env.text("STREAM_URL")
STREAM_PORT = env.number("STREAM_PORT", default=0)
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
# Doors for devices that don't push over HTTP (see docs/devices.md); each is a process of its own when configured.
MQTT_URL = env.text("OPENBERTH_MQTT_URL")
MQTT_ROUTES = env.text("OPENBERTH_MQTT_ROUTES")
MQTT_CLIENT_ID = env.text("OPENBERTH_MQTT_CLIENT_ID", default="openberth")
TCP_LISTEN = env.text("OPENBERTH_TCP_LISTEN")
TCP_SOURCE = env.text("OPENBERTH_TCP_SOURCE")
TCP_ALLOWED = env.names("OPENBERTH_TCP_ALLOWED", default=[])
TCP_MEMORY = Path(env.text("OPENBERTH_TCP_MEMORY", default=str(embedded.home() / "tianbo.json")))
# Signing keys of sources are sealed under the first and opened by any (see sensors.sealing).
SOURCE_SECRETS_KEY = env.text("SOURCE_SECRETS_KEY", default=SECRET_KEY)
SOURCE_SECRETS_OLD_KEYS = env.names("SOURCE_SECRETS_OLD_KEYS", default=[])
ONENET_TOKEN = env.text("ONENET_TOKEN")
DAHUA_CAMERAS = env.text("OPENBERTH_DAHUA")

EVIDENCE_MAX_BYTES = env.number("EVIDENCE_MAX_BYTES", default=6 * 1024 * 1024)
# Vendors' picture addresses are fetched from these hosts (host or host:port) and no other.
EVIDENCE_FETCH_HOSTS = env.names("EVIDENCE_FETCH_HOSTS", default=[])
# How long pictures stay after arrival and after their order is settled; those whose event never came go sooner.
EVIDENCE_DAYS = env.number("EVIDENCE_DAYS", default=90)
# A class whose read(bytes) guesses the plate on a picture; without one the inspector types it.
PLATE_READER = env.text("PLATE_READER", default="parking.inspections.reading.AskThePerson")
EVIDENCE_ORPHAN_DAYS = env.number("EVIDENCE_ORPHAN_DAYS", default=7)

# How long bodies of devices are kept: those wholly accepted, and those of which something was refused.
FRAME_DAYS = env.number("FRAME_DAYS", default=90)
FRAME_TROUBLED_DAYS = env.number("FRAME_TROUBLED_DAYS", default=365)
INGEST_MAX_BODY = env.number("INGEST_MAX_BODY", default=8 * 1024 * 1024)

# Where the demo city keeps its sources' keys; the simulated street reads them there.
DEMO_KEYS = Path(env.text("DEMO_KEYS", default=str(embedded.home() / "demo-keys")))
# Of a thousand automatic orders so many are looked at by a reviewer, to know how good they are.
REVIEW_SAMPLE_PERMILLE = env.number("REVIEW_SAMPLE_PERMILLE", default=5)
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Who asks for the money: printed on receipts.
OPERATOR = {
    "name": env.text("OPERATOR_NAME", default="咸宁停车（演示）"),
    "name_en": env.text("OPERATOR_NAME_EN", default="Xianning Parking (demonstration)"),
    "contact": env.text("OPERATOR_CONTACT"),
}

# How long after paying an invoice can still be asked for.
INVOICE_WITHIN_DAYS = env.number("INVOICE_WITHIN_DAYS", default=365)

# Mail: the console until a server is named (smtp+tls://user:password@host:587, as django-environ reads it).
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 20
if env.text("EMAIL_URL"):
    vars().update(env.mail())
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", default="parking@localhost")

# What one person may take off an order or give back when an appeal is answered; above it a second one must agree.
APPEAL_LIMIT_FEN = env.number("APPEAL_LIMIT_FEN", default=5_000)
# What a driver who ends a permit gets back without a second person looking at it.
PERMIT_REFUND_LIMIT_FEN = env.number("PERMIT_REFUND_LIMIT_FEN", default=20_000)
# What the codes on berths are signed with: they hang in the street for years.
BERTH_SIGNS_KEY = env.text("BERTH_SIGNS_KEY", default=SECRET_KEY)
# The ladder of arrears; what isn't named here is as in Beijing (payments.domain.dunning.Policy).
PAYMENT_DUNNING: dict[str, Any] = {}
