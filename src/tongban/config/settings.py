"""Django settings. What an operator may want to change is an environment variable (docs/operators.md).

`TONGBAN_HOME` is the folder of all state: database cluster, sealing keys, uploaded content, logs. It is
`var/` beside the checkout by default.
"""

import os
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from tongban.foundation.home import SettingError, days_by_name, file_in, home, names_in, whole_number
from tongban.foundation.keys import KeyRing, wanted_suite
from tongban.foundation.logging import logging_config

PACKAGE = Path(__file__).resolve().parent.parent


def _flag(name: str, *, default: bool) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


HOME = home()
DEBUG = _flag("TONGBAN_DEBUG", default=False)

KEYS = KeyRing(HOME / "keys.json")
SECRET_KEY = KEYS.current().signing_secret
# By which new keys are made, and after how long a new one is.
SEALING_SUITE = wanted_suite(os.environ)
SEALING_KEY_PERIOD = timedelta(days=whole_number("TONGBAN_SEALING_KEY_DAYS", 365, most=3650))

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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
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
    "tongban.identity.signin.apps.MaintenanceConfig",
]

MIDDLEWARE = [
    "tongban.foundation.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongban.foundation.pages.middleware.SecurityHeadersMiddleware",
    "tongban.identity.sessions.KeyedSessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tongban.api.middleware.ApiMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongban.identity.middleware.ActorMiddleware",
    "tongban.foundation.pages.middleware.PageErrorsMiddleware",
    # Innermost: "show again who you are" is its own affair, no error for a page.
    "allauth.account.middleware.AccountMiddleware",
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
        engine="tongban.foundation.connections",
        conn_max_age=600,
        conn_health_checks=True,
    ),
}
# `foundation.statements` asks for its statements to be prepared; the ORM's own never are.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 5)

# Where traces go (OTLP over HTTP); empty: none are made.
TRACES = os.environ.get("TONGBAN_TRACES", "")
if TRACES and not find_spec("opentelemetry"):
    raise SettingError("TONGBAN_TRACES needs the extra otel: pip install 'tongban[otel]'.")
LOGGING = logging_config(HOME, os.environ.get("TONGBAN_LOG_LEVEL", "INFO").upper())

AUTH_USER_MODEL = "identity.Account"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "tongban.identity.signin.passwords.BreachedPasswordValidator"},
]
# A file of breached passwords ordered by SHA-1, beside the lists that ship; None for none.
BREACHED_PASSWORDS = file_in("TONGBAN_BREACHED_PASSWORDS")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"

# Signing in (docs/adr/0017). None of this is for the operator to weaken.
ACCOUNT_ADAPTER = "tongban.portal.signing_in.Adapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # allauth would keep addresses in clear: ours are sealed, in `identity.Account`
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 10 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_TIMEOUT = 20 * 60
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "portal:home"
ACCOUNT_RATE_LIMITS = {
    # An office's people share an address.
    "login": "300/m/ip",
    "login_failed": "60/15m/ip,10/15m/key",
    "request_login_code": "60/15m/ip,3/5m/key,10/d/key",
    "reauthenticate": "10/5m/user",
    "change_password": "10/5m/user",
}
ACCOUNT_FORMS = {
    "login": "tongban.identity.signin.forms.LoginForm",
    "request_login_code": "tongban.identity.signin.forms.RequestCodeForm",
    "change_password": "tongban.identity.signin.forms.ChangePasswordForm",
}
MFA_ADAPTER = "tongban.identity.signin.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
MFA_FORMS = {
    "authenticate": "tongban.identity.signin.forms.AuthenticateForm",
    "reauthenticate": "tongban.identity.signin.forms.ReauthenticateForm",
}
# How many proxies of ours stand before the platform: who asks is then read from X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = whole_number("TONGBAN_PROXIES", 0, least=0, most=9)
CACHES = {"default": {"BACKEND": "tongban.identity.signin.cache.SignInCache"}}

# Whether this is the demonstration, where no text message reaches anybody and codes stand on the page. `tongban demo`
# says so to itself and its children; no variable makes an installation one.
DEMO = os.environ.get("TONGBAN_DEMO_PROCESS") in {str(os.getpid()), str(os.getppid())}

PLATFORM_NAME = "通办"
PLATFORM_NAME_EN = "Tongban"

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

# Sign-in for the systems of departments (docs/applications.md). The issuer is the address of the platform as the world
# sees it; without it the address of the request stands for it.
OIDC_ISSUER = os.environ.get("TONGBAN_ISSUER", "").rstrip("/")
# Plain http and this machine as an application's address: for development and tests.
OIDC_LOOPBACK = _flag("TONGBAN_OIDC_LOOPBACK", default=DEBUG)
# Networks beside the public ones that applications' addresses may lie in: a government's extranet has private ones.
OIDC_NETWORKS = [network for network in os.environ.get("TONGBAN_OIDC_NETWORKS", "").split(",") if network]

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
# Which items of this catalogue stand behind the parts of the shipped bundles (cases/bundle_items.py).
BUNDLE_ITEMS_FILE = os.environ.get("TONGBAN_BUNDLE_ITEMS", "") or HOME / "bundle-items.json"
# Further sources that establish who somebody is, and after how many days what one established lapses.
ASSURANCE_SOURCES = names_in("TONGBAN_ASSURANCE_SOURCES")
ASSURANCE_VALIDITY = days_by_name("TONGBAN_ASSURANCE_VALIDITY")
# Authorities whose personal certificates count, their revocation lists, and the subject's attribute of the number.
CERTIFICATE_AUTHORITIES = file_in("TONGBAN_CERTIFICATE_AUTHORITIES")
CERTIFICATE_REVOCATIONS = file_in("TONGBAN_CERTIFICATE_REVOCATIONS")
CERTIFICATE_NUMBER = os.environ.get("TONGBAN_CERTIFICATE_NUMBER", "").strip() or "2.5.4.5"
SMS_PROVIDER = os.environ.get("TONGBAN_SMS", "").strip()

# In how many days a request to correct one's data is answered; the law says "in time" (个人信息保护法 art 50), the
# national standard 30 days (GB/T 35273-2020, 8.7).
CORRECTION_DAYS = whole_number("TONGBAN_CORRECTION_DAYS", 30)
# The longest an emergency access stays open (hours), and the longest its notice may be put off where the table of
# rights lets it (days). No law states a number.
EMERGENCY_HOURS = whole_number("TONGBAN_EMERGENCY_HOURS", 4)
EMERGENCY_NOTICE_DAYS = whole_number("TONGBAN_EMERGENCY_NOTICE_DAYS", 30)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

SESSION_ENGINE = "tongban.identity.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 8
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _flag("TONGBAN_HTTPS", default=False)
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SECURE, "Lax"
if SESSION_COOKIE_SECURE:
    # Browsers take such cookies only over TLS, for this host and the whole of it: no other host can plant them.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
CSRF_FAILURE_VIEW = "tongban.foundation.pages.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
