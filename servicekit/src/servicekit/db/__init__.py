"""What works on PostgreSQL through SQLAlchemy and asyncpg. Each service keeps its own tables and hands them in."""
