"""Settings: all that differs between installations comes from the environment (see `.env.example`)."""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONCE, SELF

from config import desk, embedded, env

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
# Evidence pictures have no address of their own: each is read by us, checked and then served.
_EVIDENCE: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"allow_overwrite": True, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
}
if env.text("EVIDENCE_S3_BUCKET"):
    _EVIDENCE = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.text("EVIDENCE_S3_BUCKET"),
            "endpoint_url": env.text("EVIDENCE_S3_ENDPOINT") or None,
            "region_name": env.text("EVIDENCE_S3_REGION") or None,
            "access_key": env.text("EVIDENCE_S3_KEY_ID"),
            "secret_key": env.text("EVIDENCE_S3_SECRET"),
            "addressing_style": env.text("EVIDENCE_S3_ADDRESSING", default="auto"),
            # The library's own default is the old signature, which newer stores refuse.
            "signature_version": "s3v4",
            "file_overwrite": True,
            "default_acl": None,
        },
    }
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "evidence": _EVIDENCE,
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
    ],
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
# The queue is a hint: each sweep finds in the tables what a lost message would have said.
CELERY_BEAT_SCHEDULE = {
    "reconcile": {"task": "parking.tasks.reconcile", "schedule": 1.0, "options": {"expires": 5}},
    "collect": {"task": "payments.tasks.collect", "schedule": 2.0, "options": {"expires": 10}},
    "janitor": {"task": "payments.tasks.chase_unknown", "schedule": 5.0, "options": {"expires": 20}},
    "urgings": {"task": "payments.tasks.plan_urgings", "schedule": 300.0, "options": {"expires": 240}},
    "auto-invoices": {"task": "parking.tasks.invoice_each_payment", "schedule": 30.0, "options": {"expires": 25}},
    "invoices": {"task": "payments.tasks.issue_invoices", "schedule": 3.0, "options": {"expires": 10}},
    "issuers": {"task": "payments.tasks.watch_issuers", "schedule": 300.0, "options": {"expires": 240}},
    "shred": {"task": "payments.tasks.shred", "schedule": crontab(hour=3, minute=40)},
    # Statements of the day before are ready from about half past ten.
    "statements": {"task": "payments.tasks.reconcile_statements", "schedule": crontab(hour="10,14", minute=35)},
    "devices": {"task": "sensors.tasks.count_devices", "schedule": 60.0, "options": {"expires": 50}},
    # Three turns, so that a mail server's bad morning costs nobody the report.
    "reports": {"task": "parking.tasks.send_reports", "schedule": crontab(hour="7,8,9", minute=10)},
    "figures": {"task": "parking.tasks.roll_figures", "schedule": 10.0, "options": {"expires": 30}},
    "examine-devices": {"task": "sensors.tasks.examine_devices", "schedule": 30.0, "options": {"expires": 25}},
    "stuck-devices": {"task": "sensors.tasks.find_stuck_devices", "schedule": crontab(minute="8,38")},
    "device-samples": {"task": "sensors.tasks.sample_devices", "schedule": crontab(minute=52)},
    "frames": {"task": "sensors.tasks.shred_frames", "schedule": crontab(hour=3, minute=10)},
    "nonces": {"task": "sensors.tasks.forget_nonces", "schedule": crontab(minute=17)},
    "pictures": {"task": "parking.tasks.develop_pictures", "schedule": 2.0, "options": {"expires": 10}},
    "fetch": {"task": "parking.tasks.fetch_pictures", "schedule": 30.0, "options": {"expires": 30}},
    "expire": {"task": "parking.tasks.expire_pictures", "schedule": crontab(hour=4, minute=10)},
    "trials": {"task": "parking.tasks.run_trials", "schedule": 30.0, "options": {"expires": 25}},
    "calendar": {"task": "parking.tasks.keep_calendar", "schedule": 300.0, "options": {"expires": 240}},
    "permit-orders": {
        "task": "parking.tasks.expire_permit_orders",
        "schedule": 60.0,
        "options": {"expires": 50},
    },
    "samples": {"task": "parking.tasks.draw_samples", "schedule": 300.0, "options": {"expires": 240}},
    "tell_drivers": {"task": "parking.tasks.tell_drivers", "schedule": 20.0, "options": {"expires": 60}},
    "tidy_up": {"task": "parking.tasks.tidy_up", "schedule": crontab(hour=4, minute=10)},
    "invariants": {"task": "parking.tasks.check_invariants", "schedule": 300.0, "options": {"expires": 240}},
    "heartbeat": {"task": "parking.tasks.heartbeat", "schedule": 5.0, "options": {"expires": 10}},
}

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

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", default="INFO")},
}

