"""Mechanisms that several services share, each implemented once (docs/adr/0016-shared-package.md).

The package imports libraries but no service, and contains no rule of the business: `contracts/` holds the rules that
services must agree on, as data. Only `db` and the modules of the worker need a database.
"""
