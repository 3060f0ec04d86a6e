"""Django settings. What an operator may want to change is an environment variable (docs/operators.md).

`TONGBAN_HOME` is the folder of all state: database cluster, sealing keys, uploaded content, logs. It is
`var/` beside the checkout by default.
"""

import os
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from tongban.foundation.home import home, whole_number
from tongban.foundation.keys import load_or_create_keys
from tongban.foundation.logging import logging_config

PACKAGE = Path(__file__).resolve().parent.parent


def _flag(name: str, *, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


HOME = home()
DEBUG = _flag("TONGBAN_DEBUG", default=False)

KEYS = load_or_create_keys(HOME / "keys.json")
SECRET_KEY = KEYS.signing_secret

ALLOWED_HOSTS = os.environ.get("TONGBAN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
CSRF_TRUSTED_ORIGINS = [origin for origin in os.environ.get("TONGBAN_ORIGINS", "").split(",") if origin]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "tongban.foundation",
    "tongban.government",
    "tongban.identity",
    "tongban.items",
    "tongban.cases",
    "tongban.feedback",
    "tongban.userspace",
    "tongban.supervision",
    "tongban.portal",
    "tongban.workbench",
    "tongban.api",
    # Last, so that our words win where both translate the same one.
    "django.contrib.admin",
]

MIDDLEWARE = [
    "tongban.foundation.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongban.foundation.pages.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tongban.api.middleware.ApiMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongban.identity.middleware.ActorMiddleware",
    "tongban.foundation.pages.middleware.PageErrorsMiddleware",
]

ROOT_URLCONF = "tongban.config.urls"
WSGI_APPLICATION = "tongban.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tongban.foundation.pages.context.page",
            ],
            "builtins": ["tongban.foundation.templatetags.kit", "django.templatetags.i18n"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# One database semantics from laptop to production: PostgreSQL 15 or newer, always.
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL", "postgresql://tongban@127.0.0.1:1/tongban"),
        conn_max_age=600,
        conn_health_checks=True,
    ),
}
# `foundation.statements` asks for its statements to be prepared; the ORM's own never are.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)

LOGGING = logging_config(HOME, os.environ.get("TONGBAN_LOG_LEVEL", "INFO").upper())

AUTH_USER_MODEL = "identity.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
LOGIN_URL = "portal:sign_in"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_COOKIE_NAME = "language"
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CONTENT_ROOT = HOME / "content"

# Without a server of its own, e-mail is kept as files: nothing leaves a machine by accident.
EMAIL_HOST = os.environ.get("TONGBAN_EMAIL_HOST", "")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = HOME / "outbox" / "mail"
EMAIL_PORT = whole_number("TONGBAN_EMAIL_PORT", 465)
EMAIL_USE_SSL = EMAIL_PORT == 465  # noqa: PLR2004 - submissions over TLS, RFC 8314
EMAIL_USE_TLS = EMAIL_PORT == 587  # noqa: PLR2004 - submission with STARTTLS
EMAIL_HOST_USER = os.environ.get("TONGBAN_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TONGBAN_EMAIL_PASSWORD", "")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("TONGBAN_EMAIL_FROM", "tongban@localhost")
EMAIL_MESSAGE_DOMAIN = DEFAULT_FROM_EMAIL.rsplit("@", 1)[-1].strip(" >") or "localhost"
SMS_PROVIDER = os.environ.get("TONGBAN_SMS", "").strip()

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_ENGINE = "tongban.identity.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _flag("TONGBAN_HTTPS", default=False)
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tongban.foundation.pages.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
