"""The database's two roles: the owner of the tables, who migrates, and the application, which works in them.

The application's role reads and writes, and changes no table. Where a trigger stands before UPDATE or DELETE (the
ledger, the audit log, consents: what is written there stays), it has not been given that right either: a forged or
mistaken statement can neither rewrite the books nor take their guards away. The triggers are the only list of them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from backend.settings import Settings, SettingsError
from backend.shared.db import CONNECT_ARGUMENTS, engine_url

# The bits of pg_trigger.tgtype: 2 is BEFORE, 8 DELETE, 16 UPDATE. Alembic's own table says what version there is.
_RIGHTS_THAT_DIFFER = """
WITH guards AS (
    SELECT tgrelid AS oid, bit_or(tgtype::int) AS refused FROM pg_trigger
    WHERE NOT tgisinternal AND tgtype & 2 = 2 GROUP BY tgrelid
), wanted AS (
    SELECT relation.oid, relname, array_remove(ARRAY[
        CASE WHEN coalesce(refused, 0) & 8 = 0 AND relname <> 'alembic_version' THEN 'DELETE' END,
        CASE WHEN relname <> 'alembic_version' THEN 'INSERT' END,
        'SELECT',
        CASE WHEN coalesce(refused, 0) & 16 = 0 AND relname <> 'alembic_version' THEN 'UPDATE' END
    ], NULL) AS rights
    FROM pg_class AS relation LEFT JOIN guards USING (oid)
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
), held AS (
    SELECT relation.oid, array_agg(given.privilege_type ORDER BY given.privilege_type) AS rights
    FROM pg_class AS relation CROSS JOIN aclexplode(relation.relacl) AS given
    WHERE given.grantee = (SELECT oid FROM pg_roles WHERE rolname = :role) GROUP BY relation.oid
)
SELECT quote_ident(relname), array_to_string(wanted.rights, ', ')
FROM wanted LEFT JOIN held USING (oid)
WHERE wanted.rights IS DISTINCT FROM held.rights ORDER BY relname
"""
# Whoever may empty a table, or become its owner, can do all that the triggers refuse.
_TOO_STRONG = """
SELECT EXISTS (
    SELECT FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
    AND (pg_has_role(:role, relowner, 'MEMBER') OR has_table_privilege(:role, oid, 'TRUNCATE'))
) OR EXISTS (
    SELECT FROM pg_trigger
    WHERE NOT tgisinternal AND tgtype & 2 = 2
    AND (tgtype & 8 = 8 AND has_table_privilege(:role, tgrelid, 'DELETE')
         OR tgtype & 16 = 16 AND has_any_column_privilege(:role, tgrelid, 'UPDATE'))
) OR has_schema_privilege(:role, current_schema(), 'CREATE')
"""


def owner_engine(settings: Settings) -> Engine:
    """Connections of the role that owns the tables: where no other is named, the application's own."""
    url = settings.database_owner_url or settings.database_url or ""
    return create_engine(engine_url(url), poolclass=NullPool, connect_args=CONNECT_ARGUMENTS)


def owners_transaction(settings: Settings) -> Callable[[], AbstractContextManager[Session]]:
    """A boundary for `run_transaction` in which the owner of the tables acts."""

    @contextmanager
    def boundary() -> Iterator[Session]:
        with owner_needed(), Session(owner_engine(settings)) as session, session.begin():
            yield session

    return boundary


@contextmanager
def owner_needed() -> Iterator[None]:
    """Says in a sentence that what is done inside is the owner's to do, where the database refuses it to this role.

    Raises:
        SettingsError: the database refused.
    """
    try:
        yield
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        said = str(error.orig).splitlines()[0]
        raise SettingsError(
            f"The database says: {said}. This is for the role that owns the tables: name it with "
            "MOLVA_DATABASE_OWNER_URL."
        ) from error


def application_role(settings: Settings) -> str | None:
    """The name of the role that works in the tables without owning them; None where there is only one role."""
    if settings.database_owner_url is None:
        return None
    with create_engine(engine_url(settings.database_url or ""), poolclass=NullPool).connect() as connection:
        role = str(connection.scalar(text("SELECT current_user")))
    with owner_engine(settings).connect() as connection:
        return None if connection.scalar(text("SELECT current_user")) == role else role


def let_work(connection: Connection, role: str) -> None:
    """Gives the role what it needs in the tables as they are now, and takes back all else; by their owner.

    Raises:
        SettingsError: the role would still be able to rewrite the books.
    """
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    schema, database = connection.execute(
        text("SELECT quote_ident(current_schema()), quote_ident(current_database())")
    ).one()
    if not connection.scalar(text("SELECT has_schema_privilege(:role, current_schema(), 'USAGE')"), {"role": role}):
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}")
    if connection.scalar(text("SELECT has_schema_privilege(:role, current_schema(), 'CREATE')"), {"role": role}):
        connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {quoted}")
    # A temporary table would be found before the one that a trigger means.
    if connection.scalar(text("SELECT has_database_privilege(:role, current_database(), 'TEMP')"), {"role": role}):
        connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {quoted}")
    for table, rights in connection.execute(text(_RIGHTS_THAT_DIFFER), {"role": role}).all():
        connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM {quoted}")
        connection.exec_driver_sql(f"GRANT {rights} ON {table} TO {quoted}")
    if connection.scalar(text(_TOO_STRONG), {"role": role}):
        raise SettingsError(
            f"MOLVA_DATABASE_URL names the role {role}, and it may change the tables themselves: it is a superuser, "
            "a member of their owner's role, or has rights from elsewhere. Make a role of its own for Molva."
        )
