"""Settings. Everything that differs between installations comes from the environment; see docs/operator/settings.md."""

from __future__ import annotations

import glob
import os
import sysconfig
from pathlib import Path

from anlan.kernel.runtime.settings_source import resolve

BASE_DIR = Path(__file__).resolve().parent.parent
_env = resolve()

VAR_DIR = _env.var_dir
DEMO = _env.demo
DEBUG = os.environ.get("ANLAN_DEBUG") == "1"
SECRET_KEY = _env.secret_key
ALLOWED_HOSTS = [h for h in os.environ.get("ANLAN_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("ANLAN_ORIGINS", "").split(",") if o]
NATS_URL = _env.nats_url
ATTACHMENT_DIR = os.environ.get("ANLAN_ATTACHMENTS", os.path.join(VAR_DIR, "attachments"))
SMTP_URL = os.environ.get("ANLAN_SMTP_URL", "")
#: What monitoring brings to read /metrics (else var/metrics-token), and whether this machine needs none.
METRICS_TOKEN = os.environ.get("ANLAN_METRICS_TOKEN", "")
METRICS_LOOPBACK = os.environ.get("ANLAN_METRICS_LOOPBACK") == "1"
#: Receivers of webhooks that need no second look (`host`, `*.domain`), and networks that are not public and yet may be reached.
WEBHOOK_HOSTS = [h.strip().lower() for h in os.environ.get("ANLAN_WEBHOOK_HOSTS", "").split(",") if h.strip()]
WEBHOOK_NETS = [n.strip() for n in os.environ.get("ANLAN_WEBHOOK_NETS", "").split(",") if n.strip()]
#: Where files with reports are laid down, what the mailbox of the duty desk listens on (host:port; empty: none), and who may write to it.
DROP_DIR = os.environ.get("ANLAN_DROP_DIR", os.path.join(VAR_DIR, "drop"))
MAIL_LISTEN = os.environ.get("ANLAN_MAIL_LISTEN", "")
MAIL_BOXES = os.environ.get("ANLAN_MAIL_BOXES", "")
MAIL_SENDERS = [s.strip().lower() for s in os.environ.get("ANLAN_MAIL_SENDERS", "").split(",") if s.strip()]
#: Networks that are not public and from which feeds of public opinion may be read.
FEED_NETS = [n.strip() for n in os.environ.get("ANLAN_FEED_NETS", "").split(",") if n.strip()]
MAX_UPLOAD_BYTES = int(os.environ.get("ANLAN_MAX_UPLOAD_MB", "20")) * 1024 * 1024

# The wheels bring newer GDAL and GEOS than Debian does, and need no system package. Importing them first loads their libraries.
_site = sysconfig.get_paths()["platlib"]
GDAL_LIBRARY_PATH = os.environ.get("GDAL_LIBRARY_PATH") or next(iter(glob.glob(f"{_site}/pyogrio.libs/libgdal*")), None)
GEOS_LIBRARY_PATH = os.environ.get("GEOS_LIBRARY_PATH") or next(
    iter(glob.glob(f"{_site}/shapely.libs/libgeos_c*")), None
)

ROOMS = ("places", "registry", "messaging", "sensing", "analysis", "warning", "decision", "command", "action", "review")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "anlan.kernel",
    *(f"anlan.{room}" for room in ROOMS),
    *[app for app in os.environ.get("ANLAN_EXTRA_APPS", "").split(",") if app],
    "anlan.config.site.SiteConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "anlan.kernel.web.streaming.StreamingMiddleware",
    "anlan.kernel.web.static.StaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "anlan.places.middleware.ActorMiddleware",
    "anlan.kernel.live.since.SinceMiddleware",
    "anlan.review.middleware.ExerciseMiddleware",
    "anlan.kernel.web.refusals.RefusalMiddleware",
]

ROOT_URLCONF = "anlan.config.urls"
ASGI_APPLICATION = "anlan.config.asgi.application"

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
                "anlan.config.frame.frame",
            ],
            "builtins": ["anlan.kernel.templatetags.page_world"],
        },
    }
]

DATABASES = {"default": _env.database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "places.Person"
LOGIN_URL = "/signin/"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
#: Supplied by `places`: the kernel knows nobody.
ANLAN_CONTEXT_FROM_COOKIE = "anlan.places.identity.context_from_cookie"
ANLAN_CONTEXTS_OF_KEYS = "anlan.places.identity.contexts_of_keys"
ANLAN_SCOPE_NAMES = "anlan.places.scope_names.RegionNames"

SESSION_COOKIE_NAME = "anlan_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = os.environ.get("ANLAN_HTTPS") == "1"
CSRF_COOKIE_NAME = "anlan_csrf"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
CSRF_FAILURE_VIEW = "anlan.kernel.web.refusals.csrf_failed"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "anlan_language"
USE_I18N = True
USE_TZ = True
#: Who judges readings: `process`, one of its own that follows the journal (set by `demo` and `run`), or `inline`, whoever stores them.
JUDGE = os.environ.get("ANLAN_JUDGE", "inline")
TIME_ZONE = os.environ.get("ANLAN_TIME_ZONE", "Asia/Shanghai")
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = os.path.join(VAR_DIR, "static")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
#: The page of a plan that is being written has about 1,600 fields (levels, cards, rows of conditions); a large one three times that.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000
FILE_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

#: The accent of our own tokens from light to dark (frontend/src/tokens.css), and our sign: a browser that finds none asks for one.
_ACCENT = dict(
    zip(
        ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950"),
        (
            "#eef6f5",
            "#d9ebe9",
            "#b4d8d4",
            "#8ad6cc",
            "#63c2b6",
            "#2f9086",
            "#0c645d",
            "#084c47",
            "#063b37",
            "#042b28",
            "#06211e",
        ),
        strict=True,
    )
)
UNFOLD = {
    "SITE_TITLE": "安澜 · 系统管理", "SITE_HEADER": "安澜", "SITE_SYMBOL": "water", "COLORS": {"primary": _ACCENT},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/icon.svg"}],
}  # fmt: skip

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("ANLAN_LOG", "INFO")},
    "loggers": {
        "django.server": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "nats": {"level": "WARNING"},
    },
}