# Payments: gateways in the shape of STORAGES; the sandbox is real code and the default.
PUBLIC_URL = env.text("PUBLIC_URL", default=f"http://127.0.0.1:{env.number('PORT', 8000)}")
# Where a browser finds the live page's events. Behind one proxy it is /city/stream/; `make run` has a port for it. With
# neither the page asks for news every ten seconds.
STREAM_URL = env.text("STREAM_URL")
STREAM_PORT = env.number("STREAM_PORT", default=0)
SANDBOX_URL = env.text("SANDBOX_URL", default=f"http://127.0.0.1:{env.number('SANDBOX_PORT', 8009)}")
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

# Keys never stand here: files by path, or the environment. Without a merchant number the sandbox's are used, which
# sandbox.gateway makes at its first start.
SANDBOX_KEYS = Path(env.text("SANDBOX_KEYS", default=str(embedded.home() / "sandbox-keys")))
# Where the demo city keeps its sources' keys; the simulated street reads them there.
DEMO_KEYS = Path(env.text("DEMO_KEYS", default=str(embedded.home() / "demo-keys")))
PAYMENT_GATEWAYS: dict[str, dict[str, Any]] = {
    "wechat": {
        "BACKEND": "payments.gateways.wechat.WeChatPay",
        "OPTIONS": {
            "mchid": env.text("WECHAT_MCHID"),
            "appid": env.text("WECHAT_APPID"),
            "certificate_serial": env.text("WECHAT_CERTIFICATE_SERIAL"),
            "private_key_file": env.text("WECHAT_PRIVATE_KEY_FILE"),
            "api_v3_key": env.text("WECHAT_API_V3_KEY"),
            "public_key_id": env.text("WECHAT_PUBLIC_KEY_ID"),
            "public_key_file": env.text("WECHAT_PUBLIC_KEY_FILE"),
            "standby_host": "https://api2.mch.weixin.qq.com",
            "notify_url": f"{PUBLIC_URL}/pay/notify/wechat/",
        }
        if env.text("WECHAT_MCHID")
        else {
            "mchid": "1900000109",
            "appid": "wxd678efh567hg6787",
            "certificate_file": str(SANDBOX_KEYS / "wechat-merchant.cert.pem"),
            "private_key_file": str(SANDBOX_KEYS / "wechat-merchant.key.pem"),
            "api_v3_key_file": str(SANDBOX_KEYS / "wechat-api-v3.key"),
            "public_key_id": "PUB_KEY_ID_0119000001092026112300000000000001",
            "public_key_file": str(SANDBOX_KEYS / "wechat-platform.pub.pem"),
            "host": SANDBOX_URL,
            "notify_url": f"{PUBLIC_URL}/pay/notify/wechat/",
        },
    },
    "alipay": {
        "BACKEND": "payments.gateways.alipay.Alipay",
        "OPTIONS": {
            "app_id": env.text("ALIPAY_APP_ID"),
            "seller_id": env.text("ALIPAY_SELLER_ID"),
            "parking_id": env.text("ALIPAY_PARKING_ID"),
            "out_parking_id": env.text("ALIPAY_OUT_PARKING_ID"),
            "private_key_file": env.text("ALIPAY_PRIVATE_KEY_FILE"),
            "public_key_file": env.text("ALIPAY_PUBLIC_KEY_FILE"),
            "notify_url": f"{PUBLIC_URL}/pay/notify/alipay/",
        }
        if env.text("ALIPAY_APP_ID")
        else {
            "app_id": "2021000100000001",
            "seller_id": "2088000100000001",
            "parking_id": "PI1500000000000001",
            "out_parking_id": "openberth",
            "private_key_file": str(SANDBOX_KEYS / "alipay-merchant.key.pem"),
            "public_key_file": str(SANDBOX_KEYS / "alipay-platform.pub.pem"),
            "host": f"{SANDBOX_URL}/gateway.do",
            "notify_url": f"{PUBLIC_URL}/pay/notify/alipay/",
        },
    },
}
# Of a thousand automatic orders so many are looked at by a reviewer, to know how good they are.
REVIEW_SAMPLE_PERMILLE = env.number("REVIEW_SAMPLE_PERMILLE", default=5)
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Who asks for the money: printed on receipts.
OPERATOR = {
    "name": env.text("OPERATOR_NAME", default="咸宁停车（演示）"),
    "name_en": env.text("OPERATOR_NAME_EN", default="Xianning Parking (demonstration)"),
    "contact": env.text("OPERATOR_CONTACT"),
}

if PRODUCTION:
    # The sandbox takes nobody's money: a gateway without credentials isn't there.
    for _code, _variable in (("wechat", "WECHAT_MCHID"), ("alipay", "ALIPAY_APP_ID")):
        if not env.text(_variable):
            del PAYMENT_GATEWAYS[_code]

