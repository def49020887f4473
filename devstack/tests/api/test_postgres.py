"""The bundled PostgreSQL: three databases that cannot see each other."""

import psycopg2
import pytest

from devstack.throwaway_servers import ThrowawayServers

NAMES = ("client", "ticket", "payment")


@pytest.fixture(scope="module")
def urls(servers: ThrowawayServers) -> dict[str, str]:
    servers.postgres.make_databases({name: f"{name}'s \\ password" for name in NAMES})
    return {name: servers.postgres.role_url(name, f"{name}'s \\ password") for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_role_owns_its_own_database(urls: dict[str, str], name: str) -> None:
    with psycopg2.connect(urls[name]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE mine (id int); DROP TABLE mine; SELECT current_database()")
        assert cursor.fetchone() == (name,)
    connection.close()


@pytest.mark.parametrize("role", NAMES)
@pytest.mark.parametrize("database", [*NAMES, "postgres", "template1"])
def test_a_role_cannot_even_connect_to_another_database(urls: dict[str, str], role: str, database: str) -> None:
    if role == database:
        return
    with pytest.raises(psycopg2.OperationalError, match="permission denied for database"):
        psycopg2.connect(urls[role].rpartition("/")[0] + f"/{database}")


def test_a_wrong_password_is_refused(servers: ThrowawayServers, urls: dict[str, str]) -> None:
    assert urls
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(servers.postgres.role_url("ticket", "guessed"))


def test_no_role_is_a_superuser(servers: ThrowawayServers, urls: dict[str, str]) -> None:
    assert urls
    with psycopg2.connect(servers.postgres.superuser_url()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolcreatedb OR rolcreaterole) AND rolname !~ '^pg_'"
        )
        assert cursor.fetchall() == [("postgres",)]
    connection.close()


def test_making_the_databases_again_keeps_what_is_in_them(servers: ThrowawayServers, urls: dict[str, str]) -> None:
    with psycopg2.connect(urls["client"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 1 AS one")
    connection.close()
    servers.postgres.make_databases({name: f"{name}'s \\ password" for name in NAMES})
    with psycopg2.connect(urls["client"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT one FROM kept")
        assert cursor.fetchone() == (1,)
    connection.close()


def test_a_failed_statement_leaves_no_value_in_the_servers_log(servers: ThrowawayServers, urls: dict[str, str]) -> None:
    log = servers.folder / "postgres.log"
    begun = log.stat().st_size
    with psycopg2.connect(urls["client"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE accounts (email text UNIQUE, hash text NOT NULL, link text CHECK (link <> ''))")
        cursor.execute("INSERT INTO accounts VALUES ('secret-address', 'secret-hash', 'secret-link')")
        connection.commit()
        for row in [("secret-address", "secret-hash", "x"), ("y", None, "secret-link"), ("y", "secret-hash", "")]:
            with pytest.raises(psycopg2.IntegrityError):
                cursor.execute("INSERT INTO accounts VALUES (%s, %s, %s)", row)
            connection.rollback()
    connection.close()
    said = log.read_bytes()[begun:].decode()
    assert said.count("ERROR:") == 3
    assert "secret" not in said
