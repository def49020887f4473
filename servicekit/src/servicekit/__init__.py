"""Mechanisms that several services share, each implemented once (DESIGN section 11).

The package imports libraries but no service, and contains no rule of the business: `contracts/` holds the rules that
services must agree on, as data. Only `db` and the modules of the worker need a database.
"""
