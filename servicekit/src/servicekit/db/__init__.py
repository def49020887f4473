"""Mechanisms on PostgreSQL through SQLAlchemy and asyncpg. Each service defines its tables and passes them in."""
