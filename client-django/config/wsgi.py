import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from client.database.green import wait_by_greenlet  # noqa: E402
from client.database.pool import ConnectionPool, open_pool  # noqa: E402
from client.edge.lanes import database_shares  # noqa: E402
from config.env import environment  # noqa: E402

wait_by_greenlet()
open_pool(ConnectionPool(shares=database_shares(environment().database_connections)))