# Without Nuonuo's key the sandbox's counterparts are used.
INVOICE_ISSUERS: dict[str, dict[str, Any]] = {
    "nuonuo": {
        "BACKEND": "payments.issuers.nuonuo.Nuonuo",
        "OPTIONS": {
            "app_key": env.text("NUONUO_APP_KEY"),
            "app_secret": env.text("NUONUO_APP_SECRET"),
            "tax_number": env.text("NUONUO_TAX_NUMBER"),
            "token_file": env.text("NUONUO_TOKEN_FILE", default=str(embedded.home() / "secrets" / "nuonuo-token")),
        }
        if env.text("NUONUO_APP_KEY")
        else {
            "app_key": "sandbox-nuonuo-key",
            "app_secret": "sandbox-nuonuo-secret",
            "tax_number": "91421200MA00000001",
            "token_file": str(embedded.home() / "secrets" / "sandbox-nuonuo-token"),
            # Each start of a sandbox without a memory costs a token.
            "token_budget": 10_000,
            "host": SANDBOX_URL,
            "token_host": SANDBOX_URL,
        },
    },
    "fiscal": {
        "BACKEND": "payments.issuers.fiscal.FiscalReceipts",
        "OPTIONS": {
            "app_id": env.text("FISCAL_APP_ID", default="SANDBOX0001"),
            "key": env.text("FISCAL_KEY", default="" if env.text("FISCAL_URL") else "sandbox-fiscal-key"),
            "place_code": env.text("FISCAL_PLACE_CODE", default="001"),
            "item_code": env.text("FISCAL_ITEM_CODE", default="103050108"),
            "host": env.text("FISCAL_URL", default=f"{SANDBOX_URL}/fiscal"),
        },
    },
    "local": {
        "BACKEND": "payments.issuers.local.LocalIssuer",
        "OPTIONS": {
            "host": env.text("LOCAL_ISSUER_URL", default=f"{SANDBOX_URL}/local-issuer"),
            "key": env.text(
                "LOCAL_ISSUER_KEY", default="" if env.text("LOCAL_ISSUER_URL") else "sandbox-local-issuer-key"
            ),
        },
    },
}
if PRODUCTION:
    for _code, _variable in (("nuonuo", "NUONUO_APP_KEY"), ("fiscal", "FISCAL_URL"), ("local", "LOCAL_ISSUER_URL")):
        if not env.text(_variable):
            del INVOICE_ISSUERS[_code]

# How long after paying an invoice can still be asked for.
INVOICE_WITHIN_DAYS = env.number("INVOICE_WITHIN_DAYS", default=365)

# Mail: the console until a server is named (smtp+tls://user:password@host:587, as django-environ reads it).
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = 20
if env.text("EMAIL_URL"):
    vars().update(env.mail())
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", default="parking@localhost")

# Text messages: the console in development, one of the two providers where its account is given.
_SMS_NAMES = ("code", "notice", "urge", "urge_final", "arrived", "billed", "appeal_answered", "vehicle")
_SMS_TEMPLATES = {name: env.text(f"SMS_TEMPLATE_{name.upper()}") for name in _SMS_NAMES}
SMS_PROVIDER: dict[str, Any] = {"BACKEND": "payments.messengers.console.ConsoleSms", "OPTIONS": {}}
if env.text("ALIYUN_SMS_KEY_ID"):
    SMS_PROVIDER = {
        "BACKEND": "payments.messengers.aliyun.AliyunSms",
        "OPTIONS": {
            "access_key_id": env.text("ALIYUN_SMS_KEY_ID"),
            "access_key_secret": env.text("ALIYUN_SMS_KEY_SECRET"),
            "sign_name": env.text("SMS_SIGN_NAME"),
            "templates": _SMS_TEMPLATES,
        },
    }
elif env.text("TENCENT_SMS_SECRET_ID"):
    SMS_PROVIDER = {
        "BACKEND": "payments.messengers.tencent.TencentSms",
        "OPTIONS": {
            "secret_id": env.text("TENCENT_SMS_SECRET_ID"),
            "secret_key": env.text("TENCENT_SMS_SECRET_KEY"),
            "app_id": env.text("TENCENT_SMS_APP_ID"),
            "sign_name": env.text("SMS_SIGN_NAME"),
            "templates": _SMS_TEMPLATES,
        },
    }
# What one person may take off an order or give back when an appeal is answered; above it a second one must agree.
APPEAL_LIMIT_FEN = env.number("APPEAL_LIMIT_FEN", default=5_000)
# Sign-in of the mini-program by WeChat's code; without an own secret the sandbox answers.
WECHAT_LOGIN = (
    {
        "host": "https://api.weixin.qq.com",
        "appid": env.text("WECHAT_MINI_APPID"),
        "secret": env.text("WECHAT_MINI_SECRET"),
    }
    if env.text("WECHAT_MINI_SECRET") or PRODUCTION
    else {"host": SANDBOX_URL, "appid": "wxd678efh567hg6787", "secret": "sandbox-app-secret"}
)
# The ladder of arrears; what isn't named here is as in Beijing (payments.domain.dunning.Policy).
PAYMENT_DUNNING: dict[str, Any] = {}
