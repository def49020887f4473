import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from client.ticket_api.http import http_client  # noqa: E402

# Each worker makes the client before its first request, because reading the certificates takes a while.
http_client()
