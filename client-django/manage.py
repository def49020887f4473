#!/usr/bin/env python
import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import Error

from client.database.failures import is_unavailable
from config.database import exit_without_database


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        execute_from_command_line(sys.argv)
    except Error as error:
        if not is_unavailable(error):
            raise
        exit_without_database(error)


if __name__ == "__main__":
    main()
