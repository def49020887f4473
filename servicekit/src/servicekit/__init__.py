"""Mechanisms that several services need, each once (DESIGN section 11).

The package imports libraries, never a service, and knows no rule of the business: a rule that two services must agree
on is data in `contracts/`. Everything outside of `db` and `worker` works without a database.
"""
