"""Mechanisms that several services share, each implemented once (DESIGN section 11).

The package imports libraries but no service, and contains no rule of the business: `contracts/` holds the rules that
services must agree on, as data. The modules outside of `db` that no worker needs work without a database.
"""
