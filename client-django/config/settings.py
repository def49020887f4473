"""Django's settings, all derived from `config.env`."""

import sys

from config.database import connection_parameters
from config.env import environment
from config.logs import configure_logs

ENV = environment()
configure_logs(ENV.log_level)

DEBUG = False
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = ENV.hosts
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
LOGGING_CONFIG = None

INSTALLED_APPS = [
    "client.edge.admin_config.TicketingAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    # Only its empty table is left, which the previous release writes to while both run (docs/versioning.md).
    "django_tasks_db",
    "client.edge",
    "client.accounts",
    "client.webhooks",
    "client.worker",
    "client.bookings",
    "client.waitlist",
    "client.notifications",
]

MIDDLEWARE = [
    "client.edge.middleware.RequestContextMiddleware",
    "client.edge.middleware.BodyLimitMiddleware",
    "client.edge.middleware.LaneMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "client.edge.administration_middleware.AdministrationSessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "client.edge.administration_middleware.AdministrationSignIn",
    "client.edge.administration_middleware.AdministrationMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

_database = connection_parameters(ENV.database_url)
DATABASES = {
    "default": {
        "ENGINE": "client.database.pooled",
        "NAME": _database["dbname"],
        "USER": _database["user"],
        "PASSWORD": _database["password"],
        "HOST": _database["host"],
        "PORT": _database["port"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 5,
            # `pg_stat_activity` shows which process a connection belongs to.
            "application_name": "client-worker" if "run_worker" in sys.argv else "client",
            # A cut network sends no error: without these settings the kernel would wait for a quarter of an hour.
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": 15_000,
            # Every wait has an end: a stuck statement or a forgotten transaction must not hold a thread for ever.
            "options": "-c statement_timeout=20s -c lock_timeout=10s -c idle_in_transaction_session_timeout=30s",
        },
    }
}

AUTH_USER_MODEL = "accounts.User"
# A constraint on lower(email) makes the address unique; this check does not recognise it.
SILENCED_SYSTEM_CHECKS = ["auth.E003"]
PASSWORD_HASHERS = ["client.accounts.hashers.ModestArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True

if ENV.email_host:
    EMAIL_BACKEND = "client.outgoing.smtp.DeadlineEmailBackend"
    EMAIL_HOST = ENV.email_host
    EMAIL_PORT = ENV.email_port
elif ENV.email_file_path:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = ENV.email_file_path
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_FROM_EMAIL = ENV.email_from

# The middleware refuses larger bodies by their declared length before they are read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True

from config.rest import REST_FRAMEWORK, SIMPLE_JWT, SPECTACULAR_SETTINGS  # noqa: E402

__all__ = ["REST_FRAMEWORK", "SIMPLE_JWT", "SPECTACULAR_SETTINGS"]
